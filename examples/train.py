# SPDX-License-Identifier: Apache-2.0
"""Trains a classifier, logs it by autolog, loads it back: run it with MLFLOW_TRACKING_URI set to a Runestone."""
import mlflow
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier

mlflow.set_experiment("iris")
mlflow.sklearn.autolog()
X, y = load_iris(return_X_y=True, as_frame=True)
with mlflow.start_run() as run:
    model = RandomForestClassifier(n_estimators=20, max_depth=4, random_state=0).fit(X, y)
model_id = mlflow.get_run(run.info.run_id).outputs.model_outputs[0].model_id
loaded = mlflow.sklearn.load_model(f"models:/{model_id}")
assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
print(f"run {run.info.run_id}: models:/{model_id} predicts the same")
