#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What it costs to undo a content coding, beside the coding's library alone.

`./run bench decode` builds bench/decode.c and calls this. A body of 8 MiB of JSON comes in
pieces of 64 KiB, and there is room for 128 KiB of what is decoded, as when a response is
decoded. Beside it stands the same library in the shortest loop that can be written. There is
no server, no connection and no request.
"""

import sys

import measure
from figure import OURS, Figure, Target
from report import Report, package_version, read_options

CODINGS = ["gzip", "deflate", "br", "zstd"]
SIDES = [OURS, "bare"]
BODY_BYTES = 8 * 1024 * 1024
BODY_MIB = BODY_BYTES // (1024 * 1024)
TIMES = 5                   # bodies a round
FEW, MORE = 1, 3            # whose instructions are counted
LIMIT = 1.1
PACKAGES = {"zlib": "zlib1g", "brotli": "libbrotli1", "zstd": "libzstd1"}


def command(bench: measure.Bench, coding: str, side: str, times: int) -> list:
    return [bench.program("decode"), coding, side, times]


def cpu_ms(bench: measure.Bench, coding: str, side: str, times: int) -> float:
    """Of one body."""
    tally = bench.tally(command(bench, coding, side, times), times, times * BODY_BYTES)
    return tally["cpu_us"] / times / 1000


def measure_coding(bench: measure.Bench, report: Report, coding: str) -> None:
    times = 2 if report.options.is_quick else TIMES
    work = report.work(coding, f"{BODY_MIB} MiB, {coding}")
    turns = measure.take_turns(report.rounds, {
        side: lambda side=side: cpu_ms(bench, coding, side, times) for side in SIDES})
    counts = {side: bench.instructions(lambda n, side=side: command(bench, coding, side, n),
                                       FEW, FEW + MORE) for side in SIDES}
    a_mib = {side: None if n is None else n / BODY_MIB for side, n in counts.items()}
    work.add(Figure("CPU", "ms a body", rounds=turns, targets=[Target(LIMIT, "bare")]))
    work.add(Figure("user instructions", "a MiB", a_mib, targets=[Target(LIMIT, "bare")]))


def main() -> None:
    options = read_options("decode", __doc__)
    report = Report("decode", "Content codings", options)
    report.about |= {name: package_version(p) for name, p in PACKAGES.items()}
    with measure.Bench(options.build) as bench:
        for coding in CODINGS:
            measure_coding(bench, report, coding)
    report.finish()


if __name__ == "__main__":
    try:
        main()
    except measure.Failure as failure:
        sys.exit(f"decode.py: {failure}")
