# SPDX-License-Identifier: MIT
"""What only a terminal sees: the progress bar, and the question for a password."""

import os
import subprocess
import time
import unittest

from support.command import Case, jobs, run
from support.terminal import Terminal


class Progress(Case):
    def show(self, *arguments, **options):
        terminal = Terminal(arguments, **options)
        try:
            shown = terminal.read()
            self.assertEqual(terminal.process.wait(60), 0, shown)
        finally:
            terminal.close()
        return shown

    def test_is_not_shown_for_what_is_short(self):
        self.assertEqual(self.show(self.url + "/hello"), "")

    def test_is_shown_after_a_second_and_taken_away(self):
        begun = time.monotonic()
        shown = self.show(self.url + "/slow?1.6")
        elapsed_s = time.monotonic() - begun
        self.assertIn("50 %, 5 B of 10 B", shown)
        self.assertTrue(shown.endswith("\r"))
        self.assertEqual(shown.split("\r")[-2].strip(), "")
        self.assertLessEqual(shown.count("%"), 10 * elapsed_s)

    def test_is_not_shown_when_it_is_not_wanted(self):
        self.assertEqual(self.show("-s", self.url + "/slow?1.3"), "")

    def test_is_not_mixed_with_the_body(self):
        self.assertEqual(self.show(self.url + "/slow?1.3", stdout="terminal"),
                         "1234567890")

    def test_is_shown_at_once_when_asked_for(self):
        shown = self.show("-#", self.url + "/slow?0.3")
        self.assertIn("100 %, 10 B of 10 B", shown)
        self.assertTrue(shown.endswith("\n"))

    def test_is_one_line_of_any_terminal(self):
        for columns in (20, 40, 80, 132, 500):
            shown = self.show("-#", self.url + "/slow?0.2", columns=columns)
            for line in shown.replace("\n", "").split("\r"):
                self.assertLess(len(line), max(columns, 20))

    def test_of_an_upload(self):
        shown = self.show("-#", "-T", self.path("in", b"x" * 100_000), self.url + "/slow?0.3")
        self.assertIn("of 97.7 KiB", shown)

    def test_of_a_batch(self):
        with open(self.path("jobs", jobs(*({"url": self.url + "/slow?0.1"}
                                           for _ in range(3)), {})), "rb") as file:
            terminal = Terminal(["batch", "-#"], stdin=file)
            shown = terminal.read()
            terminal.close()
        self.assertIn("3 done, 1 failed, 0 running", shown)

    def test_may_go_to_a_file(self):
        done = run("-#", self.url + "/hello")
        self.assertEqual(done.stdout, b"hello\n")
        self.assertIn(b"100 %", done.stderr)


class Password(Case):
    def test_is_asked_for_without_showing_it(self):
        terminal = Terminal(["-u", "me", self.url + "/hello"], stdout="terminal")
        try:
            self.assertIn("Password for user 'me': ", terminal.read(b": "))
            while terminal.echoes():
                time.sleep(0.01)
            os.write(terminal.master, b"secret\n")
            shown = terminal.read()
            self.assertEqual(terminal.process.wait(60), 0)
            self.assertNotIn("secret", shown)
            self.assertIn("hello", shown)
            self.assertTrue(terminal.echoes())
        finally:
            terminal.close()

    def test_leaves_the_terminal_as_it_was_when_interrupted(self):
        terminal = Terminal(["-U", "me", self.url + "/hello"])
        try:
            self.assertIn("Password for proxy user 'me': ", terminal.read(b": "))
            while terminal.echoes():
                time.sleep(0.01)
            os.write(terminal.master, b"\x03")
            self.assertEqual(terminal.process.wait(60), 130)
            self.assertTrue(terminal.echoes())
        finally:
            terminal.close()


if __name__ == "__main__":
    unittest.main()
