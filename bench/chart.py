#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Draws what a script of `./run bench` found: bar charts as plain SVG.

    bench/chart.py FILE.json...

draws docs/performance/FILE.svg from each, without measuring again; `./run bench NAME --svg`
does it behind the measuring. Each work has a heading, each of its figures a panel with a bar
for every client, ours in another colour. A line across our bar is a target, red where it is
not met. There is no background, and the colours are such that they can be read on white as on
black. Whoever cannot see the bars is told all of it in words (desc).
"""

import json
import sys
import textwrap
from html import escape
from pathlib import Path

from figure import OURS, show

PICTURES = Path(__file__).resolve().parents[1] / "docs/performance"
COLUMNS = 2
PANEL_WIDTH = 400
GAP = 24
LINE = 18               # height of a bar's row
BAR = 12                # height of a bar
NAME_WIDTH = 96         # left of the bars
NUMBER_WIDTH = 64       # right of the longest
CAPTION = 26            # above the bars
HEADING = 40            # above a row of panels that begins a work
CHAR_WIDTH = 6.6        # of the last lines, about
STYLE = """text { font: 12px sans-serif; fill: #777; }
.heading { font-size: 15px; font-weight: bold; }
.caption { font-weight: bold; }
.name { text-anchor: end; }
.other { fill: #8a929b; }
.ours { fill: #2f7fd6; }
.met { stroke: #2a9d4e; }
.missed { stroke: #e0403a; }
.target { stroke-width: 2; }"""


def _is_drawn(figure: dict) -> bool:
    return any(value is not None for value in figure["values"].values())


def _targets_at(figure: dict) -> list[tuple[float, dict]]:
    """Where on the axis each target lies that was held against something."""
    found = []
    for target in figure["targets"]:
        base = figure["values"].get(target["other"]) if target["other"] else 1
        if base is not None and target["value"] is not None:
            found.append((target["limit"] * base, target))
    return found


def _end_of(figure: dict) -> float:
    """What the longest bar, or target, stands for."""
    values = [value for value in figure["values"].values() if value is not None]
    return max(*values, *(at for at, _ in _targets_at(figure)), 1e-9)


def _panel_height(figure: dict) -> int:
    return CAPTION + LINE * len(figure["values"])


def _caption(figure: dict) -> str:
    hint = ", more is better" if figure["is_more_better"] else ""
    return f"{figure['name']}, {figure['unit']}{hint}"


def _panel(figure: dict, x: float, y: float) -> list[str]:
    """A caption, and below it the bars."""
    length = PANEL_WIDTH - NAME_WIDTH - NUMBER_WIDTH
    scale = length / _end_of(figure)
    left = x + NAME_WIDTH
    lines = [f'<text class="caption" x="{x}" y="{y + 14}">{escape(_caption(figure))}</text>']
    for i, (name, value) in enumerate(figure["values"].items()):
        top = y + CAPTION + i * LINE
        base = top + BAR - 2
        kind = "ours" if name == OURS else "other"
        width = (value or 0) * scale
        lines.append(f'<text class="name" x="{left - 8}" y="{base}">{escape(name)}</text>')
        lines.append(f'<rect class="{kind}" x="{left}" y="{top}" width="{width:.1f}" '
                     f'height="{BAR}"/>')
        end = width
        if name == OURS:
            lines += _ticks(figure, left, top, scale)
            end = max([width, *(at * scale for at, _ in _targets_at(figure))])
        lines.append(f'<text x="{left + end + 5:.1f}" y="{base}">'
                     f'{show(value)}</text>')
    return lines


def _ticks(figure: dict, left: float, top: float, scale: float) -> list[str]:
    """A line for each target, with its words where a pointer rests."""
    lines = []
    for at, target in _targets_at(figure):
        kind = "met" if target["is_met"] else "missed"
        lines.append(f'<line class="target {kind}" x1="{left + at * scale:.1f}" '
                     f'x2="{left + at * scale:.1f}" y1="{top - 3}" y2="{top + BAR + 3}">'
                     f'<title>{escape(target["text"])}</title></line>')
    return lines


def _words(found: dict) -> str:
    """All of it for those who do not see it."""
    lines = []
    for work in found["works"].values():
        for figure in filter(_is_drawn, work["figures"]):
            values = ", ".join(f"{name} {show(value)}"
                               for name, value in figure["values"].items())
            kept = "".join(f" Target {target['text']}: {show(target['value'])}."
                           for target in figure["targets"])
            lines.append(f"{work['text']}: {_caption(figure)}: {values}.{kept}")
    return "\n".join(lines)


def draw(found: dict) -> str:
    """The SVG of what Report.finish writes as JSON."""
    lines, y = [], GAP
    for work in found["works"].values():
        figures = list(filter(_is_drawn, work["figures"]))
        if not figures:
            continue
        lines.append(f'<text class="heading" x="{GAP}" y="{y + 16}">'
                     f'{escape(work["text"])}</text>')
        y += HEADING
        for i in range(0, len(figures), COLUMNS):
            row = figures[i:i + COLUMNS]
            for column, figure in enumerate(row):
                lines += _panel(figure, GAP + column * (PANEL_WIDTH + GAP), y)
            y += max(map(_panel_height, row)) + GAP
    width = GAP + COLUMNS * (PANEL_WIDTH + GAP)
    about = ", ".join(f"{name} {value}" for name, value in found["machine"].items())
    for line in textwrap.wrap(about, int((width - 2 * GAP) / CHAR_WIDTH)):
        lines.append(f'<text x="{GAP}" y="{y}">{escape(line)}</text>')
        y += LINE
    y += GAP - LINE
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
        f'viewBox="0 0 {width} {y}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(found["title"])}</title>',
        f'<desc id="desc">{escape(_words(found))}</desc>',
        f"<style>{STYLE}</style>", *lines, "</svg>", ""])


def write(found: dict, name: str) -> None:
    """Draws them into docs/performance/NAME.svg."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(draw(found), encoding="utf-8")


def main(names: list[str]) -> int:
    if not names:
        print(__doc__, file=sys.stderr)
        return 2
    for name in names:
        found = json.loads(Path(name).read_text(encoding="utf-8"))
        write(found, Path(name).stem)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
