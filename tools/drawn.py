# SPDX-License-Identifier: MIT
"""A part of a document that a tool draws from the code, between two marks."""

import sys
from pathlib import Path
from typing import Callable


class Unreadable(Exception):
    """The code or the document does not look as it did when the tool was written."""


class Part:
    """What tools/NAME.py draws into a document."""

    def __init__(self, name: str, document: str, begin: str, end: str):
        self.name = name
        self.document = document
        self.begin = begin
        self.end = end

    def _put(self, document: str, drawing: str) -> str:
        """The document with this drawing between the marks."""
        before, mark, rest = document.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not mark or not end:
            raise Unreadable(f"{self.document}: the marks are missing")
        return f"{before}{self.begin}\n\n{drawing}\n\n{self.end}{after}"

    def main(self, arguments: list[str], draw: Callable[[Path], str]) -> int:
        """Runs the tool: [--check] [FOLDER]. 0: the document is true; 1, with --check: it is
        not; 2: something cannot be read."""
        is_check = arguments[:1] == ["--check"]
        rest = arguments[1:] if is_check else arguments
        root = Path(rest[0]) if rest else Path(__file__).resolve().parent.parent
        try:
            path = root / self.document
            old = path.read_text(encoding="utf-8")
            new = self._put(old, draw(root))
        except (Unreadable, OSError) as error:
            print(f"{self.name}: {error}", file=sys.stderr)
            return 2
        if new == old:
            return 0
        if is_check:
            print(f"{self.document} is out of date: run tools/{self.name}.py")
            return 1
        path.write_text(new, encoding="utf-8")
        return 0
