# SPDX-License-Identifier: MIT
"""ixhr2 cert: what is added is listed, shown to servers, and removed."""

import hashlib
import json
import os
import stat
import subprocess
import time
import unittest

from support.command import COMMAND, Case, environment, run
from support.terminal import Terminal
from support.tls import TlsOrigin, der, pki

# Arguments behind "cert", and what the line says.
WRONG = [
    ([], "cert wants"),
    (["show"], "cert wants"),
    (["list", "x"], "cert wants"),
    (["add"], "cert wants"),
    (["add", "a", "b", "c"], "one word too many"),
    (["remove"], "cert wants"),
    (["remove", "a", "b"], "cert wants"),
    (["remove", "00"], "40 or 64"),
    (["remove", "g" * 40], "40 or 64"),
    (["remove", "0" * 41], "40 or 64"),
    (["remove", "0" * 40 + ":pin"], "40 or 64"),
    (["-k", "list"], "-k is not for cert"),
    (["--client-cert", "0" * 40, "list"], "--client-cert is not for cert"),
    (["--unknown"], "is no option"),
    (["--pin"], "needs a value"),
    (["--data-dir", "", "list"], "is empty"),
]


def thumbprint(name, kind="sha256"):
    return hashlib.new(kind, der(name)).hexdigest()


def spellings(digits):
    """How people write a thumbprint."""
    pairs = [digits[i:i + 2] for i in range(0, len(digits), 2)]
    return [digits, digits.upper(), ":".join(pairs), ":".join(pairs).upper(), " ".join(pairs)]


class Cert(Case):
    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def cert(self, *arguments, **options):
        return run("cert", "--data-dir", self.path("data"), *arguments, **options)

    def add(self, *arguments):
        done = self.cert("add", *arguments)
        self.check_quiet(done)
        return done.stdout.decode().strip()

    def list_json(self, *arguments):
        done = self.cert("list", "--json", *arguments)
        self.check_quiet(done)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def names(self):
        return sorted(os.listdir(self.path("data/my")))

    def test_wrong_use_gives_one_line(self):
        for arguments, text in WRONG:
            with self.subTest(arguments=arguments):
                done = self.cert(*arguments)
                self.check_line(done, 2)
                self.assertEqual(done.stdout, b"")
                self.assertIn(text, done.stderr.decode())
        self.check_line(run("--pin", "x", "http://127.0.0.1:1/"), 2)
        self.check_line(run("batch", "--pin", "x"), 2)

    def test_no_folder_is_an_empty_list(self):
        done = self.cert("list")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(self.files(), [])

    def test_what_is_added_is_listed(self):
        digits = self.add(pki("client_both.pem"))
        self.assertEqual(digits, thumbprint("client"))
        folder = os.stat(self.path("data/my"))
        file = os.stat(self.path(f"data/my/{digits}.pem"))
        self.assertEqual(stat.S_IMODE(folder.st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(file.st_mode), 0o600)
        done = self.cert("list")
        self.check_quiet(done)
        lines = done.stdout.decode().splitlines()
        self.assertEqual([line.split(":")[0] for line in lines],
                         ["sha256", "sha1", "subject", "issuer", "valid", "file"])
        shown = {line.split(":")[0]: line.split(":", 1)[1].strip() for line in lines}
        self.assertEqual(shown["sha256"], digits)
        self.assertEqual(shown["sha1"], thumbprint("client", "sha1"))
        self.assertEqual(shown["subject"], "CN=Ann,O=Ixhr2 Tests")
        self.assertEqual(shown["issuer"], "CN=Client Root,O=Ixhr2 Bücher,C=DE")
        self.assertRegex(shown["valid"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ to \d{4}-")
        self.assertEqual(shown["file"], self.path(f"data/my/{digits}.pem"))

    def test_a_list_for_programs(self):
        digits = self.add(pki("client_both.pem"))
        self.add("--pin", "secret", pki("client_rsa_locked.p12"))
        told = {entry["file"][-3:]: entry for entry in self.list_json()}
        self.assertEqual(list(told["pem"]),
                         ["sha256", "sha1", "subject", "issuer", "from", "to", "file",
                          "locked", "encrypted", "exposed"])
        self.assertEqual(told["pem"]["sha256"], digits)
        begin, end = (time.strptime(told["pem"][key], "%Y-%m-%dT%H:%M:%SZ")
                      for key in ("from", "to"))
        self.assertLess(begin, time.gmtime())
        self.assertGreater(end, time.gmtime())
        self.assertEqual([told["pem"][k] for k in ("locked", "encrypted", "exposed")],
                         [False, False, False])
        self.assertEqual(list(told["p12"].values())[:6], [None] * 6)
        self.assertTrue(told["p12"]["locked"])
        told = {entry["file"][-3:]: entry for entry in self.list_json("--pin", "secret")}
        self.assertEqual(told["p12"]["subject"], "CN=Ron,O=Ixhr2 Tests")
        self.assertFalse(told["p12"]["locked"])
        self.assertTrue(told["p12"]["encrypted"])

    def test_what_is_to_be_noted(self):
        def notes(*arguments):
            done = self.cert("list", *arguments)
            self.check_quiet(done)
            return [line[9:] for line in done.stdout.decode().splitlines()
                    if line.startswith("notes: ")]
        self.add("--pin", "secret", pki("client_expired.pem"), pki("client_expired_locked.key"))
        self.assertEqual(notes(), ["encrypted, expired"])
        self.cert("remove", thumbprint("client_expired"))
        self.add("--pin", "secret", pki("client_locked.p12"))
        self.assertEqual(notes(), ["locked: only --pin shows more"])
        self.assertEqual(notes("--pin", "secret"), ["encrypted"])
        os.chmod(self.path(f"data/my/{self.names()[0]}"), 0o644)
        self.assertEqual(notes("--pin", "secret"), ["encrypted, readable by others: refused"])

    def test_every_form_is_added(self):
        for arguments in ([pki("client.pem"), pki("client.key")], [pki("client.p12")],
                          ["--pin", "secret", pki("client_locked.p12")],
                          ["--pin=secret", pki("client.pem"), pki("client_locked.key")],
                          [pki("client_both.pem")]):
            self.assertEqual(self.add(*arguments), thumbprint("client"))
            self.assertEqual(len(self.names()), 1)
        done = self.cert("add", "--json", pki("client_both.pem"))
        self.assertEqual(json.loads(done.stdout), {"sha256": thumbprint("client")})

    def test_what_cannot_be_added(self):
        empty = self.path("empty", b"")
        for status, arguments in ((58, [pki("client.pem")]), (58, [pki("client.key")]),
                                  (58, [empty]), (58, ["/dev/null"]),
                                  (58, [pki("client.pem"), pki("client_rsa.key")]),
                                  (58, [pki("client_locked.p12")]),
                                  (58, ["--pin", "wrong", pki("client_locked.p12")]),
                                  (58, [pki("client.pem"), pki("client_locked.key")]),
                                  (1, [self.path("nothing")]), (1, [self.folder]),
                                  (1, [pki("client.pem"), self.path("nothing")])):
            with self.subTest(arguments=arguments):
                done = self.cert("add", *arguments)
                self.check_line(done, status)
                self.assertEqual(done.stdout, b"")
        done = self.cert("add", self.path("nothing"))
        self.assertIn(b"does not exist", done.stderr)
        self.assertFalse(os.path.exists(self.path("data/my")))

    def test_a_pin_is_asked_for_at_a_terminal(self):
        path = pki("client_locked.p12")
        terminal = Terminal(["cert", "--data-dir", self.path("data"), "add", path],
                            stdin="terminal", stdout="terminal")
        try:
            self.assertIn(f"Pin for {path}: ", terminal.read(b": "))
            while terminal.echoes():
                time.sleep(0.01)
            os.write(terminal.master, b"secret\n")
            shown = terminal.read()
            self.assertEqual(terminal.process.wait(60), 0, shown)
            self.assertNotIn("secret", shown)
            self.assertIn(thumbprint("client"), shown)
            self.assertTrue(terminal.echoes())
        finally:
            terminal.close()

    def test_a_pin_is_not_asked_for_where_it_is_not_needed(self):
        for arguments in ([pki("client_both.pem")], ["--pin", "secret",
                                                     pki("client_rsa_locked.p12")]):
            terminal = Terminal(["cert", "--data-dir", self.path("data"), "add", *arguments],
                                stdin="terminal", stdout="terminal")
            try:
                self.assertEqual(terminal.process.wait(60), 0)
                self.assertNotIn("Pin", terminal.read())
            finally:
                terminal.close()

    def test_it_is_removed_however_it_is_written(self):
        for kind in ("sha1", "sha256"):
            for spelled in spellings(thumbprint("client", kind)):
                with self.subTest(spelled=spelled):
                    self.add(pki("client_both.pem"))
                    done = self.cert("remove", spelled)
                    self.check_quiet(done)
                    self.assertEqual(done.stdout.decode(), thumbprint("client", kind) + "\n")
                    self.assertEqual(self.names(), [])
        self.check_line(self.cert("remove", thumbprint("client")), 58)

    def test_a_locked_one_is_removed_by_its_name(self):
        self.add("--pin", "secret", pki("client_locked.p12"))
        self.check_line(self.cert("remove", thumbprint("client", "sha1")), 58)
        done = self.cert("remove", "--json", thumbprint("client"))
        self.check_quiet(done)
        self.assertEqual(json.loads(done.stdout), {"sha256": thumbprint("client")})
        self.assertEqual(self.names(), [])

    def test_nobody_knows_where_the_folder_is(self):
        env = {k: v for k, v in environment().items() if k not in ("HOME", "XDG_DATA_HOME")}
        for arguments in (["list"], ["remove", "0" * 40], ["add", pki("client_both.pem")]):
            done = run("cert", *arguments, env=env)
            self.check_line(done, 1)
            self.assertIn(b"HOME", done.stderr)

    def test_the_folder_is_below_home(self):
        env = {**environment(HOME=self.folder)}
        env.pop("XDG_DATA_HOME", None)
        self.check_quiet(run("cert", "add", pki("client_both.pem"), env=env))
        self.assertTrue(os.path.exists(self.path(
            f".local/share/ixhr2/my/{thumbprint('client')}.pem")))

    def test_an_output_that_takes_nothing(self):
        self.add(pki("client_both.pem"))
        with open("/dev/full", "wb") as full:
            done = subprocess.run([COMMAND, "cert", "--data-dir", self.path("data"), "list"],
                                  stdout=full, stderr=subprocess.PIPE, timeout=60,
                                  env=environment(), check=False)
        self.assertEqual(done.returncode, 23)

    def test_pins_are_hidden_from_who_lists_processes(self):
        fifo = self.path("pipe")
        os.mkfifo(fifo)
        process = subprocess.Popen([COMMAND, "cert", "--data-dir", self.path("data"), "--pin",
                                    "hushhush", "add", fifo], env=environment(),
                                   stderr=subprocess.PIPE)
        # It waits for the pipe when its command line has been read.
        with open(fifo, "wb"), open(f"/proc/{process.pid}/cmdline", "rb") as words:
            self.assertNotIn(b"hush", words.read())
        self.assertIn(b"holds no certificate", process.communicate(timeout=60)[1])

    def test_what_was_added_is_shown_to_a_server(self):
        origin = TlsOrigin(clients="required")
        self.addCleanup(origin.close)
        fetch = ["--data-dir", self.path("data"), "--cacert", pki("root.pem"), "--connect-to",
                 "good.test::127.0.0.1:", origin.url + "/hello"]
        digits = self.add("--pin", "secret", pki("client_chain_locked.p12"))
        done = run("--client-cert", digits + ":secret", *fetch)
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")
        self.assertEqual(self.cert("remove", digits).returncode, 0)
        self.check_line(run("--client-cert", digits + ":secret", *fetch), 58)


if __name__ == "__main__":
    unittest.main()
