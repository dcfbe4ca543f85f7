#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of what the scripts of bench/ rely on: what is read from valgrind and strace, how
figures are held to their targets, and what is written and drawn of them."""

import json
import sys
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

import chart  # noqa: E402
import gate  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402
from figure import Figure, Target  # noqa: E402

STRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000300           0      3001           sendto
 40.00    0.000200           1       200         3 total_of_something
------ ----------- ----------- --------- --------- ----------------
100.00    0.000500           0      3201{errors}total
"""
SVG = "{http://www.w3.org/2000/svg}"


class Counts(unittest.TestCase):
    def test_the_sum_of_strace_is_read_with_errors_and_without(self):
        for errors in ("         3 ", "           "):
            self.assertEqual(measure.system_calls_in(STRACE.format(errors=errors)), 3201)

    def test_a_summary_without_a_sum_is_a_failure(self):
        for read in (measure.system_calls_in, measure.instructions_in):
            self.assertRaises(measure.Failure, read, "nothing")

    def test_the_sum_of_callgrind_is_read(self):
        self.assertEqual(measure.instructions_in("==1== Events\n==1== Collected : 77\n"), 77)

    def test_a_request_costs_the_difference_of_two_runs(self):
        bench = measure.Bench(Path("nowhere"))
        bench.instructions_of = lambda command: 5000 + 30 * command[0]
        self.assertEqual(bench.instructions(lambda n: [n], 10, 110), 30)

    def test_of_several_traces_the_smallest_counts(self):
        bench, extra = measure.Bench(Path("nowhere")), iter([9, 0, 0, 0, 5, 0])
        bench.system_calls_of = lambda command: 2 * command[0] + next(extra)
        self.assertEqual(bench.system_calls(lambda n: [n], 10, 110), 2)

    def test_what_cannot_be_counted_is_nothing(self):
        bench = measure.Bench(Path("nowhere"))
        bench.instructions_of = bench.system_calls_of = lambda command: None
        self.assertIsNone(bench.instructions(lambda n: [n], 0, 1))
        self.assertIsNone(bench.system_calls(lambda n: [n], 0, 1))


class Targets(unittest.TestCase):
    def test_each_round_runs_all_and_begins_with_another(self):
        ran = []
        turns = measure.take_turns(3, {name: lambda name=name: ran.append(name) or name
                                       for name in "abc"})
        self.assertEqual("".join(ran), "abcbcacab")
        self.assertEqual(turns, [{"a": "a", "b": "b", "c": "c"}] * 3)

    def test_a_ratio_is_the_median_of_the_rounds_ratios(self):
        figure = Figure("CPU", "us", rounds=[{"ours": 2, "bare": 1}, {"ours": 30, "bare": 10},
                                             {"ours": 4, "bare": 4}])
        self.assertEqual(figure.values, {"ours": 4, "bare": 4})
        self.assertEqual(figure.against("bare"), 2)

    def test_targets_are_ceilings_or_floors_of_a_figure_or_a_ratio(self):
        figure = Figure("x", "y", {"ours": 12, "bare": 10, "lost": None})
        for target, expected in ((Target(12), True), (Target(11.9), False),
                                 (Target(1.2, "bare"), True), (Target(1.1, "bare"), False),
                                 (Target(12, is_floor=True), True),
                                 (Target(1.3, "bare", is_floor=True), False)):
            self.assertEqual(target.is_met(figure.held(target)), expected, target)
        self.assertIsNone(figure.held(Target(1, "lost")))
        self.assertIsNone(figure.held(Target(1, "unknown")))

    def test_the_gate_stops_at_the_first_figure_within_the_limit(self):
        for figures, expected in (([5], 5), ([12, 11, 10], 10), ([12, 11, 13, 14], 11),
                                  ([None], None)):
            found = iter(figures)
            self.assertEqual(gate.smallest(lambda: next(found), 10, 4), expected)
            self.assertEqual(list(found), [])


class Record(unittest.TestCase):
    def test_a_round_is_a_line_and_nothing_else_changes(self):
        found = {"title": "x", "works": {"16": {"figures": [
            {"targets": [], "rounds": [{"ours": 1.5, "bare": 2}, {"ours": 3, "bare": 4}]}]}}}
        text = report.as_text(found)
        self.assertEqual(json.loads(text), found)
        for line in ('{ "ours": 1.5, "bare": 2 },', '{ "ours": 3, "bare": 4 }'):
            self.assertIn(line, [part.strip() for part in text.splitlines()])


class Chart(unittest.TestCase):
    def draw(self, *figures: Figure) -> ElementTree.Element:
        works = {"a": {"text": "<a> & b", "figures": [f.as_json() for f in figures]},
                 "b": {"text": "empty", "figures": []}}
        return ElementTree.fromstring(chart.draw({"title": "A & B", "works": works,
                                                  "machine": {"kernel": "<6>"}}))

    def test_it_is_well_formed_and_has_a_bar_for_each_client(self):
        root = self.draw(Figure("CPU", "µs", {"bare": 50, "ours": 100, "lost": None}))
        self.assertEqual(root.find(f"{SVG}title").text, "A & B")
        widths = [float(bar.get("width")) for bar in root.iter(f"{SVG}rect")]
        self.assertEqual(widths, [widths[1] / 2, widths[1], 0])

    def test_the_description_has_every_figure_and_target(self):
        root = self.draw(Figure("calls", "each", {"ours": 2.25}, targets=[Target(2.1)]))
        text = root.find(f"{SVG}desc").text
        self.assertIn("calls, each: ours 2.250. Target ≤ 2.1: 2.250.", text)
        self.assertEqual(root.find(f"{SVG}line").get("class"), "target missed")

    def test_what_was_not_measured_is_not_drawn(self):
        root = self.draw(Figure("calls", "each", {"ours": None}, targets=[Target(2)]))
        self.assertEqual(list(root.iter(f"{SVG}rect")), [])


if __name__ == "__main__":
    unittest.main()
