# SPDX-License-Identifier: MIT
"""Which protocol the command speaks: --http2, --http1.1, and what is told of it."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from support.command import PATIENCE_S, Case, events, run
from support.origin import Origin


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _is_there(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@unittest.skipIf(not shutil.which("nghttpd") and not os.environ.get("CI"),
                 "nghttpd is not installed")
class Protocol(Case):
    """A server without TLS that speaks HTTP/2 alone."""

    def setUp(self):
        super().setUp()
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        with open(os.path.join(root.name, "page"), "wb") as page:
            page.write(b"hello\n")
        self.url = self._serve(root.name)

    def _serve(self, root):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            port = _free_port()
            server = subprocess.Popen(["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", root,
                                       str(port)], stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            # Somebody else may have taken the port; then it ends.
            while server.poll() is None and time.monotonic() < deadline:
                if _is_there(port):
                    self.addCleanup(server.wait)
                    self.addCleanup(server.terminate)
                    return f"http://127.0.0.1:{port}/page"
                time.sleep(0.01)
        return self.fail("nghttpd does not start")

    def test_http2_is_spoken_without_tls_where_it_is_demanded(self):
        done = run("--http2", "-i", "-v", self.url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith(b"HTTP/2 200 OK\r\n"), done.stdout)
        self.assertTrue(done.stdout.endswith(b"hello\n"))
        self.assertIn(b"> GET /page HTTP/2\n", done.stderr.replace(b"\r", b""))

    def test_events_name_the_protocol(self):
        told = events(run("--http2", "--json", self.url).stdout)
        self.assertEqual((told[0]["event"], told[0]["http"]), ("headers", "2"))

    def test_the_last_of_two_demands_counts(self):
        self.assertEqual(run("--http1.1", "--http2", self.url).stdout, b"hello\n")
        self.assertEqual(run("--http2", "--http1.1", self.url).returncode, 8)

    def test_http1_is_spoken_without_tls_otherwise(self):
        self.assertEqual(run(self.url).returncode, 8)

    def test_a_server_of_http1_alone_is_an_error_then(self):
        origin = Origin()
        self.addCleanup(origin.close)
        self.assertEqual(run(origin.url + "/hello").stdout, b"hello\n")
        self.assertEqual(run("--http2", origin.url + "/hello").returncode, 8)


if __name__ == "__main__":
    unittest.main()
