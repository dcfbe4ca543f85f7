# SPDX-License-Identifier: MIT
"""--har: HAR 1.2 of every exchange."""

import datetime
import json
import unittest

from support.command import Case, jobs, run


class Har(Case):
    def record(self, *arguments, status=0, stdin=b""):
        done = run(*arguments, "--force", "--har", self.path("har"), stdin=stdin)
        self.assertEqual(done.returncode, status, done.stderr)
        log = json.loads(self.read("har"))["log"]
        self.assertEqual((log["version"], log["creator"]["name"]), ("1.2", "ixhr2"))
        for entry in log["entries"]:
            self.check_entry(entry)
        return log["entries"]

    def check_entry(self, entry):
        """What the format demands of every entry."""
        datetime.datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00"))
        timings = entry["timings"]
        for name in ("send", "wait", "receive"):
            self.assertGreaterEqual(timings[name], 0)
        spent = sum(v for k, v in timings.items() if v > 0 and k != "ssl")
        self.assertAlmostEqual(entry["time"], spent, delta=0.01)
        self.assertEqual(entry["cache"], {})
        for key in ("method", "url", "httpVersion", "cookies", "headers", "queryString",
                    "headersSize", "bodySize"):
            self.assertIn(key, entry["request"])
        for key in ("status", "statusText", "httpVersion", "cookies", "headers",
                    "content", "redirectURL", "headersSize", "bodySize"):
            self.assertIn(key, entry["response"])

    def test_of_one_exchange(self):
        entry, = self.record(self.url + "/hello?a=1&b")
        request, answer = entry["request"], entry["response"]
        self.assertEqual((request["method"], request["url"], request["httpVersion"]),
                         ("GET", self.url + "/hello?a=1&b", "HTTP/1.1"))
        self.assertEqual(request["queryString"], [{"name": "a", "value": "1"},
                                                  {"name": "b", "value": ""}])
        self.assertIn({"name": "Accept", "value": "*/*"}, request["headers"])
        self.assertEqual((answer["status"], answer["statusText"], answer["httpVersion"]),
                         (200, "OK", "HTTP/1.1"))
        self.assertEqual(answer["content"], {"size": 6, "mimeType": "text/plain"})
        self.assertEqual(entry["serverIPAddress"], "127.0.0.1")
        self.assertGreaterEqual(entry["timings"]["connect"], 0)

    def test_of_redirects(self):
        entries = self.record(self.url + "/twice")
        self.assertEqual([e["response"]["status"] for e in entries], [301, 302, 200])
        self.assertEqual(entries[0]["response"]["redirectURL"], "/redirect")
        self.assertEqual([e["request"]["url"][len(self.url):] for e in entries],
                         ["/twice", "/redirect", "/hello?x=1"])
        self.assertEqual(entries[1]["timings"]["connect"], -1)

    def test_of_a_redirect_that_is_the_response(self):
        entry, = self.record("--no-follow", self.url + "/redirect")
        self.assertEqual(entry["response"]["content"]["size"], 10)

    def test_of_a_post(self):
        entry, = self.record("-d", "a=\u00e4", self.url + "/echo")
        self.assertEqual(entry["request"]["postData"],
                         {"mimeType": "application/x-www-form-urlencoded", "params": [],
                          "text": "a=\u00e4"})
        self.assertEqual(entry["request"]["bodySize"], 4)

    def test_of_cookies_without_credentials(self):
        entry, = self.record("-H", "Cookie: x=1; y=2", "-H", "Authorization: Bearer abc",
                             self.url + "/cookies")
        self.assertEqual(entry["request"]["cookies"], [{"name": "x", "value": "1"},
                                                       {"name": "y", "value": "2"}])
        self.assertEqual(entry["response"]["cookies"], [{"name": "a", "value": "1"},
                                                        {"name": "b", "value": "2"}])
        self.assertNotIn(b"abc", self.read("har"))

    def test_of_failures(self):
        entry, = self.record("http://127.0.0.1:1/", status=7)
        self.assertEqual(entry["response"]["status"], 0)
        self.assertIn("_error", entry["response"])
        entries = self.record(self.url + "/dead", status=7)
        self.assertEqual([e["response"]["status"] for e in entries], [302, 0])
        entry, = self.record(self.url + "/cut", status=18)
        self.assertEqual((entry["response"]["status"],
                          entry["response"]["content"]["size"]), (200, 5))

    def test_of_a_batch(self):
        entries = self.record("batch", "-P", "8", stdin=jobs(
            *({"id": i, "url": f"{self.url}/echo?{i}"} for i in range(50))))
        self.assertEqual(sorted(int(e["request"]["url"].split("?")[1]) for e in entries),
                         list(range(50)))

    def test_of_nothing(self):
        self.assertEqual(self.record("batch"), [])

    def test_does_not_replace_a_file(self):
        done = run("--har", self.path("har", b"mine"), self.url + "/hello")
        self.check_line(done, 23)
        self.assertEqual(self.read("har"), b"mine")


if __name__ == "__main__":
    unittest.main()
