#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What HTTP/2 over TLS costs: small requests beside libcurl and h2load, and a long body
beside HTTP/1.1.

`./run bench h2` builds the programs and calls this. Small requests: bodies of 100 bytes, 100
streams of one connection to nghttpd, as h2load makes them (which looks at no more than
frames, and is the limit), libcurl's multi interface with its own poll and with epoll, and
this library. nghttpd has a processor of its own; "waits" says how much of the time a client
had nothing to do, so that requests a second are the server's where it is much.

The long body: 256 MiB in one response, which OnDataAvailable reads, by this library from
nginx, over HTTP/2 and over HTTP/1.1, both with the same cipher. nginx sends DATA of 8 KiB.
"""

import re
import resource
import shutil
import sys

import measure
import nginx
from figure import OURS, Figure, Target
from report import Report, package_version, read_options
from single import MIB, MORE_MIB, Task

STREAMS = 100
BODY_BYTES = 100
FEW = 10 * STREAMS          # requests before anything is counted
COUNTED = 5000              # whose instructions and system calls are counted
LONG_BYTES = 256 * MIB
PEERS = {"ours": ["ours", "https"], "curl poll": ["curl_multi", "https,h2,poll"],
         "curl epoll": ["curl_multi", "https,h2,epoll"]}
LIMIT = "h2load"
PACKAGES = {"nghttpd": "nghttp2-server", "nginx": "nginx", "libcurl": "libcurl4",
            "libnghttp2": "libnghttp2-14", "openssl": "libssl3"}
SECURED = """ssl_certificate {chain};
		ssl_certificate_key {key};
		ssl_protocols TLSv1.3;
		ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
		location = / {{ return 200 "a small response"; }}"""


def program(name: str) -> str:
    found = shutil.which(name, path="/usr/sbin:/usr/bin")
    if not found:
        raise measure.Failure(f"{name} is missing")
    return found


# ---- small requests ----


def serve_nghttpd(bench: measure.Bench, chain, key) -> str:
    folder = bench.folder / "nghttpd"
    folder.mkdir()
    (folder / str(BODY_BYTES)).write_bytes(b"." * BODY_BYTES)
    port = measure.free_port()
    return bench.serve_foreign([program("nghttpd"), "-a", "127.0.0.1", "-n", "1", "-m",
                                str(STREAMS), "-d", folder, port, key, chain], port)


def children_us() -> float:
    """Processor time of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1e6


class Small:
    """So many streams at a time."""

    def __init__(self, bench: measure.Bench, port: str, requests: int):
        self.bench = bench
        self.port = port
        self.requests = requests
        self.names = [*PEERS, LIMIT]

    def command(self, peer: str, requests: int) -> list:
        if peer == LIMIT:
            return [program("h2load"), "-t1", "-c1", f"-m{STREAMS}", f"-n{requests}",
                    f"https://127.0.0.1:{self.port}/{BODY_BYTES}"]
        name, way = PEERS[peer]
        return [self.bench.program(name), self.port, f"/{BODY_BYTES}", str(requests),
                str(STREAMS), way]

    def tally(self, peer: str) -> dict:
        if peer != LIMIT:
            return self.bench.tally(self.command(peer, self.requests), self.requests,
                                    self.requests * BODY_BYTES, IXHR2_PROTOCOL="http2")
        before_us = children_us()
        text = self.bench.run(self.command(peer, self.requests)).stdout
        finished = re.search(r"^finished in ([\d.]+)(us|ms|s),", text, re.M)
        if not finished or f" {self.requests} 2xx," not in text:
            raise measure.Failure(f"h2load: {text}")
        scale = {"us": 1, "ms": 1e3, "s": 1e6}[finished[2]]
        return {"cpu_us": children_us() - before_us, "wall_us": float(finished[1]) * scale}

    def time(self, peer: str) -> dict[str, float]:
        tally = self.tally(peer)
        return {"cpu": tally["cpu_us"] / self.requests,
                "pace": self.requests * 1e6 / tally["wall_us"],
                "wait": 100 * (1 - tally["cpu_us"] / tally["wall_us"])}

    def count(self, counter) -> dict[str, float | None]:
        return {peer: counter(lambda n, peer=peer: self.command(peer, n), FEW,
                              FEW + COUNTED, IXHR2_PROTOCOL="http2") for peer in self.names}

    def report(self, report: Report) -> None:
        work = report.work("small", f"{BODY_BYTES} bytes, {STREAMS} streams, nghttpd")
        turns = measure.take_turns(report.rounds, {peer: lambda peer=peer: self.time(peer)
                                                   for peer in self.names})
        cpu, pace, wait = ([{peer: found[key] for peer, found in turn.items()}
                            for turn in turns] for key in ("cpu", "pace", "wait"))
        work.add(Figure("user instructions", "a request",
                        self.count(self.bench.instructions), targets=[Target(15000)]))
        work.add(Figure("system calls", "a request", self.count(self.bench.system_calls),
                        targets=[Target(0.1)]))
        work.add(Figure("CPU", "µs a request", rounds=cpu))
        work.add(Figure("requests", "a second", rounds=pace, is_more_better=True,
                        targets=[Target(2.5, peer, is_floor=True) for peer in PEERS
                                 if peer != OURS]))
        work.add(Figure("waits", "% of the time", rounds=wait))


# ---- a long body ----


def serve_nginx(bench: measure.Bench, chain, key) -> str:
    folder = bench.folder / "nginx"
    folder.mkdir()
    for size in (MIB, MORE_MIB * MIB, LONG_BYTES):
        with (folder / str(size)).open("wb") as file:
            file.truncate(size)
    return nginx.serve(bench, SECURED.format(chain=chain, key=key), " ssl http2")


def report_long(report: Report, bench: measure.Bench, port: str) -> None:
    client = ["single_ours", "read"]
    task = Task("long", "256 MiB over TLS, nginx; ours: HTTP/2, beside it HTTP/1.1", port,
                {OURS: client, "HTTP/1.1": client}, 1,
                bytes=LONG_BYTES, environment={
                    OURS: {"IXHR2_PROTOCOL": "http2"},
                    "HTTP/1.1": {"IXHR2_PROTOCOL": "http1.1"}})
    work = report.work(task.name, task.text)
    work.add(Figure("CPU", "ms", targets=[Target(1.1, "HTTP/1.1")],
                    rounds=measure.take_turns(report.rounds, {
                        c: lambda c=c: task.time_us(bench, c) / 1000 for c in task.clients})))
    work.add(Figure("user instructions", "a MiB", task.per_mib(bench, bench.instructions)))
    work.add(Figure("system calls", "a MiB", task.per_mib(bench, bench.system_calls)))


def main() -> None:
    options = read_options("h2", __doc__)
    report = Report("h2", "HTTP/2 over TLS", options)
    report.about |= {name: package_version(package)
                     for name, package in PACKAGES.items()}
    with measure.Bench(options.build) as bench:
        chain, key = bench.trust()
        port = serve_nghttpd(bench, chain, key)
        Small(bench, port, 5000 if options.is_quick else 25000).report(report)
        report_long(report, bench, serve_nginx(bench, chain, key))
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as error:
        sys.exit(f"h2.py: {error}")
