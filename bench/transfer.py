#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a long body costs, 256 MiB down or up, with and without TLS.

`./run bench transfer` builds the programs and calls this. The clients are single_ours; the
least that does the same (single_bare), which reads and writes the socket, or has OpenSSL
read ahead, with the pieces that serve it best; and libcurl with large buffers. The server is
single_server. OnDataAvailable reads as much at a time as the bare client, and with TLS
64 KiB. Going up, every client copies what it sends from elsewhere, as a program would, and
the server's answer says how many bytes have come.

    down      the body is read in OnDataAvailable
    write     the same body is written into a stream of the program
    up        the body is read from a stream of the program, in pieces of 128 KiB: what
              the bare client costs that makes such pieces, and writes them in the same
              parts as its own, stands beside

Costs are those of the client; there is a limit against the better of the others.
"""

import sys
from dataclasses import replace

import measure
from figure import Figure, Target
from report import Report, package_version, read_options
from single import MIB, Task

BYTES = 256 * MIB
CURL_BYTES = 512 << 10
OUR_PIECE_BYTES = 128 << 10     # what the library asks a stream of the program for
SAME = "bare 128K"              # the bare client that makes such pieces
LIMIT = 1.1


def tasks(bench: measure.Bench) -> list[Task]:
    chain, key = bench.trust()
    ports = bench.serve("single_server", chain, key, 0).split()
    found = []
    for scheme, text, port, bare in (("http", "HTTP", ports[1], (256 << 10, 62 << 10)),
                                     ("https", "HTTPS", ports[0], (17 << 10, 16 << 10))):
        def clients(way, piece):
            ours = [str(piece)] if scheme == "http" and way == "read" else []
            found = {"ours": ["single_ours", way, *ours],
                     "bare": ["single_bare", way, str(piece)],
                     "libcurl": ["single_curl", way, str(CURL_BYTES)]}
            if way == "up":
                found[SAME] = ["single_bare", way, str(piece), str(OUR_PIECE_BYTES)]
            return found

        task = Task("", "", port, {}, 1, scheme, BYTES)
        found += [replace(task, name=f"{scheme}-down", clients=clients("read", bare[0]),
                          text=f"256 MiB down over {text}, OnDataAvailable reads"),
                  replace(task, name=f"{scheme}-write", clients=clients("write", bare[0]),
                          text=f"256 MiB down over {text}, into the program's stream"),
                  replace(task, name=f"{scheme}-up", clients=clients("up", bare[1]),
                          text=f"256 MiB up over {text}, from the program's stream")]
    return found


def add(report: Report, bench: measure.Bench, task: Task) -> None:
    times = measure.take_turns(report.rounds, {
        c: lambda c=c: task.time_us(bench, c) / 1000 for c in task.clients})
    work = report.work(task.name, task.text)
    work.add(Figure("CPU", "ms", rounds=times, targets=[
        Target(LIMIT, other) for other in ("bare", "libcurl")]))
    work.add(Figure("user instructions", "a MiB",
                    task.per_mib(bench, bench.instructions)))
    work.add(Figure("system calls", "a MiB", task.per_mib(bench, bench.system_calls)))


def main() -> None:
    options = read_options("transfer", __doc__)
    report = Report("transfer", "Long bodies", options)
    report.about["openssl"] = package_version("libssl3")
    report.about["libcurl"] = package_version("libcurl4")
    with measure.Bench(options.build) as bench:
        for task in tasks(bench):
            add(report, bench, task)
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as error:
        sys.exit(f"transfer.py: {error}")
