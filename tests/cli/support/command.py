# SPDX-License-Identifier: MIT
"""Runs the command."""

import base64
import json
import os
import subprocess
import tempfile
import unittest

from support.origin import Origin

COMMAND = os.environ.get("IXHR2_COMMAND", "ixhr2")

# A sanitizer makes the program slower and larger.
SANITIZED = bool(os.environ.get("IXHR2_SANITIZE"))

# No run of a test takes longer.
PATIENCE_S = 100


def environment(**changes):
    """The environment without what would configure the library."""
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith("IXHR2_") and not k.lower().endswith("_proxy")}
    # A short run is not to wait a second for what other threads may still do.
    kept["TSAN_OPTIONS"] = kept.get("TSAN_OPTIONS", "") + ":atexit_sleep_ms=0"
    return {**kept, **changes}


def run(*arguments, stdin=b"", env=None, cwd=None):
    """Runs the command to its end; stdout and stderr are bytes."""
    return subprocess.run([COMMAND, *arguments], input=stdin, capture_output=True,
                          timeout=PATIENCE_S, check=False, cwd=cwd,
                          env=env or environment())


def start(*arguments, **options):
    """Starts the command with pipes."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
             "stderr": subprocess.PIPE, "env": environment(), **options}
    return subprocess.Popen([COMMAND, *arguments], **pipes)


def events(output):
    """The events of an output, each a dict."""
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


def kinds(output):
    """The names of the events."""
    return [e["event"] for e in events(output)]


def jobs(*wanted):
    """Lines of a batch."""
    return b"".join(json.dumps(job).encode() + b"\n" for job in wanted)


def body_of(event):
    return base64.b64decode(event["body"], validate=True)


class Case(unittest.TestCase):
    """A test with an origin and a folder."""

    @classmethod
    def setUpClass(cls):
        cls.origin = Origin()
        cls.url = cls.origin.url

    @classmethod
    def tearDownClass(cls):
        cls.origin.close()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def shell(self, line, *arguments):
        """Has a shell run a line whose "$@" is the command with these arguments."""
        return subprocess.run(["sh", "-c", line, "sh", COMMAND, *arguments],
                              capture_output=True, timeout=PATIENCE_S, check=False,
                              env=environment())

    def path(self, name, content=None):
        """A path in the folder; with content, of a file."""
        path = os.path.join(self.folder, name)
        if content is not None:
            with open(path, "wb") as file:
                file.write(content)
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def files(self):
        return sorted(os.listdir(self.folder))

    def check_line(self, done, status):
        """The command ended with status and one line on standard error."""
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertRegex(done.stderr, rb"\Aixhr2: [^\n]+\n\Z")

    def check_quiet(self, done, status=0):
        """The command ended with status and said nothing."""
        self.assertEqual(done.stderr, b"")
        self.assertEqual(done.returncode, status)
