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

import drawn

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
        raise drawn.Unreadable(f"{path}: no {what}")
    return match.group(1)


def _check(steps: list[Step]) -> None:
    """Every step has a row, every name exists, and all can be reached."""
    names = {step.name for step in steps}
    reached, waiting = set(), [FIRST, FAIL]
    graph = {step.name: step.following for step in steps}
    while waiting:
        name = waiting.pop()
        if name not in names:
            raise drawn.Unreadable(f"{TABLE}: TO({name}) is no step with a row")
        if name not in reached:
            reached.add(name)
            waiting += graph[name]
    for name in sorted(names - reached):
        raise drawn.Unreadable(f"{TABLE}: no way leads to {name}")


def read(root: Path) -> list[Step]:
    """The steps, in the order of the table."""
    names = _part(_ENUM, (root / NAMES).read_text(encoding="utf-8"), NAMES, "enum request_step")
    rows = _part(_STEPS, (root / TABLE).read_text(encoding="utf-8"), TABLE, "table of steps")
    meanings = dict(_NAME.findall(names))
    steps = []
    for name, function, following in _ROW.findall(rows):
        if name not in meanings:
            raise drawn.Unreadable(f"{NAMES}: no comment beside REQUEST_{name}")
        steps.append(Step(name, function, meanings.pop(name), _NEXT.findall(following)))
    for name in meanings:
        raise drawn.Unreadable(f"{TABLE}: no row for REQUEST_{name}")
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


if __name__ == "__main__":
    part = drawn.Part("steps", DOCUMENT, BEGIN, END)
    sys.exit(part.main(sys.argv[1:], lambda root: draw(read(root))))
