# SPDX-License-Identifier: MIT
"""Content codings: what is decoded, and what is told of it."""

import gzip
import hashlib
import json
import unittest
import zlib

from support.command import Case, body_of, events, jobs, run
from support.origin import Origin, answer, response

TEXT = b"hello, " * 5000

GZIP = gzip.compress(TEXT)

# Bytes that gzip cannot make smaller.
DIGEST = hashlib.sha256(b"x").digest()


def _coded(coding, body, *fields):
    return response("200 OK", body, "Content-Type: text/plain",
                    f"Content-Encoding: {coding}", *fields)


_ANSWERS = {
    "/gzip": _coded("gzip", GZIP),
    "/deflate": _coded("deflate", zlib.compress(TEXT)),
    "/both": _coded("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
    "/grown": _coded("gzip", gzip.compress(DIGEST)),
    "/unknown": _coded("compress", b"as it comes"),
    "/cut": _coded("gzip", GZIP[:-1]),
    "/damaged": _coded("gzip", GZIP[:-5] + bytes(1) + GZIP[-4:]),
    "/404": response("404 Not Found", gzip.compress(b"not here\n"),
                     "Content-Encoding: gzip"),
}


def _answer(connection, request):
    known = _ANSWERS.get(request.path)
    if known is None:
        answer(connection, request)
    elif request.method == "HEAD":
        connection.send(known[:known.index(b"\r\n\r\n") + 4])
    else:
        connection.send(known)


class CodedCase(Case):
    """A test with an origin of coded bodies."""

    @classmethod
    def setUpClass(cls):
        cls.origin = Origin(_answer)
        cls.url = cls.origin.url


class Codings(CodedCase):
    def setUp(self):
        super().setUp()
        self.origin.requests.clear()

    def offered(self):
        """Accept-Encoding of each request, or None."""
        return [r.field("Accept-Encoding") for r in self.origin.requests]

    def test_are_offered_and_undone(self):
        for path in ("/gzip", "/deflate", "/both"):
            done = run(self.url + path)
            self.check_quiet(done)
            self.assertEqual(done.stdout, TEXT)
        self.assertEqual(self.offered(), ["gzip, deflate, br, zstd"] * 3)

    def test_are_left_alone_where_the_user_asks_for_them(self):
        for asked in ("Accept-Encoding: gzip", "accept-encoding: *;q=0",
                      "Accept-Encoding:"):
            done = run("-H", asked, self.url + "/gzip")
            self.check_quiet(done)
            self.assertEqual(done.stdout, GZIP)
        self.assertEqual(self.offered(), ["gzip", "*;q=0", None])

    def test_are_left_alone_without_default_headers(self):
        self.assertEqual(run("-p", "NO_DEFAULT_HEADERS=1", self.url + "/gzip").stdout,
                         GZIP)
        self.assertEqual(self.offered(), [None])

    def test_are_left_alone_when_they_are_not_known(self):
        done = run("-i", self.url + "/unknown")
        self.assertTrue(done.stdout.endswith(b"as it comes"))
        self.assertIn(b"Content-Encoding: compress\r\nContent-Length: 11\r\n", done.stdout)

    def test_are_not_asked_for_in_ranges(self):
        run("-H", "Range: bytes=0-9", self.url + "/echo")
        self.assertEqual(self.offered(), ["identity"])

    def test_are_not_among_the_headers_shown(self):
        done = run("-i", self.url + "/gzip")
        head, body = done.stdout.split(b"\r\n\r\n", 1)
        self.assertEqual(head, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain")
        self.assertEqual(body, TEXT)

    def test_stay_among_the_headers_of_head(self):
        done = run("-I", self.url + "/gzip")
        self.assertIn(b"Content-Encoding: gzip\r\n", done.stdout)
        self.assertIn(b"Content-Length: %d\r\n" % len(GZIP), done.stdout)

    def test_are_undone_in_a_file(self):
        self.check_quiet(run("-o", self.path("out"), self.url + "/both"))
        self.assertEqual(self.read("out"), TEXT)

    def test_that_are_broken_leave_no_file(self):
        for path in ("/cut", "/damaged"):
            done = run("-o", self.path("out"), self.url + path)
            self.check_line(done, 61)
            self.assertIn(b"coding", done.stderr)
            self.assertEqual(self.files(), [])

    def test_that_are_broken_end_with_a_status_of_their_own(self):
        for path in ("/cut", "/damaged"):
            self.check_line(run(self.url + path), 61)
            self.check_line(run("-p", "EXTENDED_ERROR=1", self.url + path), 61)

    def test_of_a_refused_status_are_no_matter(self):
        self.check_line(run("-f", self.url + "/404"), 22)
        self.assertEqual(run(self.url + "/404").stdout, b"not here\n")


class Events(CodedCase):
    def test_count_decoded_bytes(self):
        head, *data, received = events(run("--json", self.url + "/gzip").stdout)
        self.assertEqual(head["headers"], [["Content-Type", "text/plain"]])
        self.assertEqual(sum(e["bytes"] for e in data), len(TEXT))
        self.assertEqual(body_of(received), TEXT)
        self.assertEqual(received["bytes"], len(TEXT))
        self.assertEqual(received["sha256"], hashlib.sha256(TEXT).hexdigest())

    def test_tell_what_is_broken(self):
        done = run("--json", self.url + "/damaged")
        error = events(done.stdout)[-1]
        self.assertEqual((done.returncode, error["event"]), (61, "error"))
        self.assertEqual((error["hresult"], error["extended"], error["name"]),
                         ("0x800c0008", "0x80072f8f", "INET_E_DOWNLOAD_FAILURE"))

    def test_of_jobs_with_a_field_of_their_own(self):
        done = run("batch", stdin=jobs(
            {"id": 1, "url": self.url + "/gzip"},
            {"id": 2, "url": self.url + "/gzip", "headers": [["Accept-Encoding", "gzip"]]},
            {"id": 3, "url": self.url + "/gzip", "headers": [["Accept-Encoding", ""]]},
            {"id": 4, "url": self.url + "/gzip",
             "properties": {"NO_DEFAULT_HEADERS": True}},
            {"id": 5, "url": self.url + "/both"}))
        self.check_quiet(done)
        bodies = {e["id"]: body_of(e) for e in events(done.stdout)
                  if e["event"] == "received"}
        self.assertEqual(bodies, {1: TEXT, 2: GZIP, 3: GZIP, 4: GZIP, 5: TEXT})
        heads = {e["id"]: dict(e["headers"]) for e in events(done.stdout)
                 if e["event"] == "headers"}
        self.assertEqual([heads[i].get("Content-Encoding") for i in range(1, 6)],
                         [None, "gzip", "gzip", "gzip", None])

    def test_of_jobs_that_are_broken(self):
        done = run("batch", stdin=jobs({"id": 1, "url": self.url + "/cut"},
                                       {"id": 2, "url": self.url + "/gzip"}))
        self.check_quiet(done, 1)
        ends = [e["event"] for e in events(done.stdout)
                if e["event"] in ("received", "error")]
        self.assertEqual(ends, ["error", "received"])


class Har(CodedCase):
    """Sizes: of the content, and as the body came."""

    def record(self, *arguments, status=0):
        done = run(*arguments, "--force", "--har", self.path("har"))
        self.assertEqual(done.returncode, status, done.stderr)
        entry, = json.loads(self.read("har"))["log"]["entries"]
        return entry["response"]

    def test_has_both_sizes(self):
        told = self.record(self.url + "/gzip")
        self.assertEqual(told["content"], {"size": len(TEXT), "mimeType": "text/plain",
                                           "compression": len(TEXT) - len(GZIP)})
        self.assertEqual(told["bodySize"], len(GZIP))
        self.assertEqual(told["headers"],
                         [{"name": "Content-Type", "value": "text/plain"}])

    def test_has_a_body_that_grew(self):
        told = self.record(self.url + "/grown")
        grown = len(gzip.compress(DIGEST))
        self.assertEqual((told["content"]["size"], told["bodySize"]), (32, grown))
        self.assertEqual(told["content"]["compression"], 32 - grown)

    def test_has_one_size_of_what_is_not_decoded(self):
        for arguments in ([self.url + "/unknown"], [self.url + "/hello"],
                          ["-H", "Accept-Encoding: gzip", self.url + "/gzip"],
                          ["-I", self.url + "/gzip"], ["-f", self.url + "/500"]):
            told = self.record(*arguments, status=22 if "-f" in arguments else 0)
            self.assertEqual(told["content"]["size"], told["bodySize"])
            self.assertNotIn("compression", told["content"])

    def test_does_not_compare_what_is_broken(self):
        told = self.record(self.url + "/cut", status=61)
        self.assertEqual(told["bodySize"], len(GZIP) - 1)
        self.assertNotIn("compression", told["content"])
        self.assertIn("coding", told["_error"])


if __name__ == "__main__":
    unittest.main()
