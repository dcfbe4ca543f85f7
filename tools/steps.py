#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws the steps of a request into docs/request.md, from the table in the code.

    tools/steps.py [--check] [FOLDER]

The text between the two marks is replaced. With --check nothing is written: ends with 1 if
the document is out of date. Ends with 2 if the table cannot be read.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

TABLE = "src/engine/request_steps.c"
NAMES = "src/engine/request_inside.h"
DOCUMENT = "docs/request.md"
BEGIN = f"<!-- steps: drawn by tools/steps.py from {TABLE} -->"
END = "<!-- end of steps -->"

# Where a request begins, what every step may lead to, and where it ends.
FIRST, FAIL, LAST = "BEGIN", "FAIL", "ENDED"

_NAME = re.compile(r"^\tREQUEST_(\w+),\s*/\* (.+?) \*/$", re.M)
_ROW = re.compile(r"\[REQUEST_(\w+)\]\s*=\s*\{\s*(\w+),([^}]*)\}")
_NEXT = re.compile(r"TO\((\w+)\)")
_ENUM = re.compile(r"^enum request_step \{(.*?)^\};", re.M | re.S)
_STEPS = re.compile(r"^\} steps\[REQUEST_STEP_COUNT\] = \{(.*?)^\};", re.M | re.S)


class Unreadable(Exception):
    """The code does not look as it did when this was written."""


@dataclass
class Step:
    """One row of the table."""
    name: str
    function: str       # takes it
    meaning: str        # the comment beside its name
    following: list[str]


def _part(pattern: re.Pattern, text: str, path: str, what: str) -> str:
    match = pattern.search(text)
    if not match:
        raise Unreadable(f"{path}: no {what}")
    return match.group(1)


def _check(steps: list[Step]) -> None:
    """Every step has a row, every name exists, and all can be reached."""
    names = {step.name for step in steps}
    reached, waiting = set(), [FIRST, FAIL]
    graph = {step.name: step.following for step in steps}
    while waiting:
        name = waiting.pop()
        if name not in names:
            raise Unreadable(f"{TABLE}: TO({name}) is no step with a row")
        if name not in reached:
            reached.add(name)
            waiting += graph[name]
    for name in sorted(names - reached):
        raise Unreadable(f"{TABLE}: no way leads to {name}")


def read(root: Path) -> list[Step]:
    """The steps, in the order of the table."""
    names = _part(_ENUM, (root / NAMES).read_text(encoding="utf-8"), NAMES, "enum request_step")
    rows = _part(_STEPS, (root / TABLE).read_text(encoding="utf-8"), TABLE, "table of steps")
    meanings = dict(_NAME.findall(names))
    steps = []
    for name, function, following in _ROW.findall(rows):
        if name not in meanings:
            raise Unreadable(f"{NAMES}: no comment beside REQUEST_{name}")
        steps.append(Step(name, function, meanings.pop(name), _NEXT.findall(following)))
    for name in meanings:
        raise Unreadable(f"{TABLE}: no row for REQUEST_{name}")
    _check(steps)
    return steps


def draw(steps: list[Step]) -> str:
    """The diagram and the table that stand between the marks."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {FIRST}"]
    for step in steps:
        lines += [f"    {step.name} --> {after}" for after in step.following]
    lines += [f"    {LAST} --> [*]",
              f"    note left of {FAIL} : whatever stops a request leads here, from every step",
              "```", "",
              "| step | what it is | what may follow |", "|---|---|---|"]
    for step in steps:
        following = " ".join(f"`{after}`" for after in step.following) or "nothing"
        lines.append(f"| `{step.name}` | {step.meaning} | {following} |")
    return "\n".join(lines)


def put(document: str, drawing: str) -> str:
    """The document with this drawing between the marks."""
    before, mark, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise Unreadable(f"{DOCUMENT}: the marks are missing")
    return f"{before}{BEGIN}\n\n{drawing}\n\n{END}{after}"


def main(arguments: list[str]) -> int:
    is_check = arguments[:1] == ["--check"]
    rest = arguments[1:] if is_check else arguments
    root = Path(rest[0]) if rest else Path(__file__).resolve().parent.parent
    try:
        path = root / DOCUMENT
        old = path.read_text(encoding="utf-8")
        new = put(old, draw(read(root)))
    except (Unreadable, OSError) as error:
        print(f"steps: {error}", file=sys.stderr)
        return 2
    if new == old:
        return 0
    if is_check:
        print(f"{DOCUMENT} is out of date: run tools/steps.py")
        return 1
    path.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
