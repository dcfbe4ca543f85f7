#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What TLS costs: this library beside a program of OpenSSL alone that does the same.

    bench/tls.py BUILD [--quick] [--json FILE]

BUILD is where the project was built with IXHR2_BENCH; `./run bench tls` does that and calls
this. single_server runs on one processor, the client on another; the clients (single_ours,
single_bare, the latter reading record by record and reading ahead) take turns, ROUNDS times.
The ratios are medians of the rounds' ratios: to single_bare as OpenSSL reads by default, for
which there is a limit, and to the one that reads ahead. Measured:

    first     a process that makes one request: start, roots, handshake, GET, end
    full      each further request on a new connection, without a session to resume
    resumed   the same with one
    down      256 MiB in one response, which OnDataAvailable reads
    write     the same into a stream of the program

as processor time of the client, user and system, and, where valgrind is there, as
instructions in user space, which hardly vary. Roots are those of the system and the tests'
root behind them, in one file (SSL_CERT_FILE). FILE gets the figures as JSON. --quick: fewer
requests, to see whether all runs.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

ROUNDS = 11
DOWN_BYTES = 256 << 20
AHEAD_BYTES = 64 << 10      # what the tuned single_bare reads at a time
VALGRIND_REQUESTS = 20
VALGRIND_BYTES = 16 << 20
SYSTEM_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")
PROCESSORS = sorted(os.sched_getaffinity(0))
PKI = Path(__file__).parents[1] / "tests/lib/pki.py"


@dataclass
class Work:
    """Something that both sides do."""

    name: str
    text: str               # for the table
    limit: float            # ours may cost so many times single_bare reading by record
    count: int              # requests behind the first
    bytes: int = 0          # of each response; 0: a line
    tickets: int = 0        # of the server
    way: str = "read"       # how ours takes the body
    is_first: bool = False  # what counts is the first request
    runs: list = field(default_factory=list)    # of each round: client -> cost in us
    instructions: dict = field(default_factory=dict)    # client -> per request


def clients(work: Work) -> dict[str, list[str]]:
    """Who does the work, and the last argument of each."""
    return {"ours": ["single_ours", work.way], "bare": ["single_bare", "0"],
            "tuned": ["single_bare", str(AHEAD_BYTES)]}


def pin(index: int):
    """A function that puts a new process onto one processor, where there are several."""
    processor = PROCESSORS[index % len(PROCESSORS)]
    return lambda: os.sched_setaffinity(0, {processor})


class Bench:
    """The servers, and how clients are run against them."""

    def __init__(self, build: Path, folder: Path):
        self.programs = build / "bench"
        pki = self.programs / "pki"
        subprocess.run([sys.executable, PKI, pki], check=True)
        roots = folder / "roots.pem"
        roots.write_bytes(SYSTEM_ROOTS.read_bytes() + (pki / "root.pem").read_bytes())
        (folder / "none").mkdir()
        self.chain, self.key = pki / "good.pem", pki / "good.key"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder),
                            "SSL_CERT_FILE": str(roots),
                            "SSL_CERT_DIR": str(folder / "none")}
        if "LD_LIBRARY_PATH" in os.environ:
            self.environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        self.ports: dict[int, str] = {}

    def serve(self, stack: contextlib.ExitStack, tickets: int) -> None:
        """Starts a server, which ends when its standard input does."""
        command = [self.programs / "single_server", self.chain, self.key, str(tickets)]
        server = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True, preexec_fn=pin(-1)))
        stack.callback(server.stdin.close)
        self.ports[tickets] = server.stdout.readline().strip()
        if not self.ports[tickets]:
            sys.exit("tls.py: the server has not started")

    def run(self, work: Work, client: str, count: int, prefix: list[str] = ()) -> dict:
        """One process of a client; its tally, checked, and what it wrote to stderr."""
        program, last = clients(work)[client]
        command = [*prefix, self.programs / program, self.ports[work.tickets],
                   f"/{work.bytes or ''}", str(count), last]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              preexec_fn=pin(0), check=False)
        if done.returncode:
            sys.exit(f"tls.py: {client}, {work.name}: {done.stderr}")
        tally = json.loads(done.stdout.splitlines()[-1])
        if tally["requests"] != count + 1:
            sys.exit(f"tls.py: {client}, {work.name}: {tally}")
        if tally["resumed"] != (count if work.tickets else 0):
            sys.exit(f"tls.py: {client}, {work.name}: resumption: {tally}")
        return {**tally, "stderr": done.stderr}

    def time(self, work: Work, client: str) -> float:
        """Processor time in us: of the first request, or of each further one."""
        tally = self.run(work, client, work.count)
        return tally["first_us"] if work.is_first else tally["rest_us"] / work.count

    def instructions(self, work: Work, client: str) -> float:
        """Instructions in user space: of a process that makes the first request alone, or
        what each further one needs more."""
        alone = self.collect(work, client, 0)
        if work.is_first:
            return alone
        if work.bytes:
            few = replace(work, bytes=VALGRIND_BYTES)
            return (self.collect(few, client, 1) - alone) * work.bytes / few.bytes
        return (self.collect(work, client, VALGRIND_REQUESTS) - alone) / VALGRIND_REQUESTS

    def collect(self, work: Work, client: str, count: int) -> int:
        # Valgrind counts each byte of a "rep movsb"; without it a copy counts as it costs.
        prefix = ["env", "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000",
                  "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
        for line in self.run(work, client, count, prefix)["stderr"].splitlines():
            if "Collected :" in line:
                return int(line.split()[-1])
        sys.exit("tls.py: valgrind has not said how many instructions it saw")


def works(is_quick: bool) -> list[Work]:
    requests, downloads = (20, 1) if is_quick else (500, 3)
    return [Work("first", "one request, process and roots included", 1.1, 0, tickets=2,
                 is_first=True),
            Work("full", "connect, full handshake, GET", 1.1, requests),
            Work("resumed", "connect, resumed handshake, GET", 1.2, requests, tickets=2),
            Work("down", "256 MiB, OnDataAvailable reads", 1.1, downloads, DOWN_BYTES),
            Work("write", "256 MiB, into the program's stream", 1.1, downloads, DOWN_BYTES,
                 way="write")]


def ratio(costs: dict[str, float], other: str) -> float:
    return costs["ours"] / costs[other]


def ratio_of(work: Work, other: str) -> float:
    """The median of the rounds' ratios to one of the other side."""
    return statistics.median(ratio(costs, other) for costs in work.runs)


def figures(work: Work) -> dict:
    medians = {c: statistics.median(r[c] for r in work.runs) for c in clients(work)}
    others = [c for c in clients(work) if c != "ours"]
    found = {"limit": work.limit, "cpu_us": medians, "rounds_us": work.runs,
             "cpu_ratio": {c: ratio_of(work, c) for c in others}}
    if work.instructions:
        found["instructions"] = work.instructions
        found["instructions_ratio"] = {c: ratio(work.instructions, c) for c in others}
    return found


def show(work: Work) -> None:
    found = figures(work)

    def line(unit, costs, times):
        word = "" if times["bare"] <= work.limit else "  OVER"
        print(f"  {unit:22}" + "".join(f"{costs[c]:14,.0f}" for c in clients(work))
              + "".join(f"{times[c]:12.3f}" for c in times) + word)

    print(f"{work.name}: {work.text} (limit {work.limit})")
    line("CPU, us", found["cpu_us"], found["cpu_ratio"])
    if work.instructions:
        line("user instructions / 1000",
             {c: n / 1000 for c, n in work.instructions.items()},
             found["instructions_ratio"])


def machine() -> dict:
    text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    models = [line.split(":", 1)[1].strip() for line in text.splitlines()
              if line.startswith("model name")]
    openssl = subprocess.run(["openssl", "version"], capture_output=True, text=True,
                             check=True).stdout.strip()
    return {"processor": models[0] if models else platform.machine(),
            "processors": len(PROCESSORS), "system": platform.release(), "openssl": openssl}


def main() -> None:
    parser = argparse.ArgumentParser(prog="tls.py")
    parser.add_argument("build", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    todo = works(options.quick)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ixhr2-bench.")))
        bench = Bench(options.build.absolute(), folder)
        for tickets in {work.tickets for work in todo}:
            bench.serve(stack, tickets)
        for _ in range(2 if options.quick else ROUNDS):
            for work in todo:
                work.runs.append({c: bench.time(work, c) for c in clients(work)})
        for work in todo if shutil.which("valgrind") else []:
            work.instructions = {c: bench.instructions(work, c) for c in clients(work)}
    about = machine()
    print(", ".join(str(value) for value in about.values()))
    print(f"{'':24}{'ours':>14}{'OpenSSL':>14}{'read ahead':>14}{'to OpenSSL':>12}"
          f"{'read ahead':>12}")
    for work in todo:
        show(work)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        found = {**about, "works": {work.name: figures(work) for work in todo}}
        options.json.write_text(json.dumps(found, indent="\t") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
