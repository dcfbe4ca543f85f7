# SPDX-License-Identifier: MIT
"""SIGINT, SIGTERM and SIGHUP: what runs is aborted, the last events are written, exit 130."""

import fcntl
import json
import select
import signal
import socket
import time
import unittest

from support.command import Case, events, jobs, start

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals(Case):
    def test_end_a_transfer(self):
        for number in ALL:
            process = start(self.url + "/slow?30")
            self.assertEqual(process.stdout.read(5), b"12345")
            process.send_signal(number)
            self.assertEqual(process.communicate(timeout=60), (b"", b""))
            self.assertEqual(process.returncode, 130)

    def test_end_a_transfer_with_its_last_event(self):
        for number in ALL:
            process = start("--json", self.url + "/slow?30")
            process.stdout.readline()
            process.send_signal(number)
            output, said = process.communicate(timeout=60)
            self.assertEqual((process.returncode, said), (130, b""))
            self.assertEqual(events(output)[-1]["name"], "E_ABORT")

    def test_end_a_transfer_whose_body_does_not_come(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = start("-T", "-", f"http://127.0.0.1:{silent.getsockname()[1]}/")
            process.stdin.write(b"x" * 1000)
            process.stdin.flush()
            connection, _ = silent.accept()
            connection.recv(1)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(60), 130)
            process.communicate()
            connection.close()

    def test_end_a_transfer_whose_reader_sleeps(self):
        process = start(self.url + "/big?50000000")
        process.stdout.read(1)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 130)
        process.communicate()

    def test_may_come_twice(self):
        process = start(self.url + "/big?50000000")
        process.stdout.read(1)
        for _ in range(2):
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 130)
        process.communicate()

    def test_are_heeded_where_the_shell_ignores_them(self):
        previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process = start(self.url + "/slow?30")
        finally:
            signal.signal(signal.SIGINT, previous)
        process.stdout.read(5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        process.communicate()

    def test_do_not_come_of_a_terminal_that_nohup_has_left(self):
        previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            process = start(self.url + "/slow?0.5")
        finally:
            signal.signal(signal.SIGHUP, previous)
        process.stdout.read(5)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.communicate(timeout=60), (b"67890", b""))
        self.assertEqual(process.returncode, 0)

    def test_end_a_batch_with_the_last_events_of_what_runs(self):
        for number in ALL:
            process = start("batch", "-P", "3")
            process.stdin.write(jobs(*({"id": i, "url": self.url + "/slow?30",
                                        "output": self.path(str(i))} for i in range(9))))
            process.stdin.flush()
            begun = set()
            while len(begun) < 3:
                begun.add(json.loads(process.stdout.readline())["id"])
            process.send_signal(number)
            rest = events(process.stdout.read())
            self.assertEqual(process.wait(60), 130)
            ends = [e for e in rest if e["event"] != "data"]
            self.assertEqual(sorted((e["id"], e["event"], e["name"]) for e in ends),
                             [(i, "error", "E_ABORT") for i in range(3)])
            self.assertEqual((self.files(), process.stderr.read()), ([], b""))
            for pipe in (process.stdin, process.stdout, process.stderr):
                pipe.close()

    def test_end_a_batch_that_waits_for_jobs(self):
        process = start("batch")
        process.stdin.write(jobs({"id": 1, "url": self.url + "/empty"}))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        self.assertEqual(process.communicate(), (b"", b""))

    def test_end_a_batch_whose_reader_sleeps(self):
        process = start("batch")
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        process.stdin.write(jobs(*({"id": i, "url": self.url + "/big?100000"}
                                   for i in range(20))))
        process.stdin.flush()
        select.select([process.stdout], [], [])
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 130)
        process.communicate()


if __name__ == "__main__":
    unittest.main()
