# SPDX-License-Identifier: Apache-2.0
"""What the pages show: logged by the stock client, the same to each server, at times that are given.

`log_all(url)` returns what each server named by itself: {"<run first>": "0af2...", ...}.
"""

import math

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from PIL import Image
from sklearn.linear_model import LogisticRegression

from abuse.wire import await_true

BEGIN_MS = 1_700_000_000_000  # 14 November 2023: a page says "3 years ago", whenever it is asked
MINUTE_MS = 60_000
EXPERIMENT = "orchard"
MODEL = "fruit-sorter"
N_STEPS = 30
RUNS = ("first", "second", "third", "failed", "parent", "child one", "child two")
MODEL_RUN = RUNS.index("second")
REQUIREMENTS = ["scikit-learn==1.9.1"]  # given, so that nothing is guessed by loading the model once more


def log_all(url: str) -> dict:
    mlflow.set_tracking_uri(url)
    client = MlflowClient(url)
    names = {}
    experiment = client.create_experiment(EXPERIMENT, tags={"mlflow.note.content": "Apples, **pears** and quinces."})
    client.set_experiment_tag(experiment, "team", "harvest")
    names["<experiment>"] = experiment
    for number, name in enumerate(RUNS):
        names[f"<run {name}>"] = log_run(client, experiment, number, name, names)
    client.set_terminated(names["<run failed>"], "FAILED", BEGIN_MS + 4 * MINUTE_MS)
    log_artifacts(client, names["<run first>"])
    # MLflow's page of compared runs fails where one has files and the other none, if the latter is answered later.
    client.log_text(names["<run second>"], "One more.", "only_here.txt")
    log_dataset(names["<run first>"])
    log_system_metrics(client, names["<run second>"])
    log_model(names)
    register(client, names)
    return names


def log_run(client: MlflowClient, experiment: str, number: int, name: str, names: dict) -> str:
    start = BEGIN_MS + number * MINUTE_MS
    tags = {"kind": "tree" if number % 2 else "bush"}
    if name.startswith("child"):
        tags["mlflow.parentRunId"] = names["<run parent>"]
    if name == "first":
        tags["mlflow.note.content"] = "The first harvest."
    run_id = client.create_run(experiment, start_time=start, tags=tags, run_name=name).info.run_id
    params = [Param("depth", str(number)), Param("rate", str(0.1 / (number + 1))), Param("words", "sweet " * 30)]
    client.log_batch(run_id, points(number, start), params, [RunTag("season", "autumn")])
    client.set_terminated(run_id, "FINISHED", start + 90_000)
    return run_id


def points(number: int, start: int) -> list:
    """Curves of a metric each; one has holes, some a single point. In the order of their names: a server lists the
    metrics of a run in an order of its own. None of the model's run, of which MLflow's own server would say 0 for a NaN
    and the largest double for an infinity."""
    singles = {"score": number / 8}
    if number != MODEL_RUN:
        singles |= {"endless": math.inf, "not a number": math.nan}
    found = []
    for step in range(N_STEPS):
        values = {"accuracy": 1 - math.exp(-step / (8 + number)), "loss": math.exp(-step / (5 + number)),
                  "holes": math.nan if step % 7 == 3 else step * 1.5, **(singles if step == 0 else {})}
        found += [Metric(key, values[key], start + step * 1000, step) for key in sorted(values)]
    return found


def log_artifacts(client: MlflowClient, run_id: str) -> None:
    client.log_text(run_id, "A line of plain text.\nAnother.\n", "notes/plain.txt")
    client.log_dict(run_id, {"tree": {"apples": 3}}, "tree.json")
    client.log_text(run_id, "kind,weight\napple,150\npear,170\n", "weights.csv")
    client.log_text(run_id, "<html><body><h1>A page of its own</h1></body></html>", "page.html")
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[:, :30] = (200, 30, 30)
    client.log_image(run_id, Image.fromarray(pixels), "two_colours.png")
    client.log_table(run_id, {"question": ["how many?", "how ripe?"], "answer": ["three", "very"]}, "answers.json")
    # A model as clients before 3 leave it: files of the run.
    client.log_text(run_id, "artifact_path: basket\nflavors: {}\n", "basket/MLmodel")
    figure, axes = plt.subplots(figsize=(2, 1.5))
    axes.plot([1, 2, 3])
    client.log_figure(run_id, figure, "plots/line.png")
    plt.close(figure)


def log_dataset(run_id: str) -> None:
    table = pd.DataFrame({"weight": [150.0, 170.0], "ripe": [1, 0]})
    with mlflow.start_run(run_id=run_id):
        dataset = mlflow.data.from_pandas(table, source="orchard.csv", name="harvest", targets="ripe")
        mlflow.log_input(dataset, "training")


def log_system_metrics(client: MlflowClient, run_id: str) -> None:
    for step in range(10):
        for name, value in (("cpu_utilization_percentage", 20 + step), ("system_memory_usage_megabytes", 900 + step)):
            client.log_metric(run_id, f"system/{name}", value, BEGIN_MS + step * 1000, step)


def log_model(names: dict) -> None:
    table = pd.DataFrame({"weight": [150.0, 170.0, 40.0, 45.0], "length": [7.0, 9.0, 3.0, 3.5]})
    model = LogisticRegression().fit(table, [1, 1, 0, 0])
    with mlflow.start_run(run_id=names["<run second>"]):
        signature = mlflow.models.infer_signature(table, model.predict(table))
        info = mlflow.sklearn.log_model(model, name="sorter", signature=signature, input_example=table,
                                        pip_requirements=REQUIREMENTS, params={"penalty": "l2"}, tags={"fruit": "any"})
        mlflow.log_metric("yield", 0.9, model_id=info.model_id)
    # The client ends the run now; its end is given as the others'.
    MlflowClient().set_terminated(names["<run second>"], "FINISHED", BEGIN_MS + 5 * MINUTE_MS)
    MlflowClient().set_terminated(names["<run first>"], "FINISHED", BEGIN_MS + 3 * MINUTE_MS)
    names["<model>"] = info.model_id
    names["<model uuid>"] = info.model_uuid


def register(client: MlflowClient, names: dict) -> None:
    client.create_registered_model(MODEL, {"owner": "orchard"}, "Sorts fruit.")
    source = f"models:/{names['<model>']}"
    for number in (1, 2):
        client.create_model_version(MODEL, source, names["<run second>"], {"number": str(number)},
                                    description=f"Version {number}.", model_id=names["<model>"])
    client.set_registered_model_alias(MODEL, "champion", 2)
    client.transition_model_version_stage(MODEL, "1", "Staging")
    client.create_registered_model("empty-basket")
    mlflow.genai.register_prompt("greeting", "Say hello to {{name}}.", commit_message="first words")
    # A thread of the client's still says which experiment it belongs to.
    await_true(lambda: "_mlflow_experiment_ids" in client.get_prompt("greeting").tags, "the prompt has its experiment")
