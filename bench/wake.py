#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long Send takes to the first byte on the wire: from a thread of the program, while the
library's threads sleep, on a connection that stands; until the other side has it. Beside it
what a thread of its own costs that does the same: an eventfd is written, the thread that
sleeps in epoll_wait reads it and sends the same bytes (bench/wake.c). Both are measured in
one process, in turn.

"apart": the program's thread has one processor and the thread that sleeps the other, as
where the program goes on with something else. Where a thread is woken for it the time
contains how long the machine takes to get a processor out of its rest, which is most of it,
and in a virtual machine long.
"together": on one processor, where nothing but programs and switches of threads take time.
"cold": apart, and with a rest before that is long enough for all threads to sleep deeply.
"""

import json
import sys

import measure
from figure import Figure, Target, Work
from report import Report, read_options

LIMIT_US = 30
SIDES = ["ours", "bare"]
# name, text, way of bench/wake, microseconds of rest before each sample, samples a round
WORKS = [("apart", "on two processors, 1 ms of rest", "apart", 1000, 1000),
         ("cold", "on two processors, 12 ms of rest", "apart", 12000, 300),
         ("together", "on one processor, 1 ms of rest", "together", 1000, 1000)]


def sample(bench: measure.Bench, way: str, pause_us: int, count: int) -> dict:
    """What bench/wake has found; it may use all processors."""
    processors = ",".join(map(str, measure.PROCESSORS))
    done = bench.run(["taskset", "-c", processors, bench.program("wake"), count, pause_us, way])
    return json.loads(done.stdout)


def add_figures(work: Work, found: list[dict]) -> None:
    """One of each kind; found: of each round."""
    def rounds(key):
        return [{side: run[side]["first_ns"][key] / 1000 for side in SIDES} for run in found]

    medians = rounds("median")
    work.add(Figure("median", "µs", rounds=medians,
                    targets=[Target(LIMIT_US)]))
    work.add(Figure("ours without bare", "µs",
                    rounds=[{"ours": r["ours"] - r["bare"]} for r in medians]))
    work.add(Figure("99th percentile", "µs", rounds=rounds("p99")))
    work.add(Figure("least", "µs", rounds=rounds("least")))


def main() -> None:
    options = read_options("wake", __doc__)
    report = Report("wake", "Send to the first byte on the wire", options)
    works = [w for w in WORKS if w[2] == "together" or len(measure.PROCESSORS) > 1]
    found = {name: [] for name, *_ in works}
    with measure.Bench(options.build) as bench:
        for _ in range(report.long_rounds):
            for name, _, way, pause_us, count in works:
                count = 50 if options.is_quick else count
                found[name].append(sample(bench, way, pause_us, count))
    for name, text, *_ in works:
        add_figures(report.work(name, text), found[name])
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as failure:
        sys.exit(f"wake.py: {failure}")
