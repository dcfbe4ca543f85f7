# SPDX-License-Identifier: MIT
"""A wrong command line: one clear line, exit status 2, nothing sent."""

import subprocess
import unittest

from support.command import COMMAND, Case, environment, run

URL = "http://127.0.0.1:1/"

# Arguments, and what the line says.
WRONG = [
    ([], "URL is missing"),
    ([URL, URL], "second URL"),
    (["--unknown", URL], "--unknown is no option"),
    (["-y", URL], "-y is no option"),
    (["-sy", URL], "-y is no option"),
    (["-o"], "-o needs a value"),
    (["--output"], "--output needs a value"),
    (["--output=", URL], "is empty"),
    (["--silent=yes", URL], "--silent takes no value"),
    (["-X", "", URL], "is empty"),
    (["-X", "TWO WORDS", URL], "method TWO WORDS is refused"),
    (["-X", "CONNECT", URL], "method CONNECT is refused"),
    (["-X", "TRACE", URL], "method TRACE is refused"),
    (["-H", "no colon", URL], "'no colon'"),
    (["-H", ": value", URL], "': value'"),
    (["-H", "Bad Name: x", URL], "'Bad Name' is refused"),
    (["-H", "Transfer-Encoding: chunked", URL], "'Transfer-Encoding' is refused"),
    (["-d", "x", "-T", "y", URL], "exclude each other"),
    (["-I", "-d", "x", URL], "-I has no body"),
    (["-o", "x", "-O", URL + "y"], "exclude each other"),
    (["-O", URL], "no file name"),
    (["-O", URL + "a/.."], "no file name"),
    (["-m", "soon", URL], "'soon'"),
    (["-m", "-1", URL], "'-1'"),
    (["-m", "nan", URL], "'nan'"),
    (["--timeout", "1.5", URL], "'1.5'"),
    (["--timeout", "4294967296", URL], "'4294967296'"),
    (["-p", "TIMEOUT", URL], "NAME=VALUE"),
    (["-p", "NO_SUCH=1", URL], "is no property"),
    (["-p", "TIMEOUT=much", URL], "no number"),
    (["-p", "IGNORE_CERT_ERRORS=2", URL], "IGNORE_CERT_ERRORS"),
    (["--connect-to", "", URL], "HOST:PORT:ADDRESS:PORT"),
    (["--connect-to", "nonsense", URL], "nonsense"),
    (["-x", "ftp://proxy/", URL], "--proxy: 'ftp://proxy/' is refused"),
    (["--cacert", "/nowhere/file", URL], "'/nowhere/file' No such file"),
    (["--client-cert", "00", URL], "--client-cert is no thumbprint"),
    (["-P", "2", URL], "for batch only"),
    (["--rate", "2", URL], "for batch only"),
    (["batch", URL], "not for batch"),
    (["batch", "-o", "x"], "not for batch"),
    (["batch", "-d", "x"], "not for batch"),
    (["batch", "-P", "0"], "'0'"),
    (["batch", "-P", "1.5"], "'1.5'"),
    (["batch", "-P", "many"], "'many'"),
    (["batch", "--rate", "0"], "'0'"),
    (["batch", "--rate", "-1"], "'-1'"),
    (["batch", "--rate", "inf"], "'inf'"),
    (["batch", "-P"], "-P needs a value"),
]


class Misuse(Case):
    def test_wrong_use_gives_one_line(self):
        for arguments, text in WRONG:
            with self.subTest(arguments=arguments):
                done = run(*arguments)
                self.check_line(done, 2)
                self.assertEqual(done.stdout, b"")
                self.assertIn(text, done.stderr.decode())

    def test_an_empty_url(self):
        self.check_line(run(""), 3)

    def test_a_password_cannot_be_asked_for_without_a_terminal(self):
        done = subprocess.run([COMMAND, "-u", "me", URL], capture_output=True, timeout=60,
                              stdin=subprocess.DEVNULL, start_new_session=True,
                              env=environment(), check=False)
        self.check_line(done, 2)
        self.assertIn(b"password", done.stderr)

    def test_a_url_after_two_dashes(self):
        self.check_line(run("-s", "--", "-v"), 6)


if __name__ == "__main__":
    unittest.main()
