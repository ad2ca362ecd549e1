# SPDX-License-Identifier: Apache-2.0
"""Filters and order_by clauses from a grammar: mostly right, sometimes broken in one of the ways that people break them."""

from typing import Callable, List, Sequence, Tuple

from tests.parity import values
from tests.parity.calls import Order
from tests.parity.values import chance, one
from tests.parity.world import World

NUMERIC = [">", ">=", "=", "!=", "<", "<="]
TEXTUAL = ["=", "!=", "LIKE", "ILIKE", "like", "ilike"]
NUMBERS = ["0", "1", "-1", "0.5", "-0.5", "1e0", ".5", "1.", "100", "1e300", "-2", "3.14", "1E2", "7"]
PATTERNS = ["%", "_", "x%", "%e%", "r_d", "R%", "%%", "", "1", "%naïve%", "\\%", "RUN%"]

BROKEN_CLAUSES = [
    "{c} OR {c}", "NOT {c}", "({c})", "{c};", "{c} -- x", "{c}, {c}", " ", "\t", "{k}", "= 'x'", "{k} =", "{k} = 'x", "1=1",
    "'x' = {k}", "{k} == 'x'", "{k} <> 'x'", "{k} BETWEEN 'a' AND 'b'", "{k} = x", "{k} = 5", "{k} > 'x'", "{k} = NULL",
    "{k} = 'a' 'b'", "foo.bar = 'x'", "foo = 'x'", "{k} IN ()", "{k} IN ('x'", "{k} IN 'x'", "{k} IN (1)", "{k} NOT LIKE 'x'",
    "{k} IS NULL", "{k} IS 'x'", "{k} IS NOTNULL", "{k} = true", "metrics.a > '1'", "metrics.a LIKE 'x'", "metrics.a IN (1)",
    "metrics.a > NaN", "metrics.a > +1", "metrics.a > 0x1", "metrics.a IS NULL", "metrics.a", "params.a-b = 'x'",
    "params.a/b = 'x'", "params.a b = 'x'", "params.`a = 'x'", "Params.a = 'x'", "`params.a` = 'x'", "params .a = 'x'",
    "params.a = ''x''", "params.a IN ('x')", "params.a > 'x'", "tags.a = `x`", "datasets.foo = 'x'", "{c} AND {k}",
    "metrics.a = 1 metrics.b", "attributes.nothing = 'x'", "run_id = 5", "start_time = '5'", "start_time LIKE '5'",
    "creation_time > 5.5", "params.1 = 'x'", "params.a = ", "AND", "and and",
]
TOLERATED = ["{c} {c}", "AND {c}", "{c} AND", "{c} AND AND {c}", "{c} aNd {c}", "{c}\nAND\n{c}", "  {c}  "]


def quoted(text: str, double: bool = False) -> str:
    """The text as a literal. There is no escape, so a text that holds the quote gets the other one, or loses it."""
    mark = '"' if (double or "'" in text) and '"' not in text else "'"
    return mark + text.replace(mark, "") + mark


def ticked(world: World, key: str) -> str:
    """A key as it may stand after the dot: bare when it can, else in back-ticks or double quotes."""
    plain = key.isascii() and key.replace("_", "a").replace(".", "a").isalnum() and not key[0].isdigit()
    if plain and chance(world.rng, 0.6):
        return key
    return f"`{key}`" if chance(world.rng, 0.7) or '"' in key else f'"{key}"'


def known_keys(world: World, kind: str) -> List[str]:
    found = {key for e in world.experiments for run in e.runs for key in getattr(run, kind)} - {""}
    return sorted(key for key in found if "`" not in key) or ["a"]


def run_metric(world: World) -> str:
    key = one(world.rng, known_keys(world, "metrics")) if chance(world.rng, 0.85) else "missing"
    entity = one(world.rng, ["metrics", "metrics", "metric"])
    return f"{entity}.{ticked(world, key)} {one(world.rng, NUMERIC)} {one(world.rng, NUMBERS)}"


def run_text(world: World) -> str:
    kind = one(world.rng, ["params", "tags"])
    key = one(world.rng, known_keys(world, kind)) if chance(world.rng, 0.85) else "missing"
    aliases = {"params": ["params", "param", "parameter", "parameters"], "tags": ["tags", "tag"]}[kind]
    name = f"{one(world.rng, aliases)}.{ticked(world, key)}"
    if chance(world.rng, 0.15):
        return f"{name} {one(world.rng, ['IS NULL', 'IS NOT NULL', 'is null', 'Is Not Null'])}"
    return comparison(world, name, values.TEXTS)


def comparison(world: World, name: str, texts: Sequence[str], double: bool = True) -> str:
    operator = one(world.rng, TEXTUAL)
    pool = PATTERNS if operator.upper() in ("LIKE", "ILIKE") and chance(world.rng, 0.7) else texts
    space = one(world.rng, [" ", " ", " ", "" if operator in ("=", "!=") else " ", "  "])
    text = one(world.rng, [t for t in pool if "\n" not in t and "`" not in t and (double or "'" not in t)])
    return f"{name}{space}{operator}{space}{quoted(text, double and chance(world.rng, 0.2))}"


def run_attribute(world: World) -> str:
    prefix = one(world.rng, ["", "", "attributes.", "attribute.", "attr.", "run."])
    what = one(world.rng, ["run_id", "ids", "status", "run_name", "user_id", "artifact_uri", "time", "time", "alias"])
    if what == "run_id":
        return f"{prefix}run_id {one(world.rng, ['=', '!='])} '{world.run().id}'"
    if what == "ids":
        ids = ", ".join(f"'{world.run().id}'" for _ in range(world.rng.randrange(1, 4)))
        return f"{prefix}run_id {one(world.rng, ['IN', 'NOT IN', 'in', 'not in'])} ({ids})"
    if what == "alias":
        return comparison(world, one(world.rng, ["attributes.`run name`", 'attributes."Run name"', "attr.`Run Name`"]),
                          values.NAMES)
    if what == "time":
        name = one(world.rng, ["start_time", "end_time", "created", "Created"])
        return f"{prefix}{name} {one(world.rng, NUMERIC)} {one(world.rng, ['0', '1000', '1010.5', '-1', '1e3', '2000', '1025'])}"
    texts = {"status": ["RUNNING", "FINISHED", "FAILED", "running", "x"], "run_name": values.NAMES,
             "user_id": ["", "u", "root"], "artifact_uri": ["%artifacts", "mlflow-artifacts:/%"]}[what]
    return comparison(world, prefix + what, texts)


def run_dataset(world: World) -> str:
    name = f"{one(world.rng, ['datasets', 'dataset'])}.{one(world.rng, ['name', 'digest', 'context'])}"
    if chance(world.rng, 0.3):
        return f"{name} {one(world.rng, ['IN', 'NOT IN'])} ('ds1', 'train', 'd1')"
    return comparison(world, name, ["ds1", "ds2", "d1", "d2", "train", "eval"])


def experiment_clause(world: World) -> str:
    prefix = one(world.rng, ["", "", "attribute."])
    what = one(world.rng, ["name", "name", "id", "ids", "time", "tag", "tag"])
    if what == "name":
        return comparison(world, prefix + "name", [e.name for e in world.experiments if "`" not in e.name])
    if what == "id":
        return f"{prefix}experiment_id {one(world.rng, ['=', '!='])} '{world.experiment(None).id}'"
    if what == "ids":
        return f"{prefix}experiment_id {one(world.rng, ['IN', 'NOT IN'])} ('{world.experiment(None).id}', '999')"
    if what == "time":
        time = one(world.rng, ["creation_time", "last_update_time"])
        return f"{prefix}{time} {one(world.rng, NUMERIC)} {one(world.rng, ['0', '99999999999999', '1'])}"
    keys = sorted({key for e in world.experiments for key in e.tags} - {""}) or ["a"]
    name = f"{one(world.rng, ['tags', 'tag'])}.{ticked(world, one(world.rng, keys))}"
    if chance(world.rng, 0.2):
        return f"{name} {one(world.rng, ['IS NULL', 'IS NOT NULL'])}"
    return comparison(world, name, values.TEXTS)


def model_clause(world: World) -> str:
    what = one(world.rng, ["name", "type", "id", "time", "metric", "metric", "params", "tags", "list"])
    prefix = one(world.rng, ["", "attributes."])
    if what == "metric":
        key = one(world.rng, ["a", "acc", "loss"])
        return f"metrics.{key} {one(world.rng, NUMERIC)} {one(world.rng, ['0', '1', '0.5', '-1'])}"
    if what == "time":
        field = one(world.rng, ["creation_timestamp", "creation_time", "last_updated_timestamp"])
        return f"{field} {one(world.rng, NUMERIC)} {one(world.rng, ['0', '1.5', '99999999999999'])}"
    if what == "id":
        return f"{prefix}{one(world.rng, ['model_id', 'source_run_id'])} {one(world.rng, ['=', '!='])} '{world.model().id}'"
    if what == "list":
        return f"{prefix}name {one(world.rng, ['IN', 'NOT IN'])} ('m1', 'm2')"
    if what in ("params", "tags"):
        return comparison(world, f"{what}.{one(world.rng, ['a', 'acc', 'loss', 'missing'])}", values.TEXTS, False)
    return comparison(world, prefix + {"name": "name", "type": "model_type"}[what], ["m1", "m2", "sk", ""], False)


PROMPTS_WANTED = ["tags.`mlflow.prompt.is_prompt` = 'true'", "tags.`mlflow.prompt.is_prompt` != 'false'",
                  "tag.`mlflow.prompt.is_prompt` != 'true'", "tags.`mlflow.prompt.is_prompt` = 'false'",
                  "tags.`mlflow.prompt.is_prompt` LIKE 'tr%'"]


def registered_clause(world: World) -> str:
    what = one(world.rng, ["name", "name", "names", "tag", "tag", "prompts"])
    prefix = one(world.rng, ["", "", "attribute."])
    names = [m.name for m in world.registered if "`" not in m.name]
    if what == "name":
        return comparison(world, prefix + "name", names)
    if what == "names":
        listed = ", ".join(quoted(one(world.rng, names)) for _ in range(world.rng.randrange(1, 4)))
        return f"{prefix}name {one(world.rng, ['IN', 'NOT IN', 'in', 'not in'])} ({listed})"
    if what == "prompts":
        return one(world.rng, PROMPTS_WANTED)
    keys = sorted(key for m in world.registered for key in m.tags if key and "`" not in key) or ["a"]
    return comparison(world, f"{one(world.rng, ['tags', 'tag'])}.{ticked(world, one(world.rng, keys))}", values.TEXTS)


def version_clause(world: World) -> str:
    what = one(world.rng, ["registered", "run", "runs", "source", "number", "number"])
    prefix = one(world.rng, ["", "", "attribute."])
    if what == "run":
        return f"{prefix}run_id {one(world.rng, ['=', '!=', 'LIKE'])} '{world.run(None).id}'"
    if what == "runs":
        return f"{prefix}run_id {one(world.rng, ['IN', 'NOT IN'])} ('{world.run(None).id}', 'x')"
    if what == "source":
        return comparison(world, prefix + "source_path", ["s3://bucket/model", "s3://b/%", "runs:/%", "dummy-source", "%MODEL"])
    if what == "number":
        numbers = ["0", "1", "2", "'1'", "-1", "99", "1.0", "'x'"]
        return f"{prefix}version_number {one(world.rng, NUMERIC)} {one(world.rng, numbers)}"
    return registered_clause(world)


CLAUSES = {"runs": [run_metric, run_metric, run_text, run_text, run_attribute, run_dataset],
           "experiments": [experiment_clause], "models": [model_clause],
           "registered_models": [registered_clause], "model_versions": [version_clause]}
BARE_KEYS = {"runs": ["run_name", "params.a", "metrics.a", "tags.a", "status", "run_id", "datasets.name"],
             "experiments": ["name", "tags.a", "creation_time", "experiment_id"],
             "models": ["name", "params.a", "metrics.a", "tags.a", "model_type"],
             "registered_models": ["name", "tags.a", "attribute.name", "timestamp"],
             "model_versions": ["name", "run_id", "source_path", "version_number", "tags.a"]}


def filter_for(world: World, search: str) -> Tuple[str, bool]:
    """A filter for a search, which has its name in CLAUSES, and whether it was broken on purpose."""
    makers: List[Callable[[World], str]] = CLAUSES[search]
    clauses = [one(world.rng, makers)(world) for _ in range(one(world.rng, [1, 1, 1, 2, 2, 3]))]
    if chance(world.rng, 0.72):
        return one(world.rng, [" AND ", " AND ", " and "]).join(clauses), False
    shape = one(world.rng, TOLERATED if chance(world.rng, 0.25) else BROKEN_CLAUSES)
    if shape == "{c} {c}" and " IN " in clauses[0].upper():
        shape = "{c}"       # after a list the real server's parser loses the next clause
    text = shape.replace("{c}", clauses[0]).replace("{k}", one(world.rng, BARE_KEYS[search]))
    return text, shape not in TOLERATED


RUN_ORDER_BROKEN = ["foo", "foo.bar", "metrics.a FOO", "metrics.a ASC DESC", "metrics", "", "  ", "dataset.name", "run name",
                    "metrics.a, start_time", "experiment_id", "'start_time'", "1", "`run name`"]


def run_order(world: World, random_names: bool) -> Tuple[List[str], Order, bool]:
    """order_by of runs/search, what it means, and whether it was broken on purpose."""
    rng = world.rng
    if chance(rng, 0.12):
        return [one(rng, RUN_ORDER_BROKEN)], Order("runs"), True
    clauses, keys = [], []
    for _ in range(one(rng, [1, 1, 2, 3])):
        kind = one(rng, ["metrics", "metrics", "params", "tags", "attributes", "attributes"])
        if kind == "attributes":
            name = one(rng, ["start_time", "end_time", "status", "user_id", "run_id", "run_name", "artifact_uri", "created"])
            text = one(rng, ["", "attributes."]) + one(rng, [name, f"`{name}`"])
        else:
            name = one(rng, known_keys(world, kind))
            text = f"{kind}.{ticked(world, name)}"
        if (kind, name) not in keys:
            keys.append((kind, name))
            clauses.append(text + one(rng, ["", " ASC", " DESC", " asc", " desc", "  DESC"]))
    if chance(rng, 0.04):
        return [clauses[0], clauses[0]], Order("runs"), True
    by_own_id = {("attributes", "run_id"), ("attributes", "artifact_uri")} & set(keys)
    by_name = random_names and {("attributes", "run_name"), ("tags", "mlflow.runName")} & set(keys)
    return clauses, Order("runs", keys, bool(by_own_id or by_name)), False


EXPERIMENT_ORDERS = ["name", "name DESC", "creation_time ASC", "creation_time DESC", "last_update_time", "experiment_id",
                     "experiment_id DESC", "attribute.name", "`name`", "last_update_time DESC", "name  ASC"]
EXPERIMENT_ORDERS_BROKEN = ["name FOO", "foo", "", "tags.a", "name ASC DESC", "name, experiment_id", "metrics.a", "1"]

MODEL_ORDERS = ["name", "creation_timestamp", "creation_time", "last_updated_timestamp", "metrics.a", "metrics.acc",
                "metrics.loss", "model_type", "status", "model_id", "source_run_id"]
MODEL_ORDERS_BROKEN = ["foo", "", "params.a", "tags.a", "attributes.name", "name DESC"]


def model_order(world: World) -> Tuple[List[dict], Order, bool]:
    rng = world.rng
    if chance(rng, 0.12):
        return [{"field_name": one(rng, MODEL_ORDERS_BROKEN)}], Order("models"), True
    names = rng.sample(MODEL_ORDERS, one(rng, [1, 1, 2]))
    clauses = [{"field_name": name, "ascending": chance(rng, 0.5)} for name in names]
    if chance(rng, 0.3):
        clauses[0].update(dataset_name="ds1", dataset_digest="d1")
    return clauses, Order("models", free=bool({"model_id", "source_run_id"} & set(names))), False
