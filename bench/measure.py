# SPDX-License-Identifier: MIT
"""What the scripts of `./run bench` share.

A script runs clients, which do the same work, against a server, and reports what that cost:

    options = measure.options("http1", __doc__)
    report = measure.Report("http1", "HTTP/1.1, small responses", options)
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
    work.add(measure.Figure("CPU", "µs a request", rounds=turns,
                            targets=[measure.Target(1.2, "bare")]))
    work.add(measure.Figure("user instructions", "a request", counts,
                            targets=[measure.Target(12000)]))
    report.finish()

Clients run on the first processor and servers on the last. A figure that is a time comes of
rounds, in which the clients take turns; its value is the median, and a ratio is the median
of the rounds' ratios, so that what slows the machine for a while slows all. Counts come from
the difference of two runs of different length, which leaves the start of the process out.
"""

import argparse
import contextlib
import fcntl
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

ROUNDS = 5
QUICK_ROUNDS = 2
TRACES = 3
START_S = 10                # what a server of others has to begin to listen
END_S = 10                  # and what a server has to end
PROCESSORS = sorted(os.sched_getaffinity(0))
ROOT = Path(__file__).resolve().parents[1]
PKI = ROOT / "tests/lib/pki.py"
SYSTEM_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")
OURS = "ours"


class Failure(Exception):
    """A program did not do what it should; the text says which and what."""


def options(name: str, text: str) -> argparse.Namespace:
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
        found.json = ROOT / "bench/results" / f"{name}.json"
    if found.json:      # which is better said before the work than behind it
        try:
            found.json.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            parser.error(f"--json: {error}")
        place = found.json if found.json.exists() else found.json.parent
        if found.json.is_dir() or not os.access(place, os.W_OK):
            parser.error(f"--json: {found.json} cannot be written")
    return found


def pin(index: int) -> Callable[[], None]:
    """What puts a new process (preexec_fn) onto one of the processors that we may use: 0 for
    a client, -1 for a server. With one processor they share it."""
    processor = PROCESSORS[index % len(PROCESSORS)]
    return lambda: os.sched_setaffinity(0, {processor})


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _describe(command: list) -> str:
    return " ".join(str(word) for word in command)


class Bench:
    """Programs, servers and a scratch folder, for a `with` statement; its end ends the
    servers. Commands are lists of words and paths."""

    def __init__(self, build: Path):
        self.build = build
        self.environment = {k: v for k, v in os.environ.items()
                            if k in ("PATH", "LD_LIBRARY_PATH")}
        self.traces = TRACES        # runs of strace for a figure
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        # So that who is told to end ends the servers, too.
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        folder = tempfile.TemporaryDirectory(prefix="ixhr2-bench.")
        self.folder = Path(self._stack.enter_context(folder))
        self.environment["HOME"] = str(self.folder)
        return self

    def __exit__(self, *error):
        self._stack.close()

    def program(self, name: str) -> Path:
        """bench/NAME.c or .cpp, built. Failure: it was not."""
        path = self.build / "bench" / name
        if not path.exists():
            raise Failure(f"{path} is not built")
        return path

    def has(self, name: str) -> bool:
        """Whether it was built: a peer whose library is missing is left out."""
        return (self.build / "bench" / name).exists()

    def trust(self) -> tuple[Path, Path]:
        """Makes the tests' certificates; from now on clients trust their root behind those
        of the system. Answers the chain and the key of good.test. Other scripts on the same
        build may replace the certificates meanwhile, so what is needed is copied."""
        pki = self.build / "bench/pki"
        root, chain, key = (self.folder / name for name in ("root.pem", "good.pem", "good.key"))
        pki.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{pki}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            subprocess.run([sys.executable, PKI, pki], check=True)
            for copy in (root, chain, key):
                shutil.copyfile(pki / copy.name, copy)
        roots, none = self.folder / "roots.pem", self.folder / "none"
        roots.write_bytes(SYSTEM_ROOTS.read_bytes() + root.read_bytes())
        none.mkdir(exist_ok=True)
        self.environment |= {"SSL_CERT_FILE": str(roots), "SSL_CERT_DIR": str(none)}
        return chain, key

    def start(self, name: str, *arguments) -> subprocess.Popen:
        """Starts a server of bench/, which ends when its standard input does. Of the process
        answered, .port is the line that it has printed; more may be read from .stdout."""
        server = subprocess.Popen([self.program(name), *map(str, arguments)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                  env=self.environment, preexec_fn=pin(-1))
        self._stack.callback(self._end, server)
        server.port = server.stdout.readline().strip()
        if not server.port:
            raise Failure(f"{name} has not started")
        return server

    def serve(self, name: str, *arguments) -> str:
        """The same; answers the port alone."""
        return self.start(name, *arguments).port

    def serve_foreign(self, command: list, port: int) -> str:
        """Starts a server of others, in the foreground, and waits until it listens on port of
        127.0.0.1, which is answered as a word. At the end it gets SIGTERM."""
        log = self._stack.enter_context(open(self.folder / f"log.{port}", "wb"))
        server = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL,
                                  stdout=log, stderr=log, preexec_fn=pin(-1))
        self._stack.callback(self._end, server)
        limit = time.monotonic() + START_S
        while time.monotonic() < limit and server.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
                return str(port)
            time.sleep(0.01)
        raise Failure(f"does not listen: {_describe(command)}: "
                      + (self.folder / f"log.{port}").read_text(errors="replace"))

    @staticmethod
    def _end(server: subprocess.Popen) -> None:
        if server.stdin:
            server.stdin.close()
        else:
            server.terminate()
        try:
            server.wait(END_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

    def run(self, command: list, **more: str) -> subprocess.CompletedProcess:
        """Runs a client to its end. more: of its environment. Failure: it failed."""
        done = subprocess.run(list(map(str, command)), env={**self.environment, **more},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", preexec_fn=pin(0), check=False)
        if done.returncode:
            raise Failure(f"ended with {done.returncode}: {_describe(command)}: "
                          f"{done.stderr.strip()}")
        return done

    def tally(self, command: list, requests: int, size: int | None = None,
              **more: str) -> dict:
        """Runs a client to its end; answers its tally (bench/tally.h) as a dictionary.
        Failure: not so many requests ended well, or not so many bytes (size) came."""
        done = self.run(command, **more)
        try:
            tally = json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError) as error:
            raise Failure(f"no tally: {_describe(command)}: {done.stdout}") from error
        if tally["requests"] != requests or size not in (None, tally["bytes"]):
            raise Failure(f"{requests} requests, {size} bytes: {_describe(command)}: {tally}")
        return tally

    def instructions(self, command: Callable[[int], list], few: int, many: int,
                     **more: str) -> float | None:
        """Instructions in user space of each request, of all threads: what command(many)
        needs more than command(few), divided by the difference. few may be 0; the whole of a
        process is instructions_of. They hardly vary. None: no valgrind."""
        return self._difference(self.instructions_of, command, few, many, more)

    def system_calls(self, command: Callable[[int], list], few: int, many: int,
                     **more: str) -> float | None:
        """System calls of each request, the same way. None: strace is missing, or may trace
        nothing here. How often a client polls depends on how many answers have come
        meanwhile: most, when it is slow, as strace makes it, and the server is not. When
        others take the server's processor, it polls more often, never less; so of several
        runs the smallest is the client's own."""
        found = [self._difference(self.system_calls_of, command, few, many, more)
                 for _ in range(self.traces)]
        return None if None in found else min(found)

    @staticmethod
    def _difference(count, command, few, many, more) -> float | None:
        of_many = count(command(many), **more)
        of_few = None if of_many is None else count(command(few), **more)
        return None if of_few is None else (of_many - of_few) / (many - few)

    def instructions_of(self, command: list, **more: str) -> int | None:
        """Instructions in user space of a whole process. None: no valgrind."""
        if not self.may_count():
            return None
        # Valgrind counts each byte of a "rep movsb"; without it a copy counts as it costs.
        more = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1000000000", **more}
        done = self.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                         *command], **more)
        return instructions_in(done.stderr)

    def system_calls_of(self, command: list, **more: str) -> int | None:
        """System calls of a whole process. None as above."""
        if not self.may_trace():
            return None
        counts = self.folder / "strace"
        self.run(["strace", "-f", "-c", "-o", counts, *command], **more)
        return system_calls_in(counts.read_text(encoding="ascii", errors="replace"))

    @staticmethod
    def may_count() -> bool:
        """Whether valgrind is there."""
        return shutil.which("valgrind") is not None

    def may_trace(self) -> bool:
        """Whether strace is there and allowed to do its work."""
        if not hasattr(self, "_may_trace"):
            try:
                self.run(["strace", "-f", "-c", "-o", "/dev/null", "true"])
                self._may_trace = True
            except (Failure, OSError):
                self._may_trace = False
        return self._may_trace


def instructions_in(log: str) -> int:
    """The sum that callgrind writes at its end."""
    found = re.search(r"Collected : (\d+)", log)
    if not found:
        raise Failure("callgrind has not said how many instructions it saw")
    return int(found[1])


def system_calls_in(summary: str) -> int:
    """The sum of `strace -c`: below its four columns of numbers, and one of errors."""
    found = re.search(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?total$", summary, re.M)
    if not found:
        raise Failure("strace has not said how many system calls it saw")
    return int(found[1])


def take_turns(rounds: int, runs: dict[str, Callable[[], float]]) -> list[dict[str, float]]:
    """In each round calls each function once; answers of each round what they did. The next
    round begins with another one."""
    names = list(runs)
    found = []
    for i in range(rounds):
        begin = i % len(names)
        values = {name: runs[name]() for name in names[begin:] + names[:begin]}
        found.append({name: values[name] for name in names})
    return found


@dataclass
class Target:
    """What a figure of ours must keep to."""

    limit: float            # no more than this
    other: str = ""         # so many times the figure of this client; "": the figure itself
    is_floor: bool = False  # no less than this

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_floor else value <= self.limit

    def text(self) -> str:
        sign = "≥" if self.is_floor else "≤"
        return f"{sign} {self.limit:,.10g}" + (f" × {self.other}" if self.other else "")


@dataclass
class Figure:
    """One kind of number, of each client. None: it could not be measured."""

    name: str
    unit: str
    values: dict[str, float | None] = field(default_factory=dict)   # or from the rounds
    rounds: list[dict[str, float]] = field(default_factory=list)    # of take_turns
    targets: list[Target] = field(default_factory=list)
    is_more_better: bool = False

    def __post_init__(self):
        if self.rounds:
            self.values = {name: statistics.median(r[name] for r in self.rounds)
                           for name in self.rounds[0]}

    def against(self, other: str) -> float | None:
        """Ours divided by the other's; None where one was not measured."""
        if self.values.get(OURS) is None or not self.values.get(other):
            return None
        if self.rounds:
            return statistics.median(r[OURS] / r[other] for r in self.rounds)
        return self.values[OURS] / self.values[other]

    def held(self, target: Target) -> float | None:
        """What is held against a target of this figure."""
        return self.against(target.other) if target.other else self.values.get(OURS)

    def as_json(self) -> dict:
        targets = []
        for target in self.targets:
            value = self.held(target)
            targets.append({"text": target.text(), "limit": target.limit,
                            "other": target.other, "is_floor": target.is_floor,
                            "value": value,
                            "is_met": None if value is None else target.is_met(value)})
        return {"name": self.name, "unit": self.unit, "is_more_better": self.is_more_better,
                "values": self.values, "targets": targets, "rounds": self.rounds}

    def verdicts(self) -> list[str]:
        found = []
        for target in self.targets:
            value = self.held(target)
            word = ("not measured" if value is None else
                    f"{show(value)} {'ok' if target.is_met(value) else 'OVER'}")
            found.append(f"{target.text()}: {word}")
        return found


@dataclass
class Work:
    """Something that all clients of a table do."""

    name: str
    text: str
    figures: list[Figure] = field(default_factory=list)

    def add(self, figure: Figure) -> Figure:
        self.figures.append(figure)
        return figure


def show(value: float | None) -> str:
    """A number with three digits or more, and none behind the point that says nothing."""
    if value is None:
        return "-"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return f"{value:,.{digits if abs(value) >= 10 else 3}f}"


class Report:
    """What a script found: a table on the terminal, JSON, a chart."""

    def __init__(self, name: str, title: str, found: argparse.Namespace):
        self.name = name
        self.title = title
        self.options = found
        self.rounds = QUICK_ROUNDS if found.is_quick else ROUNDS
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
            self.options.json.write_text(json.dumps(found, indent="\t", ensure_ascii=False)
                                         + "\n", encoding="utf-8")
        if self.options.svg:
            import chart    # which nobody else needs
            chart.write(found, ROOT / "docs/performance" / f"{self.name}.svg")


def machine() -> dict[str, str]:
    """What the figures depend on."""
    text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = re.findall(r"^model name\s*:\s*(.*?)\s*$", text, re.M)
    return {"processor": models[0] if models else platform.machine(),
            "processors": str(len(PROCESSORS)),
            "kernel": re.match(r"[\d.]*\d|", platform.release())[0],
            "load": f"{os.getloadavg()[0]:.2f}"}


def package_version(package: str) -> str:
    """Of a Debian package; "" where it cannot be told."""
    with contextlib.suppress(OSError):
        return subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], text=True,
                              capture_output=True, check=False).stdout
    return ""
