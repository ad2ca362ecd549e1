# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.fault.checker --port P FOLDER [--last]`: a process of its own that compares the histories of a folder
with what the server on that port holds. Prints a line a finding; exit 1 if there is any, 2 if it could not look.

A history is of one writer, which made one experiment; the next writer may have gone on with its runs, later ones may
not. So each experiment is judged by two histories, whatever their number. --last looks at the last two only.
"""

import argparse
import sys
from pathlib import Path
from typing import List

from tests.fault import history
from tests.fault.history import Call
from tests.fault.observer import Observer, ReadError
from tests.fault.verdict import Finding, judge
from tests.fault.wire import Lost, NotSent, Wire

PRINTED_MOST = 40


def histories(folder: Path) -> List[Path]:
    return sorted(folder.glob("*.history"))


def _names(calls: List[Call]) -> set:
    """The experiments and runs that a history made, or may have made."""
    return {fact[0].split("|")[1] for call in calls for fact in call.facts
            if call.op in ("create-experiment", "create-run")}


def check_experiment(wire: Wire, first: Path, next_one: List[Path]) -> List[Finding]:
    """Judges the experiment that `first` made."""
    calls = list(history.read(first))
    names = _names(calls)
    experiments = {fact[0].split("|")[1] for call in calls for fact in call.facts if fact[0].startswith("experiment|")}
    for path in next_one:
        calls += history.read(path)
    of_ours = [call for call in calls if not call.facts or call.facts[0][0].split("|")[1] in names]
    observer = Observer(wire)
    for name in sorted(experiments):
        observer.experiment(name)
    return observer.findings + judge(of_ours, observer.seen)


def check(port: int, folder: Path, only_last: bool = False) -> List[Finding]:
    files = histories(folder)
    wire = Wire(port)
    findings: List[Finding] = []
    for i in range(max(0, len(files) - 2) if only_last else 0, len(files)):
        findings += [Finding(f.kind, f"{files[i].stem}: {f.what}")
                     for f in check_experiment(wire, files[i], files[i + 1:i + 2])]
    wire.close()
    return findings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fault.checker", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--last", action="store_true")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    try:
        findings = check(options.port, options.folder, options.last)
    except (ReadError, Lost, NotSent) as error:
        print(f"could not look: {error}")
        return 2
    for finding in findings[:PRINTED_MOST]:
        print(finding)
    if len(findings) > PRINTED_MOST:
        print(f"and {len(findings) - PRINTED_MOST} more")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
