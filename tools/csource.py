# SPDX-License-Identifier: MIT
"""Reads C as far as tools/house.py needs it.

Nothing is compiled. Comments, literals and preprocessor lines are blanked out first, so that
positions and line numbers stay. What is left is told apart by its form, which clang-format
guarantees: the brace of a function stands alone in the first column.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

_HIDDEN = re.compile(
    r"//(?:\\\n|[^\n])*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
_EXTERN_C = re.compile(r"^extern [^;{}]*\{", re.M)
_MACRO_LINE = re.compile(r"^[A-Z][A-Z0-9_]*(\([^;{}\n]*\))?[ \t]*$", re.M)
_ATTRIBUTE = re.compile(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)")
_NAME_AND_LIST = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
CALL = re.compile(r"(?<![\w.>])([A-Za-z_]\w*)\s*\(")
_NOT_NAMES = {"if", "for", "while", "switch", "return", "sizeof", "void", "int", "char",
              "unsigned", "bool", "enum", "struct", "union", "defined"}


@dataclass
class Include:
    """One #include line."""
    line: int
    is_quoted: bool
    name: str


@dataclass
class Function:
    """A function definition (with a body) or declaration (body is empty)."""
    name: str
    line: int           # where its type begins
    lines: int          # from there to the closing brace or semicolon
    is_static: bool
    parameters: int
    head: str           # everything before the body
    body: str = ""      # blanked; preprocessor lines too


@dataclass
class Source:
    """One file, taken apart."""
    path: str                               # from the root, with slashes
    raw: list[str]                          # its lines
    text: str                               # without comments and literals
    includes: list[Include] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    declarations: list[Function] = field(default_factory=list)

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def stem(self) -> str:
        return Path(self.path).stem

    def words(self) -> set[str]:
        """Every identifier, but for those of declarations: what the file uses."""
        text = self.text
        for declared in self.declarations:
            text = text.replace(declared.head, "", 1)
        for defined in self.functions:
            text = text.replace(defined.head, "", 1)
        return set(_WORD.findall(text))

    def calls(self) -> set[str]:
        """Every name that stands before a parenthesis in the body of a function."""
        names: set[str] = set()
        for function in self.functions:
            names.update(CALL.findall(function.body))
        return names - _NOT_NAMES

    def has_comment_above(self, line: int) -> bool:
        """Whether a comment stands in the paragraph of the line, above it."""
        blanked = self.text.splitlines()
        for index in range(line - 2, -1, -1):
            if not self.raw[index].strip():
                return False
            if not blanked[index].strip():
                return True
        return False


def _blank(match: re.Match) -> str:
    """Spaces for what is hidden; quotes stay, so that a literal is still something."""
    text = match.group()
    if text[0] in "\"'":
        return text[0] + re.sub(r"[^\n]", " ", text[1:-1]) + text[-1]
    return re.sub(r"[^\n]", " ", text)


def _spaces(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _name_and_parameters(head: str) -> tuple[str, int] | None:
    """The declared name and how many parameters it has; None when it is no function."""
    plain = _ATTRIBUTE.sub("", head)
    for match in _NAME_AND_LIST.finditer(plain):
        name = match.group(1)
        if name in _NOT_NAMES or name.isupper():
            continue
        depth, commas = 1, 0
        for at in range(match.end(), len(plain)):
            depth += {"(": 1, ")": -1}.get(plain[at], 0)
            commas += plain[at] == "," and depth == 1
            if depth == 0:
                inside = plain[match.end():at].strip()
                return name, 0 if inside in ("", "void") else commas + 1
        return None
    return None


def _function(text: str, begin: int, head: str, end: int, body: str) -> Function | None:
    """The function whose head begins at begin and which ends before end."""
    lead = len(head) - len(head.lstrip())
    head = head.strip()
    if re.match(r"typedef\b|_?[Ss]tatic_assert\b|$", head) or "=" in head:
        return None
    found = _name_and_parameters(head)
    if not found:
        return None
    line = text.count("\n", 0, begin + lead) + 1
    return Function(found[0], line, text.count("\n", 0, end) + 2 - line,
                    bool(re.search(r"\bstatic\b", head)), found[1], head, body)


def _top_level(code: str) -> list[Function]:
    """All functions declared or defined at the top level of blanked code."""
    found, begin, depth, brace = [], 0, 0, 0
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        if match.group() == "{":
            brace = at if depth == 0 else brace
            depth += 1
        elif match.group() == "}":
            depth = max(0, depth - 1)
            if depth or not code[:at].endswith("\n"):
                continue
            if code[brace - 1:brace] == "\n":
                function = _function(code, begin, code[begin:brace], at, code[brace:at])
                found += [function] if function else []
                begin = at + 1
        elif depth == 0:
            head = code[begin:at]
            if "{" not in head:
                function = _function(code, begin, head, at, "")
                found += [function] if function else []
            begin = at + 1
    return found


def read(root: Path, path: str) -> Source:
    """Takes the file at root/path apart."""
    raw = (root / path).read_text(encoding="utf-8", errors="replace")
    text = _HIDDEN.sub(_blank, raw)
    source = Source(path, raw.splitlines(), text)
    uncommented = re.sub(r"/\*.*?\*/", _spaces, raw, flags=re.S)
    for match in _INCLUDE.finditer(uncommented):
        line = raw.count("\n", 0, match.start()) + 1
        source.includes.append(Include(line, match.group(1) == '"', match.group(2)))
    code = text
    for pattern in (_DIRECTIVE, _EXTERN_C, _MACRO_LINE):
        code = pattern.sub(_spaces, code)
    for function in _top_level(code):
        (source.functions if function.body else source.declarations).append(function)
    return source
