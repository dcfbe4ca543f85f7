# SPDX-License-Identifier: MIT
"""What only a terminal sees: the progress bar, and the questions for a password and for a
login."""

import os
import subprocess
import time
import unittest

from support.auth import Guarded, basic
from support.command import Case, jobs, run
from support.proxy import Proxy, Socks
from support.terminal import Terminal
from support.tls import TlsOrigin, pki


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
        elapsed_s = 1
        while elapsed_s >= 1:  # on a machine that makes it long
            begun = time.monotonic()
            shown = self.show(self.url + "/hello")
            elapsed_s = time.monotonic() - begun
        self.assertEqual(shown, "")

    def test_is_shown_after_a_second_and_taken_away(self):
        begun = time.monotonic()
        shown = self.show(self.url + "/slow?4")
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
            terminal.wait_hidden()
            os.write(terminal.master, b"secret\n")
            shown = terminal.read()
            self.assertEqual(terminal.process.wait(60), 0)
            self.assertNotIn("secret", shown)
            self.assertIn("hello", shown)
            self.assertTrue(terminal.echoes())
        finally:
            terminal.close()

    def test_cannot_be_left_with_echo_off(self):
        terminal = Terminal(["-u", "me", self.url + "/hello"])
        try:
            terminal.read(b": ")
            terminal.wait_hidden()
            os.write(terminal.master, b"\x1c\x1asecret\n")
            self.assertEqual(terminal.process.wait(60), 0)
            self.assertTrue(terminal.echoes())
        finally:
            terminal.close()

    def test_leaves_the_terminal_as_it_was_when_interrupted(self):
        terminal = Terminal(["-U", "me", self.url + "/hello"])
        try:
            self.assertIn("Password for proxy user 'me': ", terminal.read(b": "))
            terminal.wait_hidden()
            os.write(terminal.master, b"\x03")
            self.assertEqual(terminal.process.wait(60), 130)
            self.assertTrue(terminal.echoes())
        finally:
            terminal.close()


class Prompt(Case):
    """What is asked when a server or a proxy wants a login."""

    def setUp(self):
        super().setUp()
        self.guard = Guarded("me:secret", realm="Staff\xc2\x9b31m")
        self.addCleanup(self.guard.close)
        self.question = f"User for 127.0.0.1:{self.guard.port} (Basic, Staff"

    def begin(self, *arguments, **options):
        terminal = Terminal(arguments, stdout="terminal", **options)
        self.addCleanup(terminal.close)
        return terminal

    def answer(self, terminal, user, password):
        shown = terminal.read(b"): ")
        terminal.write(user + "\n")
        shown += terminal.read(b"Password: ")
        terminal.wait_hidden()
        terminal.write(password + "\n")
        return shown

    def end(self, terminal, status=0):
        shown = terminal.read()
        self.assertEqual(terminal.process.wait(60), status, shown)
        self.assertTrue(terminal.echoes())
        return shown

    def check_not_asked(self, *arguments, body="who are you?", **options):
        shown = self.end(self.begin(*arguments, **options))
        self.assertNotIn("User for", shown)
        self.assertIn(body, shown)

    def test_is_answered(self):
        terminal = self.begin(self.guard.url + "/hello")
        shown = self.answer(terminal, "me", "secret")
        self.assertIn(self.question, shown)
        self.assertNotIn("\u009b", shown)
        shown += self.end(terminal)
        self.assertIn("hello", shown)
        self.assertNotIn("secret", shown)
        self.assertEqual(self.guard.sent(), [None, basic("me:secret")])

    def test_has_no_room_for_lines_of_a_server(self):
        guard = Guarded("me:secret", realm="Staff" + " " * 5000 + "Password: ")
        self.addCleanup(guard.close)
        terminal = self.begin(guard.url + "/hello")
        shown = self.answer(terminal, "me", "secret")
        self.assertIn("(Basic, Staff" + " " * 59 + "...): ", shown)
        self.assertIn("hello", self.end(terminal))

    def test_comes_again_when_the_answer_was_wrong(self):
        terminal = self.begin(self.guard.url + "/hello")
        self.answer(terminal, "me", "wrong")
        self.assertIn("That was refused.", self.answer(terminal, "me", "secret"))
        self.assertIn("hello", self.end(terminal))

    def test_may_be_left_unanswered(self):
        for answer in ("\n", "\x04"):
            terminal = self.begin(self.guard.url + "/hello")
            terminal.read(b"): ")
            terminal.write(answer)
            self.assertIn("who are you?", self.end(terminal))

    def test_may_be_interrupted(self):
        terminal = self.begin(self.guard.url + "/hello")
        terminal.read(b"): ")
        terminal.write("\x03")
        self.end(terminal, 130)
        terminal = self.begin(self.guard.url + "/hello")
        terminal.read(b"): ")
        terminal.write("me\n")
        terminal.read(b"Password: ")
        terminal.wait_hidden()
        terminal.write("\x03")
        self.end(terminal, 130)

    def test_ends_when_time_is_up(self):
        terminal = self.begin("-m", "2", self.guard.url + "/hello")
        self.assertIn(self.question, terminal.read(b"): "))
        self.end(terminal, 28)

    def test_does_not_come_where_it_is_not_wanted(self):
        url = self.guard.url + "/hello"
        self.check_not_asked("-p", "NO_CRED_PROMPT=1", url)
        self.check_not_asked("-p", "NO_CRED_PROMPT=2", url)
        self.check_not_asked("-p", "NO_AUTH=1", url)

    def test_does_not_come_when_a_login_was_given(self):
        self.check_not_asked("-u", "me:wrong", self.guard.url + "/hello")
        self.check_not_asked(self.guard.url.replace("//", "//me:wrong@") + "/hello")

    def test_does_not_come_in_a_batch(self):
        with open(self.path("jobs", jobs({"url": self.guard.url})), "rb") as file:
            self.check_not_asked("batch", stdin=file, body='"status":401')

    def test_does_not_come_without_a_terminal(self):
        self.check_not_asked(self.guard.url + "/hello", stderr=subprocess.DEVNULL)

    def test_for_a_proxy(self):
        proxy = Proxy("me:secret")
        self.addCleanup(proxy.close)
        terminal = self.begin("-p", "NO_CRED_PROMPT=2", "-x", proxy.url,
                              self.url + "/hello")
        shown = self.answer(terminal, "me", "secret")
        self.assertIn(f"User for proxy 127.0.0.1:{proxy.port} (Basic, Gate): ", shown)
        self.assertIn("hello", self.end(terminal))
        self.check_not_asked("-p", "NO_CRED_PROMPT=1", "-x", proxy.url, self.url,
                             body="pay first")
        self.check_not_asked("-U", "me:wrong", "-x", proxy.url, self.url,
                             body="pay first")

    def test_for_a_tunnel(self):
        proxy, server = Proxy("me:secret"), TlsOrigin()
        self.addCleanup(proxy.close)
        self.addCleanup(server.close)
        arguments = ["-x", proxy.url, "--cacert", pki("root.pem"), server.url + "/hello"]
        terminal = self.begin(*arguments)
        self.assertIn("User for proxy", self.answer(terminal, "me", "secret"))
        self.assertIn("hello", self.end(terminal))
        terminal = self.begin(*arguments)
        terminal.read(b"): ")
        terminal.write("\n")
        self.assertIn("407", self.end(terminal, 7))

    def test_for_a_socks_proxy(self):
        proxy = Socks("me:secret")
        self.addCleanup(proxy.close)
        terminal = self.begin("-x", f"socks5h://127.0.0.1:{proxy.port}",
                              self.url + "/hello")
        self.assertIn(f"User for proxy 127.0.0.1:{proxy.port}: ", terminal.read(b": "))
        terminal.write("me\n")
        terminal.read(b"Password: ")
        terminal.wait_hidden()
        terminal.write("secret\n")
        self.assertIn("hello", self.end(terminal))

    def test_comes_three_times_at_most(self):
        terminal = self.begin(self.guard.url + "/hello")
        for _ in range(3):
            self.answer(terminal, "me", "wrong")
        self.assertIn("who are you?", self.end(terminal))

    def test_takes_the_progress_bar_away(self):
        terminal = self.begin("-#", self.guard.url + "/hello")
        shown = self.answer(terminal, "me", "secret")
        before = shown[:shown.index(self.question)]
        self.assertRegex(before, r"(\A|\r *\r?)\Z")
        self.assertIn("hello", self.end(terminal))


if __name__ == "__main__":
    unittest.main()
