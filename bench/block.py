#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What others feel of a callback that blocks: while 1,000 requests run, each object followed
by the next, the final callback of one more sleeps for a second (bench/block.c). The library
runs on one processor, which is busy all the time, and the server on another.

Each round has a run in which the callback sleeps and one in which it returns at once; what
the requests of all seconds without a sleeping callback take is "quiet", what those take that
run at any moment of the sleep is "ours". With 1,000 at a time a request takes some time
anyway, and the longest of a second takes longer; so what the callback adds is the difference.

    pause       from the beginning of the sleep until the next request ends: nothing goes on
                before a stand-by thread has found that the callback takes long
    throughput  requests that end in the second of the sleep, to those in the seconds before
                and behind it
"""

import json
import statistics
import sys

import measure
from figure import Figure, Target, Work
from report import Report, read_options

CONCURRENCY = 1000
BODY_BYTES = 100
LIMIT_MS = 10
LEAST_THROUGHPUT = 0.9


def run(bench: measure.Bench, port: str, concurrency: int, way: str) -> dict:
    done = bench.run([bench.program("block"), port, f"/{BODY_BYTES}", BODY_BYTES, concurrency,
                      way])
    return json.loads(done.stdout)


def quiet_ms(turn: dict[str, dict], key: str) -> float:
    """The median of what the quiet seconds of a round have."""
    found = [turn["none"][p][key] for p in ("before", "during", "after")]
    found += [turn["block"][p][key] for p in ("before", "after")]
    return statistics.median(found) / 1000


def throughput(found: dict) -> float:
    """Of the second in the middle, to those around it."""
    rate = {p: found[p]["ended"] / found[p]["wall_us"] for p in ("before", "during", "after")}
    return rate["during"] / statistics.mean([rate["before"], rate["after"]])


def add_figures(work: Work, turns: list[dict[str, dict]]) -> None:
    limit = [Target(LIMIT_MS)]
    floor = [Target(LEAST_THROUGHPUT, is_floor=True)]

    def both(key):
        return [{"ours": t["block"]["during"][key] / 1000, "quiet": quiet_ms(t, key)}
                for t in turns]

    pauses = [{"ours": t["block"]["next_us"] / 1000, "quiet": t["none"]["next_us"] / 1000}
              for t in turns]
    work.add(Figure("pause", "ms", rounds=pauses, targets=limit))
    work.add(Figure("pause, longest of all rounds", "ms",
                    {side: max(p[side] for p in pauses) for side in pauses[0]},
                    targets=limit))
    longest = both("longest_us")
    work.add(Figure("longest request", "ms", rounds=longest))
    work.add(Figure("longest request without quiet", "ms",
                    rounds=[{"ours": r["ours"] - r["quiet"]} for r in longest],
                    targets=limit))
    work.add(Figure("longest time without an end", "ms", rounds=both("gap_us")))
    work.add(Figure("99th percentile of requests", "ms", rounds=both("p99_us")))
    work.add(Figure("median of requests", "ms", rounds=both("median_us")))
    work.add(Figure("throughput", "of the seconds around", is_more_better=True,
                    rounds=[{"ours": throughput(t["block"]),
                             "quiet": throughput(t["none"])} for t in turns],
                    targets=floor))


def main() -> None:
    options = read_options("block", __doc__)
    report = Report("block", "A callback that blocks for a second", options)
    concurrency = CONCURRENCY // 10 if options.is_quick else CONCURRENCY
    with measure.Bench(options.build) as bench:
        port = bench.serve("server")
        turns = measure.take_turns(
            report.long_rounds, {way: lambda way=way: run(bench, port, concurrency, way)
                            for way in ("block", "none")})
    add_figures(report.work("block", f"{concurrency:,} other requests at a time"), turns)
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as failure:
        sys.exit(f"block.py: {failure}")
