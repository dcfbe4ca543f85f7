# SPDX-License-Identifier: MIT
"""Files: complete under their name, or not there."""

import os
import signal
import threading
import time
import unittest

from support.command import COMMAND, Case, run, start
from support.origin import Origin


class Output(Case):
    def test_goes_to_a_file(self):
        done = run("-o", self.path("out"), self.url + "/hello")
        self.check_quiet(done)
        self.assertEqual((done.stdout, self.read("out")), (b"", b"hello\n"))
        self.assertEqual(self.files(), ["out"])

    def test_has_the_mode_that_the_user_wants(self):
        previous = os.umask(0o027)
        self.addCleanup(os.umask, previous)
        run("-o", self.path("out"), self.url + "/hello")
        self.assertEqual(os.stat(self.path("out")).st_mode & 0o777, 0o640)

    def test_goes_to_a_file_named_as_in_the_url(self):
        self.check_quiet(run("-O", self.url + "/hello?a=/b#c/d", cwd=self.folder))
        self.assertEqual(self.read("hello"), b"hello\n")

    def test_may_have_a_name_as_long_as_names_can_be(self):
        name = "n" * 255
        self.check_quiet(run("-o", self.path(name), self.url + "/hello"))
        self.assertEqual(self.files(), [name])

    def test_may_be_empty(self):
        self.check_quiet(run("-o", self.path("out"), self.url + "/empty"))
        self.assertEqual(self.read("out"), b"")

    def test_begins_with_the_headers_when_asked(self):
        run("-i", "-o", self.path("out"), self.url + "/hello")
        self.assertTrue(self.read("out").startswith(b"HTTP/1.1 200 OK\r\n"))

    def test_goes_to_standard_output_for_a_dash(self):
        self.assertEqual(run("-o", "-", self.url + "/hello").stdout, b"hello\n")

    def test_goes_to_a_device(self):
        self.check_quiet(run("-o", "/dev/null", self.url + "/hello"))

    def test_does_not_replace_a_file(self):
        path = self.path("out", b"mine")
        asked = len(self.origin.requests)
        done = run("-o", path, self.url + "/hello")
        self.check_line(done, 23)
        self.assertEqual(self.read("out"), b"mine")
        self.assertEqual(len(self.origin.requests), asked)
        self.assertEqual(self.files(), ["out"])

    def test_replaces_a_file_by_force(self):
        path = self.path("out", b"mine, and longer")
        self.check_quiet(run("--force", "-o", path, self.url + "/hello"))
        self.assertEqual((self.read("out"), self.files()), (b"hello\n", ["out"]))

    def test_does_not_replace_a_file_that_appeared_meanwhile(self):
        go_on = threading.Event()

        def handle(connection, _):
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
            go_on.wait(60)
            connection.send(b"67890")

        origin = Origin(handle)
        self.addCleanup(origin.close)
        process = start("-o", self.path("out"), origin.url)
        while not self.files():
            time.sleep(0.01)
        self.path("out", b"mine")
        go_on.set()
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 23, said)
        self.assertEqual((self.read("out"), self.files()), (b"mine", ["out"]))

    def test_leaves_a_file_alone_when_it_fails_by_force(self):
        path = self.path("out", b"mine")
        self.check_line(run("--force", "-o", path, self.url + "/cut"), 18)
        self.assertEqual((self.read("out"), self.files()), (b"mine", ["out"]))

    def test_does_not_write_into_a_folder(self):
        self.check_line(run("--force", "-o", self.folder, self.url + "/hello"), 23)

    def test_needs_its_folder(self):
        self.check_line(run("-o", self.path("no/out"), self.url + "/hello"), 23)

    def test_is_not_there_after_a_failure(self):
        for arguments, status in ((["/cut"], 18), (["/404", "-f"], 22),
                                  (["/silence", "-m", "0.2"], 28)):
            done = run(self.url + arguments[0], *arguments[1:], "-o", self.path("out"))
            self.check_line(done, status)
            self.assertEqual(self.files(), [])

    def test_is_written_beside_and_removed_after_an_interrupt(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = start("-o", self.path("out"), self.url + "/slow?30")
            while not self.files():
                time.sleep(0.01)
            self.assertNotIn("out", self.files())
            process.send_signal(number)
            self.assertEqual(process.communicate(timeout=60), (b"", b""))
            self.assertEqual((process.returncode, self.files()), (130, []))

    def test_does_not_need_standard_output(self):
        process = start("-o", self.path("out"), self.url + "/slow?0.3")
        process.stdout.close()
        self.assertEqual(process.stderr.read(), b"")
        self.assertEqual(process.wait(60), 0)
        process.stdin.close()
        process.stderr.close()
        self.assertEqual(self.read("out"), b"1234567890")

    def test_is_not_mixed_with_a_closed_descriptor(self):
        status = os.system(f"'{COMMAND}' -o '{self.path('out')}' "
                           f"'{self.url}/hello' <&- >&- 2>&-")
        self.assertEqual((status, self.read("out")), (0, b"hello\n"))

    def test_fails_where_standard_output_is_closed(self):
        for words in ([], ["-i"], ["-I"], ["-o", "-"], ["--json"]):
            done = self.shell("exec \"$@\" >&-", *words, self.url + "/hello")
            self.check_line(done, 23)

    def test_fails_where_a_body_is_read_from_a_closed_descriptor(self):
        for words in (["-T", "-"], ["-d", "@-"]):
            done = self.shell("exec \"$@\" <&-", *words, self.url + "/echo")
            self.check_line(done, 26)


if __name__ == "__main__":
    unittest.main()
