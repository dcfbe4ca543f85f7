#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of tools/steps.py: a small machine, and what is wrong with it."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools" / "steps.py"

NAMES = """enum request_step {
	REQUEST_BEGIN, /* it begins */
	REQUEST_GO,    /* it goes on */
	REQUEST_FAIL,  /* it fails */
	REQUEST_ENDED, /* it is over */
	REQUEST_STEP_COUNT,
};
"""
TABLE = """static const struct {
	unsigned next;
} steps[REQUEST_STEP_COUNT] = {
	[REQUEST_BEGIN] = {begin, TO(GO)},
	[REQUEST_GO] = {go,
			TO(GO) | TO(ENDED)},
	[REQUEST_FAIL] = {fail_now, TO(ENDED)},
	[REQUEST_ENDED] = {ended, 0},
};
"""
MARKS = ("<!-- steps: drawn by tools/steps.py from src/engine/request_steps.c -->",
         "<!-- end of steps -->")
DOCUMENT = f"# Before\n\n{MARKS[0]}\nold\n{MARKS[1]}\n\nBehind.\n"


class StepsTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("src/engine/request_inside.h", NAMES)
        self.write("src/engine/request_steps.c", TABLE)
        self.write("docs/request.md", DOCUMENT)

    def write(self, path, text):
        file = Path(self.folder.name, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def document(self):
        return Path(self.folder.name, "docs/request.md").read_text(encoding="utf-8")

    def run_tool(self, *arguments):
        done = subprocess.run([sys.executable, TOOL, *arguments, self.folder.name],
                              capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def assert_unreadable(self, text):
        status, output = self.run_tool()
        self.assertEqual(status, 2, output)
        self.assertIn(text, output)
        self.assertEqual(self.document(), DOCUMENT)

    def test_the_table_is_drawn_between_the_marks(self):
        self.assertEqual(self.run_tool(), (0, ""))
        document = self.document()
        for line in ("    [*] --> BEGIN", "    BEGIN --> GO", "    GO --> GO",
                     "    GO --> ENDED", "    ENDED --> [*]",
                     "| `GO` | it goes on | `GO` `ENDED` |", "| `ENDED` | it is over | nothing |"):
            self.assertIn(line + "\n", document)
        self.assertTrue(document.startswith("# Before\n\n" + MARKS[0]))
        self.assertTrue(document.endswith(MARKS[1] + "\n\nBehind.\n"))
        self.assertNotIn("old", document)

    def test_drawing_again_changes_nothing(self):
        self.run_tool()
        document = self.document()
        self.assertEqual(self.run_tool(), (0, ""))
        self.assertEqual(self.document(), document)

    def test_a_document_out_of_date_is_told_and_left(self):
        status, output = self.run_tool("--check")
        self.assertEqual((status, self.document()), (1, DOCUMENT))
        self.assertIn("docs/request.md is out of date", output)

    def test_a_document_up_to_date_is_good(self):
        self.run_tool()
        self.assertEqual(self.run_tool("--check"), (0, ""))

    def test_a_changed_table_is_noticed(self):
        self.run_tool()
        self.write("src/engine/request_steps.c", TABLE.replace("{begin, TO(GO)}",
                                                               "{begin, TO(GO) | TO(ENDED)}"))
        self.assertEqual(self.run_tool("--check")[0], 1)

    def test_a_changed_comment_is_noticed(self):
        self.run_tool()
        self.write("src/engine/request_inside.h", NAMES.replace("goes on", "waits"))
        self.assertEqual(self.run_tool("--check")[0], 1)

    def test_a_step_without_a_row(self):
        self.write("src/engine/request_steps.c",
                   TABLE.replace("\t[REQUEST_GO] = {go,\n\t\t\tTO(GO) | TO(ENDED)},\n", ""))
        self.assert_unreadable("no row for REQUEST_GO")

    def test_a_row_without_a_comment(self):
        self.write("src/engine/request_inside.h", NAMES.replace(" /* it fails */", ""))
        self.assert_unreadable("no comment beside REQUEST_FAIL")

    def test_a_way_to_nowhere(self):
        self.write("src/engine/request_steps.c", TABLE.replace("TO(GO) |", "TO(AWAY) |"))
        self.assert_unreadable("TO(AWAY) is no step")

    def test_a_step_that_cannot_be_reached(self):
        self.write("src/engine/request_steps.c", TABLE.replace("{begin, TO(GO)}",
                                                               "{begin, TO(ENDED)}"))
        self.assert_unreadable("no way leads to GO")

    def test_no_table_no_marks(self):
        self.write("src/engine/request_steps.c", "")
        self.assert_unreadable("no table of steps")
        self.setUp()
        Path(self.folder.name, "docs/request.md").write_text("# Before\n", encoding="utf-8")
        self.assertEqual(self.run_tool()[0], 2)

    def test_the_project_s_own_document_is_true(self):
        done = subprocess.run([sys.executable, TOOL, "--check"], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
