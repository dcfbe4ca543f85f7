#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a small request of HTTP/1.1 costs: this library beside a bare epoll client, libcurl
(its own poll, epoll, and epoll as its examples have it, eager), Boost.Beast (as its examples
have it, with a timer; and with a plain socket) and libevent's evhttp. `./run bench http1`
builds the programs and calls this.

Each makes GET requests with bodies of 100 bytes on kept connections, one, 16 and 128 at a
time. The server is bench/server.c on a processor of its own, which does less than any
client, so that requests a second say how fast the client is; nginx is a second one, which
takes longer to answer than most clients need to ask: there, requests a second tell who
leaves the processor idle. Instructions and system calls are counted with bench/server.c.
"""

import sys

import measure
import nginx
from figure import Figure, Target
from report import Report, package_version, read_options

BODY_BYTES = 100
FEW = 5                     # requests of each slot, at least, before anything is counted
COUNTED = 3000              # requests whose instructions and system calls are counted
ANSWER = f'location / {{ return 200 "{"." * BODY_BYTES}"; }}'    # of nginx
QUICK_COUNTED = 500
QUICK_AT_ONCE = 16          # where anything is counted in haste
QUICK_SHARE = 20            # of the requests are made then, one of so many
NGINX_AT_ONCE = 16          # where it is asked, too
PEERS = {"bare": ["bare"], "ours": ["ours"], "curl poll": ["curl_multi", "poll"],
         "curl epoll": ["curl_multi", "epoll"], "curl eager": ["curl_multi", "eager"],
         "Beast": ["beast", "stream"], "Beast socket": ["beast"], "evhttp": ["evhttp"]}
PACKAGES = {"libcurl": "libcurl4", "Boost": "libboost-dev", "libevent": "libevent-dev",
            "nginx": "nginx"}

class Small:
    """A work: so many at a time."""

    def __init__(self, bench: measure.Bench, at_once: int, requests: int, is_quick: bool):
        self.bench = bench
        self.at_once = at_once
        self.requests = requests // QUICK_SHARE if is_quick else requests
        self.is_quick = is_quick
        self.peers = {name: words for name, words in PEERS.items() if bench.has(words[0])}

    def command(self, peer: str, port: str, requests: int) -> list:
        program, *way = self.peers[peer]
        return [self.bench.program(program), port, f"/{BODY_BYTES}", str(requests),
                str(self.at_once), *way]

    def time(self, peer: str, port: str) -> dict[str, float]:
        """Processor time of a request in us, and requests a second."""
        tally = self.bench.tally(self.command(peer, port, self.requests), self.requests,
                                 self.requests * BODY_BYTES)
        return {"cpu": tally["cpu_us"] / self.requests,
                "pace": self.requests * 1e6 / tally["wall_us"]}

    def times(self, rounds: int, port: str) -> tuple[list, list]:
        turns = measure.take_turns(rounds, {peer: lambda peer=peer: self.time(peer, port)
                                            for peer in self.peers})
        return tuple([{peer: found[key] for peer, found in turn.items()} for turn in turns]
                     for key in ("cpu", "pace"))

    def count(self, counter, port: str) -> dict[str, float | None]:
        few, more = FEW * self.at_once, QUICK_COUNTED if self.is_quick else COUNTED
        return {peer: counter(lambda n, peer=peer: self.command(peer, port, n), few,
                              few + more) for peer in self.peers}


def targets(at_once: int) -> dict[str, list[Target]]:
    """What is to be kept, of each figure."""
    if at_once == 1:
        return {"cpu": [Target(1.1, "bare")],
                "pace": [Target(0.95, "bare", is_floor=True)]}
    return {"instructions": [Target(12000)], "calls": [Target(2.1)],
            "cpu": [Target(1.2, "bare")],
            "pace": [Target(0.85, "bare", is_floor=True),
                     Target(2, "curl poll", is_floor=True),
                     Target(3, "curl epoll", is_floor=True),
                     Target(3, "curl eager", is_floor=True),
                     Target(1.7, "Beast", is_floor=True)]}


def measure_work(small: Small, report: Report, ports: dict[str, str]) -> None:
    at_once, kept = small.at_once, targets(small.at_once)
    text = f"{BODY_BYTES} bytes, " + (f"{at_once} at a time" if at_once > 1
                                      else "one at a time")
    work = report.work(str(at_once), text)
    cpu, pace = small.times(report.rounds, ports["fixed"])
    if not small.is_quick or at_once == QUICK_AT_ONCE:
        work.add(Figure("user instructions", "a request",
                        small.count(small.bench.instructions, ports["fixed"]),
                        targets=kept.get("instructions", [])))
        work.add(Figure("system calls", "a request",
                        small.count(small.bench.system_calls, ports["fixed"]),
                        targets=kept.get("calls", [])))
    work.add(Figure("CPU", "µs a request", rounds=cpu, targets=kept["cpu"]))
    work.add(Figure("requests", "a second", rounds=pace, targets=kept["pace"],
                    is_more_better=True))
    if at_once == NGINX_AT_ONCE:
        cpu, pace = small.times(report.rounds, ports["nginx"])
        work.add(Figure("CPU, nginx answers", "µs a request", rounds=cpu))
        work.add(Figure("requests, nginx answers", "a second", rounds=pace,
                        is_more_better=True))


def main() -> None:
    options = read_options("http1", __doc__)
    report = Report("http1", "HTTP/1.1, small responses", options)
    report.about |= {name: version for name, package in PACKAGES.items()
                     if (version := package_version(package))}
    with measure.Bench(options.build) as bench:
        ports = {"fixed": bench.serve("server"), "nginx": nginx.serve(bench, ANSWER)}
        bench.traces = 1 if options.is_quick else measure.TRACES
        for at_once, requests in ((16, 10000), (128, 10000), (1, 2500)):
            measure_work(Small(bench, at_once, requests, options.is_quick), report, ports)
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as error:
        sys.exit(f"http1.py: {error}")
