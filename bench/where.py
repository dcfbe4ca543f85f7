#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where the instructions of a small request go, room by room: the table of
docs/performance.md.

    bench/where.py BUILD [--quick]

Callgrind writes down what each line of code costs, also of functions that the compiler has
put into others, so a build with -g (build/where, made from the settings of BUILD) is all it
takes. Two runs of different length are subtracted, file by file; what has no file counts for
its library. The rows are rooms of src/ and libraries, the last column names what costs most
in there. The table goes between two marks of docs/performance.md, but not with --quick.
"""

import collections
import re
import subprocess
import sys
from pathlib import Path

import measure
from report import read_options

sys.path.insert(0, str(measure.ROOT / "tools"))
import drawn    # noqa: E402: it lies beside the other tools

FEW, MANY = 500, 2500       # requests of the two runs
NAMED = 4                   # files that the last column names
LEAST = 20                  # what costs less is not named
ROOMS = ["com", "engine", "web", "http", "net", "tls", "base"]
LIBRARIES = {"libc.so": "libc", "libuv": "libuv", "libnghttp2": "nghttp2",
             "libcrypto": "OpenSSL", "libssl": "OpenSSL"}
ROWS = [*ROOMS, *dict.fromkeys(LIBRARIES.values()), "the program", "the rest"]
PART = drawn.Part("where", "docs/performance.md", "<!-- drawn by bench/where.py -->",
                  "<!-- end of the rooms -->")


class Costs:
    """Instructions by (row, file); of an output file of callgrind (its manual, section
    "Callgrind Format Specification")."""

    def __init__(self):
        self.counts = collections.Counter()

    @staticmethod
    def place(file: str, library: str) -> tuple[str, str]:
        """The row of the table, and the name in it."""
        found = re.search(r"/src/(\w+)/(\w+)\.[ch]$", file)
        if found and found[1] in ROOMS:
            return found[1], found[2]
        name = Path(library).name
        for begin, row in LIBRARIES.items():
            if name.startswith(begin):
                return row, ""
        return ("the program" if name == "ours" else "the rest"), ""

    def read(self, path: Path) -> "Costs":
        names: dict[tuple[str, str], str] = {}
        file = library = ""
        is_call = False

        def resolve(kind: str, text: str) -> str:
            number, _, name = text.partition(" ")
            if name:
                names[kind, number] = name
            return names.get((kind, number), text)

        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            key, sign, value = line.partition("=")
            if sign and key in ("ob", "cob"):
                name = resolve("ob", value)
                library = name if key == "ob" else library
            elif sign and key in ("fl", "fi", "fe", "cfi", "cfl"):
                name = resolve("fl", value)
                file = name if key in ("fl", "fi", "fe") else file
            elif key == "calls":
                is_call = True
            elif re.match(r"[-+*\d]", line):
                # The line behind "calls" has what was called, which counts by itself.
                if not is_call:
                    self.counts[self.place(file, library)] += int(line.split()[1])
                is_call = False
        return self

    def rows(self) -> collections.Counter:
        found = collections.Counter()
        for (row, _), count in self.counts.items():
            found[row] += count
        return found


class Way:
    """A column: a workload, as far as `ours` runs it."""

    def __init__(self, title: str, port: str, path: str, at_once: int, *more: str):
        self.title = title
        self.words = [port, path]
        self.at_once = at_once
        self.more = more

    def costs(self, bench: measure.Bench) -> dict[tuple[str, str], float]:
        """Of each request."""
        many, few = (self.run(bench, n).counts for n in (MANY, FEW))
        return {key: (many[key] - few[key]) / (MANY - FEW) for key in many}

    def run(self, bench: measure.Bench, requests: int) -> Costs:
        out = bench.folder / "callgrind"
        bench.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}",
                   bench.program("ours"), *self.words, str(requests), str(self.at_once),
                   *self.more],
                  GLIBC_TUNABLES="glibc.cpu.x86_rep_movsb_threshold=1000000000")
        return Costs().read(out)


def build(given: Path) -> Path:
    """The same build as given, with -g."""
    path = given.parent / "where"
    subprocess.run(["cmake", "--log-level=WARNING", "-S", measure.ROOT, "-B", path,
                    "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS=-g",
                    "-DIXHR2_TESTS=OFF", "-DIXHR2_BENCH=ON"],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", path, "--target", "bench_ours", "bench_server"],
                   check=True, stdout=subprocess.DEVNULL)
    return path


def serve_h2(bench: measure.Bench) -> str:
    """nghttpd, over TLS, which has a file of 100 bytes at /100."""
    chain, key = bench.trust()
    folder, port = bench.folder / "files", measure.free_port()
    folder.mkdir()
    (folder / "100").write_bytes(b"." * 100)
    return bench.serve_foreign(["nghttpd", "-d", folder, "-m", "200", port, key, chain], port)


def draw_row(name: str, costs: list[dict]) -> str:
    """A line of the table."""
    sums = [sum(c for (row, _), c in found.items() if row == name) for found in costs]
    files = collections.Counter({file: max(found.get((name, file), 0) for found in costs)
                                 for found in costs for row, file in found
                                 if row == name and file})
    most = [f"{file} {count:,.0f}" for file, count in files.most_common(NAMED)
            if count >= LEAST]
    shown = f"`src/{name}`" if name in ROOMS else name
    return f"| {shown} | " + " | ".join(f"{s:,.0f}" for s in sums) + f" | {', '.join(most)} |"


def draw(ways: list[Way], costs: list[dict]) -> str:
    """The table."""
    sums = [sum(found.values()) for found in costs]
    lines = ["| | " + " | ".join(way.title for way in ways) + " | most of it |",
             "| --- |" + " ---: |" * len(ways) + " --- |"]
    lines += [draw_row(name, costs) for name in ROWS
              if any(abs(c) * 2 >= 1 for found in costs for (r, _), c in found.items()
                     if r == name)]
    lines.append("| **all** | " + " | ".join(f"**{s:,.0f}**" for s in sums) + " | |")
    return "\n".join(lines)


def main() -> int:
    options = read_options("where", __doc__)
    with measure.Bench(build(options.build)) as bench:
        ways = [Way("HTTP/1.1, 16 at a time", bench.serve("server"), "/", 16),
                Way("HTTP/2 over TLS, 100 at a time", serve_h2(bench), "/100", 100, "https")]
        table = draw(ways, [way.costs(bench) for way in ways])
    print(table)
    return 0 if options.is_quick else PART.main([], lambda _: table)


if __name__ == "__main__":
    sys.exit(main())
