# SPDX-License-Identifier: Apache-2.0
"""POST /graphql: the two operations that MLflow's pages call, asking for every field that we give"""

from typing import Any

from tests.parity.calls import Call
from tests.parity.values import chance, one
from tests.parity.world import World

PAIRS = "{ __typename key value }"
EXPERIMENT = ("{ __typename experimentId name artifactLocation lifecycleStage lastUpdateTime creationTime "
              f"effectiveTraceArchivalRetention workspace tags {PAIRS} }}")
VERSION = ("{ __typename name version creationTimestamp lastUpdatedTimestamp userId currentStage description source runId status "
           f"statusMessage runLink aliases modelId modelParams {{ name }} modelMetrics {{ key }} tags {PAIRS} }}")
RUN = f"""{{ __typename
  info {{ __typename runId runUuid runName experimentId userId status startTime endTime artifactUri lifecycleStage }}
  experiment {EXPERIMENT} modelVersions {VERSION}
  data {{ __typename params {PAIRS} tags {PAIRS}
    metrics {{ __typename key value timestamp step datasetName datasetDigest modelId runId }} }}
  inputs {{ __typename modelInputs {{ __typename modelId }} datasetInputs {{ __typename tags {PAIRS}
    dataset {{ __typename name digest sourceType source schema profile }} }} }}
  outputs {{ __typename modelOutputs {{ __typename modelId step }} }} }}"""


def asked(operation: str, variable: str, value: Any, selection: str) -> Call:
    field = "mlflowGetRun" if operation == "GetRun" else "mlflowGetExperiment"
    query = (f'query {operation}(${variable}: M{field[1:]}Input!) @component(name: "x") '
             f"{{ {field}(input: ${variable}) {{ __typename apiError {{ code message helpUrl }} {selection} }} }}")
    return Call("graphql", "POST", "/graphql", facts={"any order": frozenset({"model_versions"})},
                body={"operationName": operation, "variables": {variable: value}, "query": query})


def experiment(world: World) -> Call:
    chosen = world.experiment(None)
    value = {"experimentId": chosen.id if not chance(world.rng, 0.05) else one(world.rng, ["999999999", "abc", "", None])}
    return asked("MlflowGetExperimentQuery", "input", value, f"experiment {EXPERIMENT}")


def run(world: World) -> Call:
    chosen = world.run(None, one(world.rng, ["metrics", "params", "outputs", ""]))
    run_id = chosen.id if not chance(world.rng, 0.05) else one(world.rng, [world.nowhere("run"), ""])
    return asked("GetRun", "data", {one(world.rng, ["runId", "runId", "runUuid"]): run_id}, f"run {RUN}")


ACTIONS = [(experiment, 2), (run, 5)]
