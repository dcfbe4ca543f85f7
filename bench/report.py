# SPDX-License-Identifier: MIT
"""How the scripts of `./run bench` begin and end. A script runs clients, which do the same
work, against a server, and reports what that cost:

    options = read_options("http1", __doc__)
    report = Report("http1", "HTTP/1.1, small responses", options)
    with measure.Bench(options.build) as bench:
        port = bench.serve("server")
        clients = {"ours": [bench.program("ours")], "bare": [bench.program("bare")]}
        def command(client, requests):
            return [*clients[client], port, "/100", str(requests), "16"]
        turns = measure.take_turns(report.rounds, {
            c: lambda c=c: bench.tally(command(c, 9000), 9000, 900000)["cpu_us"] / 9000
            for c in clients})
        counts = {c: bench.instructions(lambda n, c=c: command(c, n), 100, 600)
                  for c in clients}
    work = report.work("16", "16 at a time")
    work.add(Figure("CPU", "µs a request", rounds=turns, targets=[Target(1.2, "bare")]))
    work.add(Figure("user instructions", "a request", counts, targets=[Target(12000)]))
    report.finish()
"""

import argparse
import contextlib
import json
import os
import platform
import re
import subprocess
from pathlib import Path

import chart
import measure
from figure import Work, show

ROUNDS = 36                 # with turns of some tenths of a second
LONG_ROUNDS = 9             # with turns of seconds
QUICK_ROUNDS = 2


def read_options(name: str, text: str) -> argparse.Namespace:
    """The arguments of a script: build, is_quick, json, svg."""
    parser = argparse.ArgumentParser(prog=f"bench/{name}.py", description=text,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="where IXHR2_BENCH was built")
    parser.add_argument("--quick", dest="is_quick", action="store_true",
                        help="fewer requests: does everything run?")
    parser.add_argument("--json", type=Path, metavar="FILE",
                        help="where the figures go; else, and not with --quick, "
                        f"bench/results/{name}.json")
    parser.add_argument("--svg", action="store_true",
                        help=f"draw them into docs/performance/{name}.svg, too")
    found = parser.parse_args()
    found.build = found.build.absolute()
    if found.svg and found.is_quick:
        parser.error("--svg draws for docs/performance: not with --quick")
    if not found.json and not found.is_quick:
        found.json = measure.ROOT / "bench/results" / f"{name}.json"
    if found.json:      # which is better said before the work than behind it
        try:
            found.json.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            parser.error(f"--json: {error}")
        place = found.json if found.json.exists() else found.json.parent
        if found.json.is_dir() or not os.access(place, os.W_OK):
            parser.error(f"--json: {found.json} cannot be written")
    return found


class Report:
    """What a script found: a table on the terminal, JSON, a chart."""

    def __init__(self, name: str, title: str, found: argparse.Namespace):
        self.name = name
        self.title = title
        self.options = found
        self.rounds = QUICK_ROUNDS if found.is_quick else ROUNDS
        self.long_rounds = QUICK_ROUNDS if found.is_quick else LONG_ROUNDS
        self.works: list[Work] = []
        self.about = machine()      # a script may add lines

    def work(self, name: str, text: str) -> Work:
        self.works.append(Work(name, text))
        return self.works[-1]

    def is_met(self) -> bool:
        """Whether every target that was measured is."""
        return all(t.is_met(f.held(t)) for w in self.works for f in w.figures
                   for t in f.targets if f.held(t) is not None)

    def _show_work(self, work: Work) -> None:
        names = list(dict.fromkeys(name for f in work.figures for name in f.values))
        width = max([len(f"{f.name}, {f.unit}") for f in work.figures], default=0)
        print(f"\n{work.text}")
        print(" " * (width + 2) + "".join(f"{name:>13}" for name in names))
        for figure in work.figures:
            print(f"  {f'{figure.name}, {figure.unit}':{width}}"
                  + "".join(f"{show(figure.values.get(name)):>13}" for name in names))
            for verdict in figure.verdicts():
                print(f"      {verdict}")

    def finish(self) -> None:
        """Prints the table, and writes what the options ask for."""
        print(f"{self.title}\n" + ", ".join(f"{k} {v}" for k, v in self.about.items()))
        for work in self.works:
            self._show_work(work)
        if self.options.is_quick:
            print("\nIn haste: times say nothing, and whether they are OVER.")
        found = {"title": self.title, "machine": self.about,
                 "is_quick": self.options.is_quick,
                 "works": {w.name: {"text": w.text, "figures": [f.as_json() for f in w.figures]}
                           for w in self.works}}
        if self.options.json:
            self.options.json.write_text(as_text(found), encoding="utf-8")
        if self.options.svg:
            chart.write(found, self.name)


def as_text(found: dict) -> str:
    """JSON of what a script found, with a line for each round."""
    text = json.dumps(found, indent="\t", ensure_ascii=False)
    return re.sub(r"\{[^{}\[\]]*\}", lambda inner: re.sub(r"\n\t*", " ", inner[0]), text) + "\n"


def machine() -> dict[str, str]:
    """What the figures depend on."""
    text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = re.findall(r"^model name\s*:\s*(.*?)\s*$", text, re.M)
    return {"processor": models[0] if models else platform.machine(),
            "processors": str(len(measure.PROCESSORS)),
            "kernel": re.match(r"[\d.]*\d|", platform.release())[0],
            "load": f"{os.getloadavg()[0]:.2f}"}


def package_version(package: str) -> str:
    """Of a Debian package; "" where it cannot be told."""
    with contextlib.suppress(OSError):
        return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], text=True,
                              capture_output=True, check=False).stdout
    return ""
