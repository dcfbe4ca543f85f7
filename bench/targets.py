#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of docs/performance.md that holds every figure of bench/results with a target
against it.

    bench/targets.py [--check] [FOLDER]

FOLDER is the project. With --check nothing is written; it ends with 1 when the table is not
that of the results.
"""

import json
import sys
from pathlib import Path

import measure
from figure import OURS, show

sys.path.insert(0, str(measure.ROOT / "tools"))
import drawn    # noqa: E402: it lies beside the other tools

PART = drawn.Part("targets", "docs/performance.md", "<!-- drawn by bench/targets.py -->",
                  "<!-- end of the targets -->")
# In the order in which ./run bench makes them.
WORKS = ["http1", "h2", "decode", "transfer", "tls", "waiting", "block", "wake", "loops"]


def rows_of(found: dict) -> list[str]:
    """The lines of one file of results."""
    rows = []
    for work in found["works"].values():
        for figure in work["figures"]:
            ours = show(figure["values"].get(OURS))
            for target in figure["targets"]:
                word = {True: "yes", False: "**no**", None: "not measured"}[target["is_met"]]
                value = show(target["value"])
                held = f"{value} ×" if target["other"] else value
                rows.append(f"| {work['text']} | {figure['name']} | {ours} {figure['unit']} "
                            f"| {target['text']} | {held} | {word} |")
    return rows


def draw(root: Path) -> str:
    """The table."""
    lines = ["| work | figure | ours | target | found | met |",
             "| --- | --- | ---: | --- | ---: | --- |"]
    for name in WORKS:
        path = root / "bench/results" / f"{name}.json"
        if path.exists():
            lines += rows_of(json.loads(path.read_text(encoding="utf-8")))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(PART.main(sys.argv[1:], draw))
