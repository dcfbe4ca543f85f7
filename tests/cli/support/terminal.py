# SPDX-License-Identifier: MIT
"""Runs the command at a terminal."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from support.command import COMMAND, environment


class Terminal:
    """The command, with a terminal as its controlling one and as some of its streams."""

    def __init__(self, arguments, columns=80, **streams):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        given = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL,
                 "stderr": slave, **streams}
        given = {k: slave if v == "terminal" else v for k, v in given.items()}
        self.process = subprocess.Popen(
            [COMMAND, *arguments], env=environment(), start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0), **given)
        self.echoes = lambda: termios.tcgetattr(slave)[3] & termios.ECHO
        self.slave = slave

    def read(self, until=None):
        """What is shown, up to a text or the end of the command."""
        shown = b""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            ended = self.process.poll() is not None
            if select.select([self.master], [], [], 0 if ended else 0.05)[0]:
                shown += os.read(self.master, 65536)
            elif ended:
                break
            if until and until in shown:
                break
        return shown.decode()

    def write(self, text):
        """Types something."""
        os.write(self.master, text.encode())

    def wait_hidden(self):
        """Waits until echo is off."""
        while self.echoes() and self.process.poll() is None:
            time.sleep(0.01)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)
