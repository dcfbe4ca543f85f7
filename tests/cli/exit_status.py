# SPDX-License-Identifier: MIT
"""How the command ends: its status, and one line on standard error."""

import subprocess
import unittest

from support.command import COMMAND, Case, environment, run


class ExitStatus(Case):
    def check(self, status, *arguments):
        with self.subTest(arguments=arguments):
            self.check_line(run(*arguments), status)

    def test_of_urls_that_cannot_be_used(self):
        for url in ("http://", "http://[::1", "http://exa mple/", "ftp://127.0.0.1/",
                    "http://127.0.0.1:99999/", "file:///etc/passwd", "not a url"):
            self.check(3, url)

    def test_of_a_name_that_is_not_resolved(self):
        self.check(6, "http://nowhere.invalid/")

    def test_of_a_refused_connection(self):
        self.check(7, "http://127.0.0.1:1/")

    def test_of_an_answer_that_is_not_http(self):
        self.check(8, self.url + "/nonsense")

    def test_of_a_body_that_ended_early(self):
        self.check(18, self.url + "/cut")

    def test_of_a_head_that_ended_early(self):
        done = run(self.url + "/half")
        self.assertIn(done.returncode, (18, 52))

    def test_of_no_answer(self):
        self.check(52, self.url + "/nothing")

    def test_of_a_reset(self):
        self.check(56, self.url + "/reset")

    def test_of_too_many_redirects(self):
        self.check(47, self.url + "/loop")

    def test_of_a_redirect_to_another_scheme(self):
        self.check(47, self.url + "/away")

    def test_of_a_dead_end_behind_a_redirect(self):
        self.check(7, self.url + "/dead")

    def test_of_too_much_time(self):
        self.check(28, "-m", "0.3", self.url + "/silence")
        self.check(28, "-m", "0.3", self.url + "/slow?30")

    def test_of_too_long_a_wait(self):
        self.check(28, "--timeout", "300", self.url + "/silence")
        self.check(28, "-p", "TIMEOUT=300", self.url + "/silence")

    def test_of_a_time_that_suffices(self):
        self.check_quiet(run("-m", "30", "--timeout", "30000", self.url + "/slow?0.1"))

    def test_of_an_unreadable_body(self):
        self.check(26, "-T", self.path("missing"), self.url)
        self.check(26, "-T", self.folder, self.url)
        self.check(26, "-d", "@" + self.path("missing"), self.url)

    def test_of_a_full_standard_output(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, self.url + "/hello"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=60, env=environment(),
                                  check=False)
        self.check_line(done, 23)

    def test_of_a_reader_that_went_away(self):
        process = subprocess.Popen([COMMAND, self.url + "/big?50000000"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment())
        process.stdout.read(1000)
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.wait(60), 23)
        process.stderr.close()


if __name__ == "__main__":
    unittest.main()
