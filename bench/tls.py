#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What TLS costs: this library beside a program of OpenSSL alone that does the same.

`./run bench tls` builds the programs and calls this. The clients are single_ours and
single_bare, the latter reading record by record, as OpenSSL does by default and for which
there is a limit, and reading ahead; the server is single_server. Measured:

    first     a process that makes one request: start, roots, handshake, GET, end
    full      each further request on a new connection, without a session to resume
    resumed   the same with one
    down      256 MiB in one response, which OnDataAvailable reads
    write     the same into a stream of the program

Roots are those of the system and the tests' root behind them, in one file (SSL_CERT_FILE).
"""

import sys
from dataclasses import dataclass

import measure
from figure import Figure, Target
from report import Report, package_version, read_options
from single import MIB, Task

DOWN_BYTES = 256 * MIB
AHEAD_BYTES = 64 << 10      # what single_bare reads ahead
RECORDS, AHEAD = "OpenSSL", "read ahead"


@dataclass
class Subject:
    """A task, and what is asked of it."""

    task: Task
    limit: float            # ours may cost so many times OpenSSL reading by record
    is_resumed: bool        # the further connections are
    is_first: bool = False  # what counts is the first request

    def time_us(self, bench: measure.Bench, client: str) -> float:
        tally = self.task.tally(bench, client)
        if tally["resumed"] != (self.task.count if self.is_resumed else 0):
            raise measure.Failure(f"{client}, {self.task.name}: resumption: {tally}")
        return tally["first_us"] if self.is_first else tally["rest_us"] / self.task.count

    def counts(self, bench: measure.Bench, each, whole) -> dict[str, float | None]:
        """What each, a method of bench, finds for a request or MiB; whole: for a process."""
        if self.is_first:
            return {c: whole(self.task.command(bench, c, 0)) for c in self.task.clients}
        if self.task.bytes:
            return self.task.per_mib(bench, each)
        return self.task.per_request(bench, each)

    def report(self, report: Report, bench: measure.Bench, rounds: list) -> None:
        unit = "a MiB" if self.task.bytes else "a request"
        work = report.work(self.task.name, self.task.text)
        work.add(Figure("CPU", "µs a response" if self.task.bytes else "µs a request",
                        rounds=rounds, targets=[Target(self.limit, RECORDS)]))
        work.add(Figure(
            "user instructions", unit,
            self.counts(bench, bench.instructions, bench.instructions_of),
            targets=[Target(self.limit, RECORDS)]))
        work.add(Figure(
            "system calls", unit,
            self.counts(bench, bench.system_calls, bench.system_calls_of)))


def subjects(bench: measure.Bench, is_quick: bool) -> list[Subject]:
    chain, key = bench.trust()
    port = {tickets: bench.serve("single_server", chain, key, tickets).split()[0]
            for tickets in (0, 2)}
    requests = 20 if is_quick else 125

    def clients(way="read"):
        return {"ours": ["single_ours", way], RECORDS: ["single_bare", "read", "0"],
                AHEAD: ["single_bare", "read", str(AHEAD_BYTES)]}

    return [Subject(Task("first", "one request, process and roots included", port[2],
                         clients(), 0), 1.1, False, is_first=True),
            Subject(Task("full", "connect, full handshake, GET", port[0], clients(),
                         requests), 1.1, False),
            Subject(Task("resumed", "connect, resumed handshake, GET", port[2], clients(),
                         requests), 1.2, True),
            Subject(Task("down", "256 MiB, OnDataAvailable reads", port[0], clients(),
                         1, bytes=DOWN_BYTES), 1.1, False),
            Subject(Task("write", "256 MiB, into the program's stream", port[0],
                         clients("write"), 1, bytes=DOWN_BYTES), 1.1, False)]


def main() -> None:
    options = read_options("tls", __doc__)
    report = Report("tls", "TLS beside OpenSSL alone", options)
    report.about["openssl"] = package_version("libssl3")
    with measure.Bench(options.build) as bench:
        for subject in subjects(bench, options.is_quick):
            rounds = measure.take_turns(report.rounds, {
                c: lambda c=c: subject.time_us(bench, c) for c in subject.task.clients})
            subject.report(report, bench, rounds)
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as error:
        sys.exit(f"tls.py: {error}")
