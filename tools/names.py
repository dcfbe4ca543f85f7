#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lists the names that the public headers offer in docs/porting.md.

    tools/names.py [--check] [FOLDER]

The list stands between two marks; what lies there is replaced. With --check nothing is
written, and the tool ends with 1 when the document is not what it would write. Ends with 2
when the document cannot be read.

Names that begin with ixhr2 are the library's own and not listed, nor are headers that hold
nothing else. Constants that begin alike are told by their beginning and their number. The
headers are read by their form, which clang-format guarantees: what is declared outside of
braces begins in the first column.
"""

import re
import sys
from pathlib import Path

import drawn

HEADERS = "include/ixhr2"
DOCUMENT = "docs/porting.md"
BEGIN = "<!-- names: listed by tools/names.py from include/ixhr2 -->"
END = "<!-- end of names -->"

# So many constants that begin alike, up to an underline, are told as one.
FAMILY = 4

# Headers that programs for Windows do not know.
OWN = {"ixhr2.h"}

# Headers whose macros with arguments are told by their beginnings too.
ANNOTATIONS = {"sal.h", "rpcsal.h", "specstrings.h"}

_SPELLING = re.compile(r"^/\* Another spelling", re.M)
_SILENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.S)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)(\(?)((?:\\\n|[^\n])*)", re.M)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
_GUID = re.compile(r"^DEFINE_(?:OLE)?GUID\((\w+)", re.M)
_FUNCTION = re.compile(r"^(?:template <[^;{]*?>\s*)?(?:static |inline |constexpr |IXHR2_API )"
                       r"[^;{}=]*?\b(\w+)\s*\([^;{}]*[;{]", re.M)
_STRUCTURE = re.compile(r"^(?:template <[^;{]*>\s*)?(?:struct|class|union|enum class|enum)\s+"
                        r"(?:\w+\([^)]*\)\s+)?(\w+)(?:\s+final)?\s*(?::[^;{]*)?\{", re.M)
_INTERFACE = re.compile(r"^(?:DECLARE_INTERFACE_IID_|DECLARE_INTERFACE_)\((\w+)", re.M)
_TYPEDEF = re.compile(r"^typedef\b(?:[^;{}]|\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})*;", re.M)
_ENUM = re.compile(r"^(?:typedef )?enum\b[^;{]*\{([^}]*)\}", re.M)
_BRACES = re.compile(r"\{[^{}]*\}")
_POINTER = re.compile(r"\(\s*(?:\w+\s+)?\*\s*(\w+)\s*\)")
_CALL = re.compile(r"(\w+)\s*\([^()]*\)\s*$")
_LAST = re.compile(r"(\w+)\s*(?:\[[^\]]*\]\s*)?$")
_ALIAS = re.compile(r"^\s*\w+[WA]\s*$")
_METHOD = re.compile(r"^I[A-Z]\w*_[A-Z]\w*$")
_GUARD = re.compile(r"_H$")
_MADE = re.compile(r"\b([A-Z]\w+)##end\b")  # a function with an ending of its type
_GENERIC = re.compile(r"_[a-z]\w+$")  # of tchar.h: the name of a function

# Words of the headers themselves that look like names.
_NOT_NAMES = {"__attribute__", "either", "plain", "abi_of"}


def _is_offered(name):
    return name not in _NOT_NAMES and not name.lower().startswith(("ixhr2", "_ixhr2")) and not _GUARD.search(name)


def _split(text):
    """The parts between commas that stand in no parentheses."""
    parts, depth = [""], 0
    for char in text:
        depth += (char in "([<") - (char in ")]>")
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _typedef_names(text):
    """The names that a typedef gives, without its braces."""
    while _BRACES.search(text):
        text = _BRACES.sub(" ", text)
    for part in _split(text.rstrip("; \n")):
        match = _POINTER.search(part) or _CALL.search(part) or _LAST.search(part)
        if match:
            yield match.group(1)


def _enum_members(body):
    for part in _split(body):
        match = re.match(r"\s*(\w+)", part)
        if match:
            yield match.group(1)


class Header:
    """The names of one header, by kind."""

    def __init__(self, name, text):
        self.name = name
        code = _SILENT.sub(" ", text)
        self.functions, self.types, self.constants = set(), set(), set()
        self._macros(code)
        code = _DIRECTIVE.sub("", code)
        self._declarations(code)
        if name.startswith("wrl") or name == "uuidof.h":
            # What lies in a namespace under a small name is not for programs.
            self.functions = {n for n in self.functions if not n[0].islower()}
            self.types = {n for n in self.types if not n[0].islower()}
        for kind in (self.functions, self.types, self.constants):
            kind.difference_update([n for n in kind if not _is_offered(n)])
        self.constants -= self.functions | self.types
        self.types -= self.functions
        # The structures behind an interface in C, and the tags of types, go without saying.
        self.types -= {n for n in self.types if n.endswith("Vtbl")
                       or n.startswith(("tag", "_")) and not n.endswith("_t")
                       and n != "_com_error"}

    def _macros(self, code):
        is_annotations = self.name in ANNOTATIONS
        for name, parenthesis, value in _DEFINE.findall(code):
            for made in _MADE.findall(value):
                for ending in re.findall(rf"^{name}\([^,()]*,\s*(\w*)\)", code, re.M):
                    self.functions.add(made + ending)
            is_generic = self.name == "tchar.h" and _GENERIC.match(name)
            if _METHOD.match(name):
                continue
            if parenthesis or is_annotations or is_generic or _ALIAS.match(value):
                self.functions.add(name)
            elif value.strip():
                self.constants.add(name)

    def _declarations(self, code):
        self.constants.update(_GUID.findall(code))
        self.functions.update(_FUNCTION.findall(code))
        self.types.update(_STRUCTURE.findall(code))
        self.types.update(_INTERFACE.findall(code))
        for text in _TYPEDEF.findall(code):
            self.types.update(_typedef_names(text))
        for body in _ENUM.findall(code):
            self.constants.update(_enum_members(body))

    def count(self):
        return len(self.functions) + len(self.types) + len(self.constants)


def _key(name):
    return name.strip("_").lower(), name


def _pairs(names):
    """Names of which others are the forms for wide and for narrow text: Name(W, A)."""
    shown, gone = [], set()
    for name in sorted(names, key=_key):
        if name in gone:
            continue
        forms = [form for form in "WA" if name + form in names and name[-1:] not in "WA"]
        gone |= {name + form for form in forms}
        shown.append(f"{name}({', '.join(forms)})" if forms else name)
    return [name for name in shown if name not in gone]


def _families(names):
    """Those that begin alike are told as one."""
    by_beginning = {}
    for name in names:
        parts = name.split("_")
        for end in range(1, len(parts)):
            beginning = "_".join(parts[:end]) + "_"
            if beginning.strip("_"):
                by_beginning.setdefault(beginning, set()).add(name)
    left, told = set(names), []
    for beginning, members in sorted(by_beginning.items(), key=lambda i: (len(i[0]), i[0])):
        members &= left
        if len(members) >= FAMILY:
            told.append(f"{beginning}… ({len(members)})")
            left -= members
    return sorted(told + sorted(left), key=_key)


def read(root):
    """The headers, in the order of their names, that offer something."""
    folder = root / HEADERS
    headers = []
    for path in sorted(folder.rglob("*.h")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(folder).as_posix()
        if name not in OWN and not _SPELLING.search(text):
            headers.append(Header(name, text))
    return [header for header in headers if header.count()]


def draw(headers):
    """The list that stands between the marks."""
    lines = [f"{sum(h.count() for h in headers)} names in {len(headers)} headers.", "",
             "| header | functions, and macros with arguments | types | constants, and other macros |",
             "|---|---|---|---|"]
    for header in headers:
        functions = _families if header.name in ANNOTATIONS else _pairs
        cells = (functions(header.functions), sorted(header.types, key=_key),
                 _families(header.constants))
        shown = [", ".join(name.replace("_", r"\_") for name in cell) for cell in cells]
        lines.append(f"| `{header.name}` | {' | '.join(shown)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    part = drawn.Part("names", DOCUMENT, BEGIN, END)
    sys.exit(part.main(sys.argv[1:], lambda root: draw(read(root))))
