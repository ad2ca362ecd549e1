# SPDX-License-Identifier: Apache-2.0
"""The requests of tests/api/cases as inputs of the target `http`, a file a case: what the API's own tests say is a good
place for a fuzzer to start from.

    python3 tests/fuzz/from_cases.py DIR
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "api"))
from case_file import read_cases  # noqa: E402

# What the variables of the cases stand for, in the world of given.txt; any other one is itself a word.
KNOWN = {"run": "a0000000000000000000000000000001", "exp": "1", "model": "m-a0000000000000000000000000000009",
         "root": "1/a0000000000000000000000000000001/artifacts", "unique": "x"}
REPEAT = re.compile(r"\$\{repeat (\d+) ([^}]*)\}")
VARIABLE = re.compile(r"\$\{([^}:]*)[^}]*\}")
MOST = 4096  # bytes of an input: longer ones only slow a fuzzer down


def plain(text: str) -> str:
    text = REPEAT.sub(lambda found: found[2] * min(int(found[1]), 300), text)
    return VARIABLE.sub(lambda found: KNOWN.get(found[1], found[1].replace(" ", "")), text)


def request(step) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in step.headers)
    return plain(f"{step.method} {step.path}\n{headers}" + (f"\n{step.body}\n" if step.body else ""))


def main(folder: Path) -> None:
    texts = {"%%\n".join(request(step) for step in case.steps)
             for path in sorted((HERE.parent / "api" / "cases").glob("*.case")) for case in read_cases(path)}
    for number, text in enumerate(sorted(text for text in texts if len(text) <= MOST)):
        (folder / f"case-{number:04}").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
