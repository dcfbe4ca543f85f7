# SPDX-License-Identifier: MIT
"""--json: one event a line, every key in its place."""

import hashlib
import unittest

from support.command import Case, body_of, events, kinds, run

# The keys of each event, in order.
KEYS = {
    "redirect": ["event", "url"],
    "headers": ["event", "status", "reason", "http", "headers"],
    "data": ["event", "bytes"],
    "received": ["event", "bytes", "sha256", "body", "url", "time_ms"],
    "error": ["event", "hresult", "extended", "name", "text", "bytes", "time_ms"],
}


class Events(Case):
    def json(self, *arguments, status=0):
        done = run("--json", *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        told = events(done.stdout)
        for event in told:
            self.assertEqual(list(event), KEYS[event["event"]])
        return told

    def test_of_a_response(self):
        head, data, received = self.json(self.url + "/hello#part")
        self.assertEqual(head, {"event": "headers", "status": 200, "reason": "OK",
                                "http": "1.1", "headers": [
                                    ["Content-Type", "text/plain"],
                                    ["Content-Length", "6"]]})
        self.assertEqual(data, {"event": "data", "bytes": 6})
        self.assertEqual(body_of(received), b"hello\n")
        self.assertEqual(received["bytes"], 6)
        self.assertEqual(received["sha256"], hashlib.sha256(b"hello\n").hexdigest())
        self.assertEqual(received["url"], self.url + "/hello")
        self.assertGreater(received["time_ms"], 0)

    def test_of_a_redirect(self):
        told = self.json(self.url + "/twice")
        self.assertEqual([e["event"] for e in told],
                         ["redirect", "redirect", "headers", "data", "received"])
        self.assertEqual(told[0]["url"], self.url + "/redirect")
        self.assertEqual(told[-1]["url"], self.url + "/hello?x=1")

    def test_of_a_reported_redirect(self):
        told = self.json("-p", "REPORT_REDIRECT_STATUS=1", self.url + "/redirect")
        self.assertEqual([e["event"] for e in told],
                         ["headers", "redirect", "headers", "data", "received"])
        self.assertEqual(told[0]["status"], 302)

    def test_of_a_redirect_that_v_and_har_look_at(self):
        told = self.json("-v", "--har", self.path("har"), self.url + "/redirect")
        self.assertEqual([e["event"] for e in told],
                         ["redirect", "headers", "data", "received"])

    def test_of_a_redirect_that_is_not_followed(self):
        told = self.json("--no-follow", self.url + "/redirect")
        self.assertEqual([e["event"] for e in told], ["headers", "data", "received"])
        self.assertEqual(told[0]["status"], 302)

    def test_of_an_empty_body(self):
        told = self.json(self.url + "/empty")
        self.assertEqual([e["event"] for e in told], ["headers", "received"])
        self.assertEqual(told[1]["body"], "")
        self.assertEqual(told[1]["sha256"], hashlib.sha256(b"").hexdigest())

    def test_of_a_large_body(self):
        told = self.json(self.url + "/big?3000001")
        body = (bytes(range(256)) * 11719)[:3000001]
        self.assertEqual(body_of(told[-1]), body)
        self.assertEqual(sum(e["bytes"] for e in told if e["event"] == "data"), len(body))
        self.assertEqual(told[-1]["sha256"], hashlib.sha256(body).hexdigest())

    def test_of_an_error(self):
        told = self.json(self.url + "/cut", status=18)
        self.assertEqual([e["event"] for e in told], ["headers", "data", "error"])
        error = told[-1]
        self.assertEqual((error["hresult"], error["extended"], error["name"]),
                         ("0x800c0008", "0x80072efe", "INET_E_DOWNLOAD_FAILURE"))
        self.assertEqual(error["bytes"], 5)
        self.assertIn("127.0.0.1", error["text"])

    def test_of_an_extended_error(self):
        error, = self.json("-p", "EXTENDED_ERROR=1", "http://127.0.0.1:1/", status=7)
        self.assertEqual((error["hresult"], error["extended"]), ("0x80072efd",) * 2)

    def test_of_what_was_not_sent(self):
        error, = self.json("http://[", status=3)
        self.assertEqual((error["hresult"], error["name"]),
                         ("0x800c0002", "INET_E_INVALID_URL"))
        error, = self.json("ftp://x/", status=3)
        self.assertEqual((error["hresult"], error["name"]),
                         ("0x800c000d", "INET_E_UNKNOWN_PROTOCOL"))
        error, = self.json("-X", "TRACK", self.url, status=2)
        self.assertEqual((error["hresult"], error["name"]),
                         ("0x80070005", "E_ACCESSDENIED"))

    def test_of_too_much_time(self):
        error, = self.json("-m", "0.2", self.url + "/silence", status=28)
        self.assertEqual((error["hresult"], error["name"]), ("0x80004004", "E_ABORT"))

    def test_without_the_body(self):
        for arguments in (["--no-body"], ["-o", self.path("out")]):
            done = run("--json", *arguments, self.url + "/hello")
            received = events(done.stdout)[-1]
            self.assertNotIn("body", received)
            self.assertEqual((received["bytes"], received["sha256"]),
                             (6, hashlib.sha256(b"hello\n").hexdigest()))
        self.assertEqual(self.read("out"), b"hello\n")

    def test_of_a_refused_status(self):
        done = run("--json", "--fail", self.url + "/404")
        self.assertEqual(done.returncode, 22)
        told = events(done.stdout)
        self.assertEqual((told[0]["status"], told[-1]["event"]), (404, "received"))
        self.assertNotIn("body", told[-1])

    def test_with_a_threshold(self):
        never = self.json("-p", "ONDATA_THRESHOLD=NEVER", self.url + "/hello")
        self.assertEqual([e["event"] for e in never], ["headers", "received"])
        self.assertEqual(body_of(never[-1]), b"hello\n")
        some = self.json("-p", "ONDATA_THRESHOLD=100000", self.url + "/big?250000")
        data = [e["bytes"] for e in some if e["event"] == "data"]
        self.assertTrue(data and min(data) >= 100000, data)
        self.assertEqual(some[-1]["bytes"], 250000)

    def test_with_headers_that_are_not_utf8(self):
        head = self.json(self.url + "/latin")[0]
        self.assertEqual(head["headers"][0], ["X-Name", "caf\u00e9 \u00e9"])

    def test_of_head(self):
        self.assertEqual(kinds(run("--json", "-I", self.url + "/hello").stdout),
                         ["headers", "received"])


if __name__ == "__main__":
    unittest.main()
