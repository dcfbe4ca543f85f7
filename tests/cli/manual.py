# SPDX-License-Identifier: MIT
"""The manual page and --help know the same options, and the manual all that is told."""

import os
import re
import shutil
import subprocess
import unittest

from support.command import run

PAGE = os.path.join(os.path.dirname(__file__), "../../docs/man/ixhr2.1")


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(PAGE, encoding="utf-8") as file:
            cls.page = file.read()

    def test_has_the_options_of_help(self):
        shown = run("--help").stdout.decode()
        options = re.findall(r"^(?:-(.), |    )--([\w.-]+)", shown, re.M)
        letters = "".join(sorted(letter for letter, _ in options))
        listed = re.findall(r"^\.It Fl (?:(\S) , Fl )?-([\w.-]+)", self.page, re.M)
        self.assertEqual(sorted(name for _, name in options),
                         sorted(name for _, name in listed))
        self.assertEqual(letters, "".join(sorted(letter for letter, _ in listed)))

    def test_has_every_event(self):
        for name in ("redirect", "server_certificate", "client_certificate_requested",
                     "headers", "data", "received", "error", "bad_job"):
            self.assertIn(f".It Li {name}\n", self.page)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_is_well_formed(self):
        done = subprocess.run(["groff", "-mdoc", "-Tascii", "-ww", PAGE],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
