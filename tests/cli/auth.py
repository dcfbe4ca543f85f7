# SPDX-License-Identifier: MIT
"""Logins for servers: whence they come, where they go, and where they are never seen."""

import json
import unittest

from support.auth import Guarded, basic
from support.command import Case, events, jobs, kinds, run
from support.origin import Origin, answer, response

LOGIN = "me:s3cr:et"

# What may be seen nowhere.
SECRETS = (b"s3cr:et", basic(LOGIN)[6:].encode(), b"s3cr%3Aet")


class Auth(Case):
    def guard(self, *arguments, **options):
        origin = Guarded(*arguments or (LOGIN,), **options)
        self.addCleanup(origin.close)
        return origin

    def check_no_secret(self, *texts):
        for text in texts:
            for secret in SECRETS:
                self.assertNotIn(secret, text)


class Answers(Auth):
    def test_a_challenge_by_basic(self):
        origin = self.guard()
        done = run("-u", LOGIN, origin.url + "/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")
        self.assertEqual(origin.sent(), [None, basic(LOGIN)])

    def test_a_challenge_by_digest(self):
        origin = self.guard(LOGIN, "Digest")
        done = run("-u", LOGIN, origin.url + "/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")
        self.assertIsNone(origin.sent()[0])
        self.assertEqual(len(origin.requests), 2)

    def test_with_the_login_of_the_url(self):
        origin = self.guard()
        done = run(origin.url.replace("//", "//me:s3cr%3Aet@") + "/hello")
        self.assertEqual(done.stdout, b"hello\n")
        self.assertEqual(origin.sent(), [None, basic(LOGIN)])

    def test_with_what_u_says_rather_than_the_url(self):
        origin = self.guard()
        done = run("-u", LOGIN, origin.url.replace("//", "//he:his@") + "/hello")
        self.assertEqual(done.stdout, b"hello\n")

    def test_with_a_user_in_utf_8(self):
        origin = self.guard("J\u00fcrgen:\u20ac")
        self.assertEqual(run("-u", "J\u00fcrgen:\u20ac", origin.url + "/hello").stdout,
                         b"hello\n")

    def test_with_the_body_sent_again(self):
        origin = self.guard()
        body = self.path("body", bytes(range(256)) * 2000)
        for arguments in (["-d", "x=1"], ["-T", body]):
            done = run("-u", LOGIN, *arguments, origin.url + "/echo")
            self.check_quiet(done)
            sent = json.loads(done.stdout)["body"].encode("latin-1")
            self.assertEqual(sent, self.read("body") if "-T" in arguments else b"x=1")

    def test_each_send_anew(self):
        origin = self.guard()
        done = run("batch", stdin=jobs(*({"url": origin.url + "/hello", "user": "me",
                                          "password": "s3cr:et"} for _ in range(2))))
        self.assertEqual(kinds(done.stdout).count("received"), 2)
        self.assertEqual(origin.sent(), [None, basic(LOGIN)] * 2)


class Refusals(Auth):
    def test_are_the_response(self):
        origin = self.guard()
        done = run("-u", "me:wrong", origin.url + "/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"who are you?\n")
        self.assertEqual(origin.sent(), [None, basic("me:wrong")])

    def test_are_failures_for_f(self):
        self.check_line(run("-f", "-u", "me:wrong", self.guard().url), 22)

    def test_come_at_once_without_a_login(self):
        for arguments in ([], ["-u", ":"], ["-p", "NO_AUTH=1", "-u", LOGIN],
                          ["-p", "NO_AUTH=2", "-u", LOGIN]):
            origin = self.guard()
            done = run(*arguments, origin.url)
            self.check_quiet(done)
            self.assertEqual(done.stdout, b"who are you?\n")
            self.assertEqual(origin.sent(), [None])

    def test_of_a_body_that_cannot_be_sent_again(self):
        origin = self.guard()
        done = run("-u", LOGIN, "-T", "-", origin.url, stdin=b"x" * 300_000)
        self.assertEqual((done.returncode, done.stdout), (0, b"who are you?\n"))
        self.assertEqual(origin.sent(), [None])


class Batch(Auth):
    def test_has_a_login_for_each_job(self):
        origin = self.guard()
        done = run("batch", "-u", "other:one", stdin=jobs(
            {"id": 1, "url": origin.url + "/hello", "user": "me", "password": "s3cr:et"},
            {"id": 2, "url": origin.url + "/hello"},
            {"id": 3, "url": origin.url + "/hello", "user": "", "password": ""}))
        heads = {e["id"]: e["status"] for e in events(done.stdout)
                 if e["event"] == "headers"}
        self.assertEqual(heads, {1: 200, 2: 401, 3: 401})
        self.assertEqual(origin.sent(), [None, basic(LOGIN), None, basic("other:one"),
                                         None])


class Secrets(Auth):
    def test_are_shown_nowhere(self):
        for scheme in ("Basic", "Digest"):
            origin = self.guard(LOGIN, scheme)
            url = origin.url.replace("//", "//me:s3cr%3Aet@") + "/redirect"
            for arguments in (["-u", LOGIN, origin.url + "/hello"], [url]):
                done = run("-v", "--json", "--force", "--har", self.path("har"),
                           *arguments)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn(b'"status":200', done.stdout)
                self.check_no_secret(done.stdout, done.stderr, self.read("har"))

    def test_are_in_no_complaint(self):
        for url in ("http://me:s3cr:et@[::1", "ftp://me:s3cr:et@127.0.0.1/",
                    "http://me:s3cr%3Aet@127.0.0.1:1/", "me:s3cr:et@nowhere.invalid"):
            done = run("-v", url)
            self.assertIn(done.returncode, (3, 6, 7))
            self.check_no_secret(done.stdout, done.stderr)

    def test_are_in_no_complaint_where_they_should_have_been_encoded(self):
        for mark in "#/?\\":
            url = f"http://me:s3cr:et{mark}@127.0.0.1:1/"
            for arguments in ([url], [url[7:]], ["-x", url, "http://127.0.0.1:1/"]):
                done = run("-v", *arguments)
                self.check_no_secret(done.stdout, done.stderr)
                self.assertIn(done.returncode, (2, 3))

    def test_are_in_no_complaint_of_a_login_that_cannot_be(self):
        done = run("http://me:s3cr%3Aet%00@127.0.0.1:1/")
        self.check_line(done, 2)
        self.assertIn(b"the login of the URL", done.stderr)
        self.check_no_secret(done.stderr)

    def test_are_in_no_complaint_of_words(self):
        url = "http://me:s3cr:et@127.0.0.1:1/"
        for arguments in ([url, url], ["http://127.0.0.1:1/", url], ["batch", url]):
            done = run(*arguments)
            self.check_line(done, 2)
            self.check_no_secret(done.stderr)

    def test_are_in_no_complaint_of_a_job(self):
        for text in ('"password":"s3cr:et', '"password" "s3cr:et"', '"a":1 "s3cr:et"}',
                     '"password":"s3cr:et\\x"}'):
            done = run("batch", stdin=b"{" + text.encode() + b"\n")
            self.assertEqual(kinds(done.stdout), ["bad_job"])
            self.check_no_secret(done.stdout, done.stderr)

    def test_are_not_taken_for_what_has_none(self):
        for rest in ("/a@b", "/a:x@b", "/?q=a:x@b"):
            done = run("-x", "", "http://[::1]:1" + rest)
            self.assertIn(("http://[::1]:1" + rest).encode(), done.stderr)

    def test_do_not_go_to_another_origin(self):
        other = Origin()
        self.addCleanup(other.close)

        def away(connection, request):
            if request.path == "/away":
                connection.send(response("302 Found", b"",
                                         f"Location: {other.url}/hello"))
            else:
                answer(connection, request)

        origin = self.guard(LOGIN, handle=away)
        done = run("-u", LOGIN, origin.url + "/away")
        self.assertEqual(done.stdout, b"hello\n")
        self.assertEqual(origin.sent(), [None, basic(LOGIN)])
        self.assertIsNone(other.requests[0].field("Authorization"))


if __name__ == "__main__":
    unittest.main()
