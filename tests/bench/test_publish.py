# SPDX-License-Identifier: Apache-2.0
"""The page that is published: from figures to Markdown and SVG, without a server."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.bench import publish, svg
from tests.bench.report import LessThan, MoreThan, Report, ratio_text, verdict
from tests.bench.targets import TARGETS, Target

ABOUT = {"date": "2026-01-02", "commit": "abc", "cpu": "a CPU", "cores": 2, "memory_gib": 8.0, "kernel": "6.1",
         "filesystem": "ext4", "sync_p50_us": 100, "load_before": 0.0, "minutes": 30, "runs": 100_000}
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def report() -> Report:
    made = Report()
    made.group = "log-metric"
    made.ours("log-metric, 64 clients", "calls/s", 30_000, p50_us=2_000)
    made.beside("log-metric, 64 clients", "calls/s", "FastTrackML", 2_000)
    made.beside("log-metric, 64 clients", "calls/s", "MLflow", 200)
    made.group = "put"
    made.ours("PUT", "MiB/s", 500)
    made.note("FastTrackML has no figure of PUT: it takes no artifacts over HTTP")
    made.group = "get"
    made.fail("get", "there is no nginx\nand more")
    return made


def test_a_published_page_has_figures_ratios_verdicts_and_what_is_missing(report: Report, tmp_path: Path) -> None:
    publish.write(tmp_path, ABOUT, report)
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| log-metric, 64 clients | 30,000 calls/s | 2,000 calls/s (15.00 ×) | 200.0 calls/s (150 ×) |" in page
    assert "≥ 25,000 calls/s: ok; ≥ 12 × FastTrackML: ok" in page
    assert "≥ 200 × MLflow: MISSED" in page
    assert "Of 3 targets 1 is missed." in page
    assert "- FastTrackML has no figure of PUT" in page
    assert "- Not measured: there is no nginx\n" in page
    assert "2026-01-02, commit abc: 2 cores of a CPU" in page


def test_every_plot_that_the_page_shows_is_there_and_is_xml(report: Report, tmp_path: Path) -> None:
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "of-yesterday.svg").write_text("")
    publish.write(tmp_path, ABOUT, report)
    shown = sorted((tmp_path / "benchmarks").iterdir())
    assert [path.name for path in shown] == ["log-metric.svg"]
    assert "(benchmarks/log-metric.svg)" in (tmp_path / "benchmarks.md").read_text()
    ElementTree.parse(shown[0])


def test_growth_is_drawn_with_the_sizes_of_a_call_together(report: Report) -> None:
    report.group = "growth"
    for size, value in (("1,000 runs", 1.0), ("10,000 runs", 1.2)):
        for call in ("log-metric", "search: all, by a metric"):
            report.ours(f"growth, {size}: {call}", "ms", value)
    _, plot = publish.plots_of(report)["growth-runs"]
    assert plot.series == ("1,000 runs", "10,000 runs")
    assert plot.groups == {call: {"1,000 runs": 1.0, "10,000 runs": 1.2}
                           for call in ("log-metric", "search: all, by a metric")}


def test_a_bar_is_as_long_as_the_logarithm_of_its_value() -> None:
    plot = svg.Bars("a & b", "calls/s", ("ours", "theirs"), {"one <client>": {"ours": 10_000, "theirs": 100}})
    root = ElementTree.fromstring(svg.bars(plot))
    widths = [float(rect.get("width")) for rect in root.iter(f"{SVG}rect") if rect.get("height") == str(svg.BAR)]
    axis = svg.Axis([10_000, 100])
    assert widths == [pytest.approx(axis.x(value) - svg.LABELS, abs=0.1) for value in (10_000, 100)]
    assert widths[0] > widths[1] > 0
    assert "one <client>" in [words.text for words in root.iter(f"{SVG}text")]


def test_no_two_targets_judge_the_same_number() -> None:
    assert len({(target.figure, target.beside) for target in TARGETS}) == len(TARGETS)


def test_a_ratio_below_its_target_is_missed_and_one_at_it_is_met(report: Report) -> None:
    report.beside("log-metric, 64 clients", "calls/s", "MLflow", 150)
    assert report.missed() == 0
    report.beside("log-metric, 64 clients", "calls/s", "FastTrackML", 2_501)
    assert report.missed() == 1


@pytest.fixture
def given_up(report: Report) -> Report:
    report.group = "ui"
    report.ours("page of 100,000 runs by a metric: until it stands", "s", 4.0)
    report.beside("page of 100,000 runs by a metric: until it stands", "s", "MLflow", MoreThan(120))
    return report


def test_what_a_peer_was_not_waited_for_is_a_bound_and_so_is_its_ratio(given_up: Report, tmp_path: Path) -> None:
    publish.write(tmp_path, ABOUT, given_up)
    assert ("| page of 100,000 runs by a metric: until it stands | 4.00 s | > 120 s (< 0.04 ×) | ≤ 0.2 × MLflow: ok |"
            in (tmp_path / "benchmarks.md").read_text())
    row = given_up.rows()[-1]
    assert row[2:] == ("MLflow", "> 120 s", "< 0.04", "≤ 0.2 ×", "ok")
    figure = json.loads(json.dumps(given_up.as_json()))["figures"][row[0]]
    assert (figure["beside"], figure["more_than"]) == ({"MLflow": 120}, ["MLflow"])


def test_a_bound_that_does_not_decide_a_target_neither_meets_nor_misses_it(given_up: Report) -> None:
    judged, missed = given_up.judged(), given_up.missed()
    given_up.ours("page of 100,000 runs by a metric: until it stands", "s", 30.0)
    assert given_up.rows()[-1][4:] == ("< 0.25", "≤ 0.2 ×", "open")
    assert (given_up.judged(), given_up.missed()) == (judged - 1, missed)


def test_a_bound_that_is_too_small_for_a_rate_misses_its_target() -> None:
    assert verdict(Target("", 8, at_least=True), LessThan(7.9), "") == ("≥ 8 ", "MISSED")
    assert verdict(Target("", 8, at_least=True), LessThan(8.1), "") == ("≥ 8 ", "open")


@pytest.mark.parametrize("ratio, text", ((1 / 30, "< 0.04"), (0.1525, "< 0.16"), (0.0021, "< 0.003"), (150.2, "< 151")))
def test_the_ratio_to_a_bound_is_rounded_to_what_is_still_true(ratio: float, text: str) -> None:
    assert ratio_text(LessThan(ratio)) == text


def test_the_bar_of_a_bound_says_that_it_is_one() -> None:
    plot = svg.Bars("a", "s", ("ours", "theirs"), {"one": {"ours": 4.0, "theirs": MoreThan(120)}})
    assert "> 120" in [words.text for words in ElementTree.fromstring(svg.bars(plot)).iter(f"{SVG}text")]
