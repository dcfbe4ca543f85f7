#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a request takes that waits: memory of this library's process beside that of a bare
epoll client and of libcurl (its multi interface with epoll, and with its own poll).
`./run bench waiting` builds the programs and calls this.

Each makes as many GET requests at once as there are descriptors for, up to 10,000, each on
its own connection. bench/server.c answers when all of them wait, and is told to only when
the client's resident memory has been read. What it has with one request is taken off, so
that the library itself and its threads do not count; the kernel's memory does not either.
"""

import re
import resource
import subprocess
import sys
from pathlib import Path

import measure
from figure import Figure, Target
from report import Report, read_options

BODY_BYTES = 100
WAITING = 10000             # requests, where there are as many descriptors
QUICK_WAITING = 200
SPARE_DESCRIPTORS = 200     # that a process needs besides
LIMIT_BYTES = 2048          # of memory for each
PEERS = {"bare": ["bare"], "ours": ["ours"], "curl epoll": ["curl_multi", "epoll"],
         "curl poll": ["curl_multi", "poll"]}


def open_descriptors() -> int:
    """Lets processes have as many as may be; answers how many."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return sys.maxsize if hard == resource.RLIM_INFINITY else hard


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in use now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^VmRSS:\s*(\d+) kB$", status, re.M)[1]) * 1024


def waiting_bytes(bench: measure.Bench, words: list[str], count: int) -> int:
    """Memory of a client while so many requests wait."""
    server = bench.start("server", count, "hold")
    program, *way = words
    command = [bench.program(program), server.port, "/wait", str(count), str(count), *way]
    with subprocess.Popen(command, env=bench.environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, preexec_fn=measure.pin(0)) as client:
        if server.stdout.readline() != "waiting\n":
            client.kill()
            raise measure.Failure(f"{program}: {count} requests do not wait")
        found = resident_bytes(client.pid)
        server.stdin.write("\n")
        server.stdin.flush()
        client.communicate()
    if client.returncode:
        raise measure.Failure(f"{program} ended with {client.returncode}")
    return found


def main() -> int:
    options = read_options("waiting", __doc__)
    report = Report("waiting", "Requests that wait for their answers", options)
    count = min(QUICK_WAITING if options.is_quick else WAITING,
                open_descriptors() - SPARE_DESCRIPTORS)
    with measure.Bench(options.build) as bench:
        peers = {name: words for name, words in PEERS.items() if bench.has(words[0])}
        turns = measure.take_turns(report.long_rounds, {
            name: lambda words=words: (waiting_bytes(bench, words, count)
                                       - waiting_bytes(bench, words, 1)) / (count - 1)
            for name, words in peers.items()})
    work = report.work("waiting", f"{count:,} requests wait, each on its own connection")
    targets = [] if options.is_quick else [Target(LIMIT_BYTES)]
    work.add(Figure("memory", "bytes each", rounds=turns, targets=targets))
    report.finish()
    return 0 if report.is_met() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except measure.Failure as failure:
        sys.exit(f"bench/waiting.py: {failure}")
