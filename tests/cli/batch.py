# SPDX-License-Identifier: MIT
"""batch: jobs in, events out."""

import base64
import hashlib
import json
import subprocess
import threading
import time
import unittest

from support.command import (COMMAND, SANITIZED, Case, body_of, environment, events, jobs,
                             run, start)
from support.origin import Origin, response


def of_job(told, name):
    return [e for e in told if e["id"] == name]


class Jobs(Case):
    def batch(self, *wanted, options=(), status=0):
        done = run("batch", *options, stdin=jobs(*wanted))
        self.assertEqual((done.returncode, done.stderr), (status, b""))
        for line in done.stdout.splitlines():
            self.assertTrue(line.startswith(b'{"id":'), line)
        return events(done.stdout)

    def echo(self, **job):
        told = self.batch({"url": self.url + "/echo", **job})
        return json.loads(body_of(told[-1]))

    def test_need_a_url_only(self):
        told = self.batch({"url": self.url + "/hello"})
        self.assertEqual([e["event"] for e in told], ["headers", "data", "received"])
        self.assertEqual([e["id"] for e in told], [None] * 3)
        self.assertEqual(list(told[0])[:2], ["id", "event"])

    def test_have_an_id_of_any_kind(self):
        for name in ("a", 7, -1.5, True, None, ["x", {"y": [1]}], {"b": 1, "a": 2}, "",
                     "\u00e4\n\"\u2028\U0001f600", 12345678901234567890123):
            told = self.batch({"id": name, "url": self.url + "/empty"})
            self.assertEqual([e["id"] for e in told], [name] * 2)

    def test_keep_the_id_as_it_was_written(self):
        for name in (b"1.50", b"18446744073709551615", b'{"id": [ "\\"}", {} ]}', b"-0"):
            line = b'{ "x":1, "id" : 5, "url":"u", "id" : %s }\n' % name
            told = run("batch", stdin=line.replace(b'"x":1, ', b"")).stdout
            self.assertTrue(told.startswith(b'{"id":' + name + b',"event"'), told)
            told = run("batch", stdin=line).stdout
            self.assertTrue(told.startswith(b'{"id":' + name + b',"event":"bad_'), told)
        told = run("batch", stdin=b'{"\\u0069d":[1],"url":""}').stdout
        self.assertTrue(told.startswith(b'{"id":[1],"event":"error"'), told)

    def test_come_one_after_another(self):
        told = self.batch(*({"id": i, "url": self.url + "/hello"} for i in range(30)))
        self.assertEqual([(e["id"], e["event"]) for e in told],
                         [(i, k) for i in range(30)
                          for k in ("headers", "data", "received")])

    def test_do_not_begin_before_the_one_before_has_ended(self):
        running, overlaps = [0], []

        def handle(connection, _):
            running[0] += 1
            overlaps.append(running[0])
            time.sleep(0.02)
            running[0] -= 1
            connection.send(response("200 OK"))

        origin = Origin(handle)
        self.addCleanup(origin.close)
        self.batch(*({"id": i, "url": origin.url} for i in range(10)))
        self.assertEqual(overlaps, [1] * 10)

    def test_run_side_by_side_up_to_a_number(self):
        lock, running, most = threading.Lock(), [0], [0]
        full = threading.Event()

        def handle(connection, _):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
                if running[0] == 5:
                    full.set()
            full.wait(60)
            time.sleep(0.1)
            with lock:
                running[0] -= 1
            connection.send(response("200 OK"))

        origin = Origin(handle)
        self.addCleanup(origin.close)
        self.batch(*({"id": i, "url": origin.url} for i in range(20)), options=["-P", "5"])
        self.assertEqual(most[0], 5)

    def test_share_connections(self):
        ports = set()

        def handle(connection, _):
            ports.add(connection.sock.getpeername())
            connection.send(response("200 OK"))

        origin = Origin(handle)
        self.addCleanup(origin.close)
        self.batch(*({"id": i, "url": origin.url} for i in range(10)))
        self.assertEqual(len(ports), 1)

    def test_begin_no_faster_than_the_rate(self):
        begun = time.monotonic()
        self.batch(*({"id": i, "url": self.url + "/empty"} for i in range(6)),
                   options=["--rate", "20", "-P", "6"])
        self.assertGreaterEqual(time.monotonic() - begun, 0.25)

    def test_send_what_they_say(self):
        told = self.echo(method="REPORT", headers=[["X-A", "1"], ["X-A", "2"],
                                                   ["User-Agent", ""], ["Accept", None]],
                         body=base64.b64encode(b"\0\1body").decode())
        self.assertEqual((told["method"], told["body"]), ("REPORT", "\0\1body"))
        names = dict(told["fields"])
        self.assertEqual(names["X-A"], "1, 2")
        self.assertNotIn("User-Agent", names)
        self.assertNotIn("Accept", names)

    def test_have_a_method_that_fits_the_body(self):
        self.assertEqual(self.echo(body="")["method"], "POST")
        path = self.path("in", b"content")
        told = self.echo(body_file=path)
        self.assertEqual((told["method"], told["body"]), ("PUT", "content"))

    def test_have_a_body_of_a_length(self):
        told = self.echo(body=base64.b64encode(b"0123456789").decode(), length=4)
        self.assertEqual(told["body"], "0123")
        told = self.echo(body_file=self.path("in", b"0123456789"), length=-1)
        self.assertEqual(told["body"], "0123456789")
        self.assertEqual(dict(told["fields"])["Transfer-Encoding"], "chunked")

    def test_fail_when_the_body_is_shorter_than_its_length(self):
        told = self.batch({"id": 1, "url": self.url + "/echo", "body": "eA==",
                           "length": 5}, status=1)
        self.assertEqual((told[-1]["event"], told[-1]["hresult"]),
                         ("error", "0x8003001e"))

    def test_fail_when_a_length_has_no_body(self):
        told = self.batch({"method": "PUT", "url": self.url, "length": 5}, status=1)
        self.assertEqual(told[-1]["hresult"], "0x80070057")

    def test_set_properties(self):
        told = self.echo(properties={"NO_DEFAULT_HEADERS": True, "TIMEOUT": 5000,
                                     "ONDATA_THRESHOLD": -1, "IGNORE_CERT_ERRORS": "0x100"})
        self.assertEqual([n for n, _ in told["fields"]], ["Host"])

    def test_fail_alone_by_a_timeout(self):
        told = self.batch({"id": "slow", "url": self.url + "/silence",
                           "properties": {"TIMEOUT": 200}},
                          {"id": "fast", "url": self.url + "/hello"}, status=1)
        self.assertEqual(of_job(told, "slow")[-1]["name"], "INET_E_CONNECTION_TIMEOUT")
        self.assertEqual(of_job(told, "fast")[-1]["event"], "received")

    def test_write_files(self):
        told = self.batch({"id": 1, "url": self.url + "/hello",
                           "output": self.path("out")})
        self.assertEqual(self.read("out"), b"hello\n")
        self.assertNotIn("body", told[-1])
        self.assertEqual(told[-1]["sha256"], hashlib.sha256(b"hello\n").hexdigest())

    def test_do_not_replace_files(self):
        path = self.path("out", b"mine")
        told = self.batch({"url": self.url + "/hello", "output": path}, status=1)
        self.assertEqual((told[-1]["name"], self.read("out")),
                         ("STG_E_FILEALREADYEXISTS", b"mine"))
        self.batch({"url": self.url + "/hello", "output": path}, options=["--force"])
        self.assertEqual(self.read("out"), b"hello\n")

    def test_abort_where_they_say(self):
        for at, kinds in (("redirect", ["redirect", "error"]),
                          ("headers", ["redirect", "headers", "error"]),
                          ("data", ["redirect", "headers", "data", "error"])):
            told = self.batch({"url": self.url + "/redirect", "abort_on": at}, status=1)
            self.assertEqual([e["event"] for e in told], kinds)
            self.assertEqual((told[-1]["hresult"], told[-1]["name"]),
                             ("0x80004004", "E_ABORT"))

    def test_begin_with_what_the_command_line_says(self):
        told = self.batch({"url": self.url + "/echo", "headers": [["x-b", "3"]]},
                          options=["-H", "X-A: 1", "-H", "X-B: 2", "-X", "OPTIONS"])
        told = json.loads(body_of(told[-1]))
        names = dict(told["fields"])
        self.assertEqual((told["method"], names["X-A"], names["x-b"]),
                         ("OPTIONS", "1", "3"))
        self.assertNotIn("X-B", names)

    def test_leave_bodies_out(self):
        told = self.batch({"url": self.url + "/hello"}, options=["--no-body"])
        self.assertNotIn("body", told[-1])

    def test_are_limited_in_time(self):
        told = self.batch({"id": 1, "url": self.url + "/silence"},
                          {"id": 2, "url": self.url + "/hello"},
                          options=["-m", "3"], status=1)
        self.assertEqual((told[0]["name"], told[-1]["event"]), ("E_ABORT", "received"))

    def test_count_an_error_page_as_a_response_unless_told_otherwise(self):
        self.batch({"url": self.url + "/404"})
        told = self.batch({"url": self.url + "/404"}, options=["-f"], status=1)
        self.assertEqual(told[-1]["event"], "received")
        self.assertNotIn("body", told[-1])

    def test_that_the_library_refuses_are_errors(self):
        for job, hresult in (({"url": "nonsense"}, "0x800c0002"),
                             ({"url": ""}, "0x800c0002"),
                             ({"url": "ftp://x/"}, "0x800c000d"),
                             ({"url": self.url, "method": "CONNECT"}, "0x80070005"),
                             ({"url": self.url, "method": "A B"}, "0x80070057"),
                             ({"url": self.url, "headers": [["TE", "x"]]}, "0x80070005"),
                             ({"url": self.url, "headers": [["X", "a\nb"]]}, "0x80070057"),
                             ({"url": self.url,
                               "properties": {"IGNORE_CERT_ERRORS": 2}}, "0x80070057"),
                             ({"url": self.url, "body_file": "/no/file"}, "0x80030002")):
            told = self.batch({"id": "x", **job}, {"id": "y", "url": self.url + "/empty"},
                              status=1)
            self.assertEqual([(e["id"], e["event"]) for e in told],
                             [("x", "error"), ("y", "headers"), ("y", "received")])
            self.assertEqual(told[0]["hresult"], hresult, job)

    def test_none_is_fine(self):
        self.assertEqual(self.batch(), [])


# Lines, the id that their event has, and what its text says.
BAD = [
    (b"nonsense", None, "JSON"),
    (b"", None, "JSON"),
    (b"   ", None, "JSON"),
    (b"[1]", None, "object"),
    (b'"text"', None, "JSON"),
    (b"{}", None, "url is missing"),
    (b'{"id":7}', 7, "url is missing"),
    (b'{"id":{"a":[1]},"url":5}', {"a": [1]}, "url"),
    (b'{"id":1,"url":null}', 1, "url is missing"),
    (b'{"url":"http://x/","url', None, "JSON"),
    (b'{"url":"http://x/\\u0000"}', None, "url"),
    (b'{"id":1,"url":"u","method":1}', 1, "method"),
    (b'{"id":1,"url":"u","headers":{"a":"b"}}', 1, "headers"),
    (b'{"id":1,"url":"u","headers":[["a"]]}', 1, "headers"),
    (b'{"id":1,"url":"u","headers":[["a",1]]}', 1, "headers"),
    (b'{"id":1,"url":"u","headers":["a"]}', 1, "headers"),
    (b'{"id":1,"url":"u","body":"a"}', 1, "body"),
    (b'{"id":1,"url":"u","body":"YQ==","body_file":"x"}', 1, "exclude"),
    (b'{"id":1,"url":"u","length":-2}', 1, "length"),
    (b'{"id":1,"url":"u","length":1.5}', 1, "length"),
    (b'{"id":1,"url":"u","length":"1"}', 1, "length"),
    (b'{"id":1,"url":"u","properties":[]}', 1, "properties"),
    (b'{"id":1,"url":"u","properties":{"NO_SUCH":1}}', 1, "properties"),
    (b'{"id":1,"url":"u","properties":{"TIMEOUT":1.5}}', 1, "properties"),
    (b'{"id":1,"url":"u","properties":{"TIMEOUT":"soon"}}', 1, "properties"),
    (b'{"id":1,"url":"u","abort_on":"never"}', 1, "abort_on"),
    (b'{"id":1,"url":"u","output":""}', 1, "output"),
    (b'{"id":1,"url":"u","unknown":1}', 1, "unknown"),
    (b'\xff\xfe{"url":"u"}', None, "JSON"),
    (b'{"id":"\xff","url":"u"}', None, "JSON"),
    (b"[" * 100000, None, "JSON"),
]


class BadJobs(Case):
    def test_are_told_and_the_rest_goes_on(self):
        good = jobs({"id": "good", "url": self.url + "/hello"})
        for line, name, text in BAD:
            with self.subTest(line=line[:80]):
                done = run("batch", stdin=line + b"\n" + good)
                told = events(done.stdout)
                self.assertEqual((done.returncode, done.stderr), (1, b""))
                self.assertEqual(list(told[0]), ["id", "event", "text"])
                self.assertEqual((told[0]["id"], told[0]["event"]), (name, "bad_job"))
                self.assertIn(text, told[0]["text"])
                self.assertEqual(told[-1]["id"], "good")
                self.assertEqual(told[-1]["event"], "received")

    def test_may_be_without_end(self):
        long = b'{"url":"' + b"x" * (70 << 20) + b'"}\n'
        done = run("batch", "-s", stdin=long + jobs({"url": self.url + "/hello"}))
        told = events(done.stdout)
        self.assertEqual([e["event"] for e in told],
                         ["bad_job", "headers", "data", "received"])
        self.assertIn("too long", told[0]["text"])

    def test_stand_in_their_place(self):
        lines = b"".join(jobs({"id": i, "url": self.url + "/empty"}) + b"bad\n"
                         for i in range(20))
        told = events(run("batch", stdin=lines).stdout)
        self.assertEqual([e["event"] for e in told],
                         ["headers", "received", "bad_job"] * 20)


class Streams(Case):
    def test_jobs_are_done_as_they_come(self):
        process = start("batch")
        for name in range(3):
            process.stdin.write(jobs({"id": name, "url": self.url + "/hello"}))
            process.stdin.flush()
            told = [json.loads(process.stdout.readline()) for _ in range(3)]
            self.assertEqual([(e["id"], e["event"]) for e in told],
                             [(name, "headers"), (name, "data"), (name, "received")])
        self.assertEqual(process.communicate(timeout=60), (b"", b""))
        self.assertEqual(process.returncode, 0)

    def test_a_line_may_come_in_pieces_and_without_its_end(self):
        process = start("batch")
        line = jobs({"id": 1, "url": self.url + "/empty"}).rstrip()
        for at in range(0, len(line), 5):
            process.stdin.write(line[at:at + 5])
            process.stdin.flush()
            time.sleep(0.005)
        output, _ = process.communicate(timeout=60)
        self.assertEqual([e["event"] for e in events(output)], ["headers", "received"])

    def test_lines_of_many_jobs_never_mix(self):
        count = 200 if SANITIZED else 2000
        done = run("batch", "-P", "64", stdin=jobs(
            *({"id": i, "url": f"{self.url}/big?{i * 37 % 50000}"} for i in range(count))))
        self.assertEqual(done.returncode, 0)
        ends = [e for e in events(done.stdout) if e["event"] == "received"]
        self.assertEqual(sorted(e["id"] for e in ends), list(range(count)))
        for end in ends:
            self.assertEqual(end["bytes"], end["id"] * 37 % 50000)
            self.assertEqual(hashlib.sha256(body_of(end)).hexdigest(), end["sha256"])

    def test_a_slow_reader_holds_up_everything(self):
        process = start("batch", "-P", "4")
        lines = jobs(*({"id": i, "url": self.url + "/big?300000"} for i in range(60)))
        threading.Thread(target=lambda: (process.stdin.write(lines),
                                         process.stdin.close()), daemon=True).start()
        time.sleep(0.5)
        asked = len(self.origin.requests)
        output = process.stdout.read()
        self.assertLess(asked, 40)
        self.assertEqual(sum(e["event"] == "received" for e in events(output)), 60)
        self.assertEqual((process.wait(60), process.stderr.read()), (0, b""))
        process.stdout.close()
        process.stderr.close()

    def test_a_closed_standard_output_ends_it_quietly(self):
        process = start("batch", "-P", "4")
        process.stdin.write(jobs(*({"id": i, "url": self.url + "/slow?30"}
                                   for i in range(8))))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual(process.wait(60), 1)
        self.assertEqual(process.stderr.read(), b"")
        process.stderr.close()
        try:
            process.stdin.close()
        except BrokenPipeError:
            pass

    def test_input_that_cannot_be_read_is_told(self):
        for line in ("exec \"$@\" <&-", "exec \"$@\" </"):
            self.check_line(self.shell(line, "batch"), 1)

    def test_a_closed_descriptor_is_told(self):
        line = f"echo '{{\"url\":\"{self.url}/hello\"}}' | \"$@\" >&-"
        self.check_line(self.shell(line, "batch"), 23)

    def test_a_full_disk_is_told(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, "batch"], stdout=full, stderr=subprocess.PIPE,
                                  input=jobs({"url": self.url + "/hello"}), timeout=60,
                                  env=environment(), check=False)
        self.check_line(done, 23)


def fast(connection, _):
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")


# What a batch may take, however long it is: 50 bytes a line would show.
BATCH_KIB = 16 * 1024


class Memory(Case):
    def peak_kib(self, lines):
        """The most memory that a batch of these lines takes."""
        peak = 0
        with open(self.path("jobs", lines), "rb") as file:
            process = subprocess.Popen([COMMAND, "batch", "-P", "8"], stdin=file,
                                       stdout=subprocess.DEVNULL, env=environment())
        while process.poll() is None:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                said = [line.split()[1] for line in status if line.startswith("VmHWM")]
            peak = max([peak, *map(int, said)])
            time.sleep(0.002)
        return peak

    @unittest.skipIf(SANITIZED, "a sanitizer keeps what was freed")
    def test_does_not_grow_with_bad_lines(self):
        self.assertLess(self.peak_kib(b"bad\n" * 300_000), BATCH_KIB)

    @unittest.skipIf(SANITIZED, "a sanitizer keeps what was freed")
    def test_does_not_grow_with_jobs(self):
        origin = Origin(fast)
        self.addCleanup(origin.close)
        line = jobs({"id": "x" * 100, "url": origin.url + "/" + "y" * 100})
        self.assertLess(self.peak_kib(line * 20_000), BATCH_KIB)

    @unittest.skipIf(SANITIZED, "a sanitizer keeps what was freed")
    def test_does_not_grow_with_a_body_that_goes_to_a_file(self):
        job = {"url": self.url + "/big?200000000", "output": self.path("out")}
        self.assertLess(self.peak_kib(jobs(job)), 32 * 1024)


if __name__ == "__main__":
    unittest.main()
