# SPDX-License-Identifier: Apache-2.0
"""The pages of MLflow's UI, what each must show at least, and how two servers' texts are made comparable.

`{first}` in a path or a text is what the server called the run of that name; see names in logged.py.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """A page: its address behind the #, and words that say that it stands."""

    name: str
    path: str
    shows: tuple
    clicks: tuple = ()  # on these texts, one after the other, once it is open


RUN = "/experiments/<experiment>/runs/<run first>"
RUN_2 = "/experiments/<experiment>/runs/<run second>"
LOGGED = "/experiments/<experiment>/models/<model>"
TWO = '/compare-runs?runs=["<run first>","<run second>"]&experiments=["<experiment>"]'

LOOKS = (
    Look("home", "/", ("Welcome to MLflow", "orchard", "harvest", "Add tags")),
    Look("experiments", "/experiments", ("orchard", "Default", "25 / page")),
    Look("runs", "/experiments/<experiment>/runs", ("7 matching runs", "harvest (1effd7db)", "fruit-sorter")),
    Look("charts", "/experiments/<experiment>/runs?compareRunsMode=CHART",
         ("parent (accuracy)", "first (loss)", "endless", "System metrics")),
    Look("models of an experiment", "/experiments/<experiment>/models", ("Table view", "sorter", "Ready")),
    Look("run", RUN, ("The first harvest.", "0.9733509026636445", "harvest (1effd7db)", "autumn")),
    Look("run with a model", RUN_2, ("sorter", "fruit-sorter", "Logged models (1)", "yield")),
    Look("model metrics", f"{RUN}/model-metrics", ("first (accuracy)", "first (holes)", "endless")),
    Look("system metrics", f"{RUN_2}/system-metrics", ("second (system/cpu_utilization_percentage)", "908")),
    Look("artifacts", f"{RUN}/artifacts", ("two_colours.png", "Select a file to preview")),
    Look("text", f"{RUN}/artifacts", ("A line of plain text.", "Another."), ("notes", "plain.txt")),
    Look("json", f"{RUN}/artifacts", ('"apples": 3',), ("tree.json",)),
    Look("table", f"{RUN}/artifacts", ("how ripe?", "three", "View as table"), ("answers.json",)),
    Look("csv", f"{RUN}/artifacts", ("apple", "170"), ("weights.csv",)),
    Look("image", f"{RUN}/artifacts", ("artifacts/two_colours.png",), ("two_colours.png",)),
    Look("html", f"{RUN}/artifacts", ("artifacts/page.html",), ("page.html",)),
    Look("compared runs", TWO, ("Comparing 2 Runs", "Show diff only", "0.973", "bush")),
    Look("logged model", LOGGED, ("Source run ID", "<model>", "penalty", "0.9")),
    Look("files of a logged model", f"{LOGGED}/artifacts", ("MLmodel", "python_env.yaml")),
    Look("registered models", "/models", ("fruit-sorter", "empty-basket", "@ champion", "owner: orchard")),
    Look("registered model", "/models/fruit-sorter", ("Sorts fruit.", "@ champion", "Version 2.")),
    Look("version", "/models/fruit-sorter/versions/1", ("Staging", "Version 1.", "Inputs (2)", "sorter")),
    Look("prompts", "/prompts", ("greeting", "Version 1")),
    Look("prompt", "/prompts/greeting", ("Say hello to", "first words")),
    Look("traces", "/experiments/<experiment>/traces", ("orchard", "Start tracing your LLM application")),
    Look("overview of traces", "/experiments/<experiment>/overview/usage",
         ("Overall error rate: 0.0%", "Cost Over Time")),
    Look("evaluation datasets", "/experiments/<experiment>/datasets", ("Create an evaluation dataset",)),
    Look("settings", "/settings", ("Theme preference", "Demo data")),
)

# What the earlier wheel's pages must show; it has no other server to be compared with.
LOOKS_2 = (
    Look("experiments", "/", ("orchard", "Default")),
    Look("runs", "/experiments/<experiment>", ("orchard", "parent", "second", "7 matching runs")),
    Look("charts", "/experiments/<experiment>?compareRunsMode=CHART", ("accuracy", "loss", "parent")),
    Look("run", RUN, ("The first harvest.", "harvest (1effd7db)", "autumn", "0.9733509026636445")),
    Look("model metrics", f"{RUN}/model-metrics", ("accuracy", "holes", "loss")),
    Look("artifacts", f"{RUN}/artifacts", ("two_colours.png", "Select a file to preview")),
    Look("table", f"{RUN}/artifacts", ("how ripe?", "three"), ("answers.json",)),
    Look("compared runs", TWO, ("Comparing 2 Runs", "bush")),
    Look("registered models", "/models", ("fruit-sorter", "empty-basket")),
    Look("registered model", "/models/fruit-sorter", ("Sorts fruit.",)),
    Look("version", "/models/fruit-sorter/versions/1", ("Staging", "Version 1.")),
)

_CLOCK = (
    # A day of the test's own; that of the runs is 2023 and stays.
    (re.compile(r"\b\d\d?/\d\d?/20(?!23)\d\d, \d\d?:\d\d:\d\d [AP]M"), "<time>"),
    (re.compile(r"\b\d\d\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b"), "<time>"),
    (re.compile(r"\b(?:just now|\d+ (?:second|minute)s? ago)"), "<ago>"),
    # A run's colour comes from its id.
    (re.compile(r"#[0-9a-f]{6}\b"), "<colour>"),
)


def filled(text: str, names: dict) -> str:
    """The text with the server's own names for the symbols in it."""
    for symbol, name in names.items():
        text = text.replace(symbol, name)
    return text


def common(text: str, url: str, names: dict) -> str:
    """The text as any server would show it: symbols for its own names, its address, its clock."""
    text = text.replace(url, "<server>")
    for symbol, name in names.items():
        if len(name) > 8:  # "1", of an experiment, is many things, and the same on both
            text = text.replace(name, symbol).replace(name[:8], f"{symbol}...")
    for pattern, word in _CLOCK:
        text = pattern.sub(word, text)
    return text


# Complaints of a page that say nothing of the server, and why.
NOISE = (
    re.compile(r"^404 .*/users/current$"),  # there are no users; MLflow's own server says so, too
    re.compile("ResizeObserver loop"),  # the browser's word for a layout that took two turns
)


def told(complaints: list, url: str, names: dict) -> set:
    """The complaints in common form, without noise."""
    return {common(one, url, names) for one in complaints if not any(noise.search(one) for noise in NOISE)}
