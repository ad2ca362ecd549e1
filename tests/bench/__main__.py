# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.bench`, from the top of the tree: measures, prints the table, and exits with 1 if a figure of ours
could not be measured. A missed target is no error: it says something about the machine too."""

import argparse
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.bench import machine, publish
from tests.bench.bench import FAILURES, FULL, QUICK, TINY, Bench
from tests.bench.groups import GROUPS
from tests.bench.peers import PEERS

PARENT = Path("build/bench").resolve()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", choices=GROUPS, help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="small: shows that all of it runs, in minutes")
    parser.add_argument("--tiny", action="store_true", help="smaller still: seconds a group")
    parser.add_argument("--runs", type=int, help="runs of the dataset that is searched")
    parser.add_argument("--without", action="append", default=[], choices=[peer.name for peer in PEERS],
                        help="leave this peer out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument("--publish", type=Path, metavar="DIR",
                        help=f"write {publish.PAGE} and its plots there, if all was measured at full size")
    args = parser.parse_args()
    args.is_full = not (args.only or args.quick or args.tiny or args.runs or args.without)
    if args.publish and not args.is_full:
        parser.error("only a full run is published")
    return args


def measure(bench: Bench, names: list[str]) -> None:
    """A group that fails is reported, and the next one tried."""
    for name in names:
        begin = time.monotonic()
        print(f"  {name} ", end="", file=sys.stderr, flush=True)
        bench.report.group = name
        bench.settle()
        try:
            GROUPS[name].run(bench)
        except FAILURES as error:
            bench.report.fail(name, str(error))
        print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)


def main() -> int:
    args = arguments()
    # So that a bench that is told to end stops its servers and gives its disk back.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    subprocess.run(["make", "--no-print-directory", "-f", "tests/bench/Makefile"], check=True)
    scale = TINY if args.tiny else QUICK if args.quick else FULL
    if args.runs:
        scale = replace(scale, runs=args.runs)
    begin = time.monotonic()
    with Bench(scale, PARENT, tuple(args.without)) as bench:
        about = machine.describe(bench.dir, args.quick or args.tiny)
        print(machine.text(about), file=sys.stderr)
        measure(bench, args.only or list(GROUPS))
        about["runs"] = scale.runs
        about["minutes"] = round((time.monotonic() - begin) / 60)
    report = bench.report
    print(machine.text(about))
    print(report.table())
    print(f"{report.missed()} targets missed, {len(report.failures)} groups failed")
    if args.json:
        args.json.write_text(json.dumps({"machine": about, **report.as_json()}, indent=1))
    if args.publish:
        publish.write(args.publish, about, report)
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
