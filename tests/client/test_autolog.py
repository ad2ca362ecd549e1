# SPDX-License-Identifier: Apache-2.0
"""A real scikit-learn training with autolog, and the script that the README shows."""

import os
import subprocess
import sys

import mlflow
import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from support.servers import ROOT, clean_environment


def test_autolog_records_a_training_and_its_model(client, experiment_id):
    mlflow.sklearn.autolog(log_input_examples=False, log_model_signatures=False)
    features, labels = make_classification(60, 4, random_state=1)
    with mlflow.start_run() as active:
        model = LogisticRegression(C=0.5, max_iter=200).fit(features, labels)
    run = client.get_run(active.info.run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["C"] == "0.5"
    assert run.data.params["max_iter"] == "200"
    assert run.data.metrics["training_accuracy_score"] == model.score(features, labels)
    assert run.data.tags["estimator_name"] == "LogisticRegression"
    (logged,) = run.inputs.dataset_inputs
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "train"}
    files = {info.path for info in client.list_artifacts(active.info.run_id)}
    assert {"estimator.html", "training_confusion_matrix.png"} <= files
    (output,) = run.outputs.model_outputs
    loaded = mlflow.sklearn.load_model(f"models:/{output.model_id}")
    assert np.array_equal(loaded.predict_proba(features), model.predict_proba(features))


def test_autolog_of_a_grid_search_makes_child_runs(client, experiment_id):
    mlflow.sklearn.autolog(log_models=False, log_datasets=False, max_tuning_runs=3)
    features, labels = make_classification(40, 3, n_informative=2, n_redundant=0, random_state=2)
    with mlflow.start_run() as active:
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, cv=2).fit(features, labels)
    children = client.search_runs([experiment_id], f"tags.mlflow.parentRunId = '{active.info.run_id}'")
    assert {run.data.params["C"] for run in children} == {"0.1", "1.0", "10.0"}
    assert all("mean_test_score" in run.data.metrics for run in children)
    assert "best_cv_score" in client.get_run(active.info.run_id).data.metrics


def test_the_training_of_the_readme_runs_unchanged(server):
    script = ROOT / "examples" / "train.py"
    assert len(script.read_text().splitlines()) <= 15
    env = clean_environment({"MLFLOW_TRACKING_URI": server.url, "MPLBACKEND": "Agg"})
    done = subprocess.run([sys.executable, str(script)], env=env, capture_output=True, text=True, timeout=120,
                          cwd=os.path.dirname(server.log), check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") >= 1
    assert "predicts the same" in done.stdout.splitlines()[-1]
