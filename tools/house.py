#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Keeps the rules of docs/house.md that a tool can check.

    tools/house.py [FOLDER]

Prints one line for each breach, then the sizes of files and functions. Ends with 1 if there
was a breach. A line that begins with "warning" is only said.
"""

import fnmatch
import os
import re
import statistics
import sys
from pathlib import Path

import csource

# What the files of a folder may include of the project, apart from their own folder.
LAYERS = {
    "include/ixhr2": "include/ixhr2/wrl",
    "include/ixhr2/wrl": "include/ixhr2",
    "src/base": "",
    "src/net": "src/base",
    "src/tls": "src/base src/net/wire.h src/net/loop.h src/net/dns_literal.h src/net/dns.h",
    "src/http": "src/base",
    "src/web": "src/base src/http",
    "src/engine": "src/base src/net src/tls src/http src/web",
    "src/com": "src/base src/engine/session.h src/engine/request.h src/engine/certificates.h "
               "include/ixhr2",
    "src/win": "src/base src/com/unknown.h src/com/istream.h include/ixhr2",
    "cli": "include/ixhr2",
    "examples": "include/ixhr2",
}

# Headers of libraries, and the files that alone may include them. Tests may include all.
DOORS = {
    "uv.h": "src/net/loop*.[ch]",
    "openssl/*": "src/base/crypto.c src/base/hash.c src/win/certificate*.c src/tls cli/sha256.c examples/pin.c",
    "nghttp2/*": "src/http/h2*.[ch]",
    "zlib.h": "src/http/coding*.[ch]",
    "brotli/*": "src/http/coding*.[ch]",
    "zstd*.h": "src/http/coding*.[ch]",
    "idn2.h": "src/http/url*.c src/http/idna.c",
    "libpsl.h": "src/web/psl.c",
    "gssapi*": "src/web/negotiate*.[ch]",
    "sqlite3.h": "src/web/store*.[ch]",
    "jansson.h": "cli/*",
    "cmocka.h": "",
}

# The only places of src/ that allocate.
ALLOCATORS = {"src/base/mem.c", "src/com/taskmem.c"}
ALLOCATE = {"malloc", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign",
            "free", "strdup", "strndup", "asprintf", "vasprintf", "getline", "getdelim"}

MAX_FILE_LINES = 800
MAX_FUNCTION_LINES = 80
MAX_PARAMETERS = 5

# Called by name from outside: no other file uses them.
ENTRIES = {"main", "LLVMFuzzerTestOneInput"}

CODE = "src include cli examples fuzz tests bench".split()
LICENSED = re.compile(r"\.(c|h|cpp|def|py|sh|in|cmake)$|/(CMakeLists\.txt|run)$")


class House:
    """The tree below root, and what was found in it."""

    def __init__(self, root: Path):
        self.root = root
        self.breaches: list[str] = []
        self.warnings: list[str] = []
        self.paths = self._list()
        code = [p for p in self.paths
                if p.split("/")[0] in CODE and re.search(r"\.(c|h|cpp)$", p)]
        self.sources = {path: csource.read(root, path) for path in code}
        # Ours to shape: what is not a test.
        self.rooms = [s for s in self.sources.values()
                      if s.path.startswith(("src/", "cli/", "include/"))]

    def _list(self) -> list[str]:
        found = []
        for folder, inner, files in os.walk(self.root):
            inner[:] = [d for d in inner if d == ".ci" or d[0] != "." and d != "build"]
            found += [Path(folder, f).relative_to(self.root).as_posix() for f in files]
        return sorted(found)

    def breach(self, path: str, line: int, text: str) -> None:
        self.breaches.append(f"{path}:{line}: {text}")

    def resolve(self, source: csource.Source, name: str) -> str | None:
        """The project's file that an include of this name means."""
        for folder in ("src", "include", "include/ixhr2", "tests", source.folder):
            path = os.path.normpath(f"{folder}/{name}")
            if path in self.sources or path in self.paths:
                return path
        return None


def matches(path: str, patterns: str) -> bool:
    """Whether path is one of the patterns, or lies in one of them."""
    return any(fnmatch.fnmatchcase(path, p) or path.startswith(p + "/")
               for p in patterns.split())


def check_layers(house: House) -> None:
    for source in house.sources.values():
        may = LAYERS.get(source.folder)
        if may is None:
            continue
        for include in source.includes:
            path = house.resolve(source, include.name)
            if path is None:
                if include.is_quoted:
                    house.breach(source.path, include.line,
                                 f'"{include.name}" is no file of the project')
                continue
            own = os.path.dirname(path) == source.folder
            if not own and not matches(path, may):
                house.breach(source.path, include.line,
                             f"{source.folder} may not include {path}")
            elif source.path.startswith("src/") and path.startswith("src/") \
                    and path != f"src/{include.name}":
                house.breach(source.path, include.line,
                             f'"{include.name}" is to be written from src/')


def check_doors(house: House) -> None:
    for source in house.sources.values():
        if source.path.startswith(("tests/", "fuzz/", "bench/")):
            continue
        for include in source.includes:
            for header, door in DOORS.items():
                if fnmatch.fnmatchcase(include.name, header) and not matches(source.path, door):
                    house.breach(source.path, include.line,
                                 f"{include.name} is for {door or 'tests'} only")


def find_cycle(graph: dict[str, set[str]]) -> list[str]:
    """The nodes of one cycle, the first one again at the end; empty when there is none."""
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return []
        for after in sorted(graph.get(node, ())):
            cycle = visit(after, trail + [node])
            if cycle:
                return cycle
        done.add(node)
        return []

    for start in sorted(graph):
        cycle = visit(start, [])
        if cycle:
            return cycle
    return []


def check_cycles(house: House) -> None:
    includes = {}
    for source in house.sources.values():
        found = (house.resolve(source, i.name) for i in source.includes)
        includes[source.path] = {path for path in found if path in house.sources}
    cycle = find_cycle(includes)
    if cycle:
        house.breach(cycle[0], 1, "includes in a circle: " + " > ".join(cycle))
    for folder in sorted({s.folder for s in house.rooms}):
        cycle = find_cycle(call_graph([s for s in house.rooms if s.folder == folder]))
        if cycle:
            house.breach(f"{folder}/{cycle[0]}", 1, "calls in a circle: " + " > ".join(cycle))


def call_graph(sources: list[csource.Source]) -> dict[str, set[str]]:
    """Which modules (stems) of one folder call which: x.c and x.h are one module."""
    homes = {f.name: s.stem for s in sources for f in s.functions
             if not f.is_static or s.path.endswith(".h")}
    graph: dict[str, set[str]] = {}
    for source in sources:
        own = {f.name for f in source.functions}
        called = {homes[name] for name in source.calls() - own if name in homes}
        graph.setdefault(source.stem, set()).update(called - {source.stem})
    return graph


def check_allocation(house: House) -> None:
    for source in house.sources.values():
        if not source.path.startswith("src/") or source.path in ALLOCATORS:
            continue
        for number, line in enumerate(source.text.splitlines(), 1):
            for name in csource.CALL.findall(line):
                if name in ALLOCATE:
                    house.breach(source.path, number, f"{name} is for base/mem only")


def check_shape(house: House) -> None:
    for source in house.sources.values():
        if source.path.endswith((".c", ".cpp")) and len(source.raw) > MAX_FILE_LINES:
            house.breach(source.path, 1, f"{len(source.raw)} lines; at most {MAX_FILE_LINES}")
        for function in source.functions:
            where = f"{function.name}: "
            if function.lines > MAX_FUNCTION_LINES:
                house.breach(source.path, function.line, where +
                             f"{function.lines} lines; at most {MAX_FUNCTION_LINES}")
            if function.parameters > MAX_PARAMETERS and source.path.startswith(("src/", "cli/")):
                house.warnings.append(f"{source.path}:{function.line}: {where}"
                                      f"{function.parameters} parameters")


def check_comments(house: House) -> None:
    for source in house.rooms:
        if not source.path.endswith(".h"):
            continue
        for function in source.declarations:
            if not source.has_comment_above(function.line):
                house.breach(source.path, function.line,
                             f"{function.name} is declared without a comment")


def check_use(house: House) -> None:
    """A function that only its own file uses is to be static."""
    public = {f.name for s in house.rooms if s.path.startswith("include/")
              for f in s.declarations + s.functions}
    words = {path: source.words() for path, source in house.sources.items()}
    for source in house.rooms:
        if not source.path.endswith(".c"):
            continue
        for function in source.functions:
            if function.is_static or function.name in public | ENTRIES:
                continue
            if not any(function.name in used for path, used in words.items()
                       if path != source.path):
                house.breach(source.path, function.line,
                             f"{function.name} is used in no other file: static, or away")


def check_licence(house: House) -> None:
    for path in house.paths:
        if not LICENSED.search("/" + path):
            continue
        text = (house.root / path).read_text(encoding="utf-8", errors="replace")
        if "SPDX-License-Identifier: MIT" not in "\n".join(text.splitlines()[:3]):
            house.breach(path, 1, "no line SPDX-License-Identifier: MIT at the top")


CHECKS = [check_layers, check_doors, check_cycles, check_allocation, check_shape,
          check_comments, check_use, check_licence]


def sizes(house: House) -> list[str]:
    files = [len(s.raw) for s in house.rooms if s.path.endswith(".c")]
    functions = sorted(f.lines for s in house.rooms for f in s.functions)
    if not files or not functions:
        return ["no files to measure"]
    return [f"{len(files)} .c files: median {statistics.median(files):.0f} lines, "
            f"longest {max(files)}",
            f"{len(functions)} functions: median {statistics.median(functions):.0f} lines, "
            f"90 % up to {functions[len(functions) * 9 // 10]}, longest {functions[-1]}"]


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else Path(__file__).parent.parent
    house = House(root.resolve())
    for check in CHECKS:
        check(house)
    for text in sorted(house.breaches) + [f"warning: {w}" for w in sorted(house.warnings)]:
        print(text)
    print("\n".join(sizes(house)))
    return 1 if house.breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
