# SPDX-License-Identifier: Apache-2.0
"""`python -m tests.bench`, from the top of the tree: measures, prints the table, and exits with 1 if a figure could
not be measured. A missed target is no error: it says something about the machine too."""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.bench import machine
from tests.bench.bench import FULL, QUICK, Bench, ToolError
from tests.bench.figures import GROUPS
from tests.bench.peers import PEERS
from tests.support.servers import ServerError

PARENT = Path("build/bench").resolve()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", action="append", choices=GROUPS, help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="2 s a figure, 10,000 runs, 256 MiB, 100,000 points")
    parser.add_argument("--runs", type=int, help="runs of the dataset that is searched")
    parser.add_argument("--peer", choices=PEERS, default="runestone", help="the server under test")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    return parser.parse_args()


def measure(bench: Bench, groups: list[str]) -> None:
    """A group that fails is reported, and the next one tried."""
    for name in groups:
        begin = time.monotonic()
        print(f"  {name} ", end="", file=sys.stderr, flush=True)
        try:
            GROUPS[name](bench)
        except (ToolError, ServerError, RuntimeError, OSError, subprocess.SubprocessError) as error:
            bench.report.fail(name, str(error))
        print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)


def main() -> int:
    args = arguments()
    subprocess.run(["make", "--no-print-directory", "-f", "tests/bench/Makefile"], check=True)
    scale = QUICK if args.quick else FULL
    if args.runs:
        scale = replace(scale, runs=args.runs)
    with Bench(scale, args.peer, PARENT) as bench:
        about = machine.describe(bench.dir)
        print(machine.text(about), file=sys.stderr)
        measure(bench, args.only or list(GROUPS))
        print(machine.text(about))
        print(bench.report.table())
        print(f"{bench.report.missed()} targets missed, {len(bench.report.failures)} groups failed")
        if args.json:
            args.json.write_text(json.dumps({"machine": about, "peer": args.peer, **bench.report.as_json()}, indent=1))
        return 1 if bench.report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
