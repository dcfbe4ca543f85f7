#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a second event loop is worth (IXHR2_OPTION_LOOPS): the same requests with one loop and
with two, to two servers and to one, through bench/ours.c.

Two loops and two servers that keep them busy want four processors; the servers have the last
two, and the client all others. With fewer the client has all processors and shares them with
the servers: then the figures say what a second loop costs, not what it brings, and there is
nothing that they must reach."""

import os
import sys

import measure
from figure import OURS, Figure, Target
from report import Report, read_options

PATH = "/100"
BODY_BYTES = 100
REQUESTS = 120_000
CONCURRENCY = 128
ENOUGH_PROCESSORS = 4
LEAST_GAIN = 1.7
ONE = "one loop"
LOOPS = {OURS: "2", ONE: "1"}


def client_processors() -> list[int]:
    has_enough = len(measure.PROCESSORS) >= ENOUGH_PROCESSORS
    return measure.PROCESSORS[:-2] if has_enough else measure.PROCESSORS


def serve_two(bench: measure.Bench) -> list[str]:
    """Starts two servers, each on a processor of its own where there are enough."""
    servers = [bench.start("server"), bench.start("server")]
    if len(measure.PROCESSORS) >= ENOUGH_PROCESSORS:
        os.sched_setaffinity(servers[0].pid, {measure.PROCESSORS[-2]})
    return [server.port for server in servers]


def run(bench: measure.Bench, ports: list[str], requests: int, loops: str) -> dict:
    processors = ",".join(map(str, client_processors()))
    command = ["taskset", "-c", processors, bench.program("ours"), ",".join(ports), PATH,
               requests, CONCURRENCY]
    return bench.tally(command, requests, requests * BODY_BYTES, IXHR2_LOOPS=loops)


def add_work(report: Report, bench: measure.Bench, ports: list[str]) -> None:
    requests = REQUESTS // 60 if report.options.is_quick else REQUESTS
    turns = measure.take_turns(report.long_rounds, {
        name: lambda loops=loops: run(bench, ports, requests, loops)
        for name, loops in LOOPS.items()})
    word = "server" if len(ports) == 1 else "servers"
    work = report.work(f"{len(ports)}", f"{len(ports)} {word}, {CONCURRENCY} at a time")
    gain = [Target(LEAST_GAIN, ONE, is_floor=True)]
    is_wide = len(measure.PROCESSORS) >= ENOUGH_PROCESSORS and len(ports) > 1
    work.add(Figure(
        "throughput", "requests a second", is_more_better=True, targets=gain if is_wide else [],
        rounds=[{name: requests * 1e6 / t[name]["wall_us"] for name in t} for t in turns]))
    work.add(Figure(
        "CPU", "µs a request",
        rounds=[{name: t[name]["cpu_us"] / requests for name in t} for t in turns]))


def main() -> None:
    options = read_options("loops", __doc__)
    report = Report("loops", "One event loop and two", options)
    report.about["of the client"] = str(len(client_processors()))
    with measure.Bench(options.build) as bench:
        ports = serve_two(bench)
        add_work(report, bench, ports)
        add_work(report, bench, ports[:1])
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as failure:
        sys.exit(f"loops.py: {failure}")
