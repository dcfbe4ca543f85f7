# SPDX-License-Identifier: MIT
"""Runs what the scripts of `./run bench` measure: servers, clients, and tools that count.

Clients run on the first processor and servers on the last. Where a figure is a time, clients
take turns, round by round. Counts come from the difference of two runs of different length,
which leaves the start of the process out.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

TRACES = 3
START_S = 10                # what a server of others has to begin to listen
END_S = 10                  # and what a server has to end
PROCESSORS = sorted(os.sched_getaffinity(0))
ROOT = Path(__file__).resolve().parents[1]
PKI = ROOT / "tests/lib/pki.py"
SYSTEM_ROOTS = Path("/etc/ssl/certs/ca-certificates.crt")


class Failure(Exception):
    """A program did not do what it should; the text says which and what."""


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
