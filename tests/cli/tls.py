# SPDX-License-Identifier: MIT
"""https: certificates of servers and of one's own, and what is told of them."""

import base64
import hashlib
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import unittest

from support.command import (COMMAND, Case, body_of, environment, events, jobs, kinds, run,
                             start)
from support.origin import Ended, Origin, answer, response
from support.terminal import Terminal
from support.tls import OpensslOrigin, PlainOrigin, TlsOrigin, der, pki

# Bits of IGNORE_CERT_ERRORS, and those that tell of the same errors.
REVOCATION, AUTHORITY, NAME, DATE = 0x80, 0x100, 0x1000, 0x2000
TOLD = {REVOCATION: 0x800000, AUTHORITY: 0x1000000, NAME: 0x2000000, DATE: 0x4000000}

# A certificate, what is wrong with it, and the extended HRESULT.
FAULTS = [
    ("expired", DATE, "0x80072f05"),
    ("not_yet_valid", DATE, "0x80072f05"),
    ("wrong_host", NAME, "0x80072f06"),
    ("no_san", NAME, "0x80072f06"),
    ("self_signed", AUTHORITY, "0x80072f0d"),
    ("untrusted", AUTHORITY, "0x80072f0d"),
    ("incomplete", AUTHORITY, "0x80072f0d"),
    ("wrong_eku", AUTHORITY, "0x80072f0d"),
    ("rsa1024", AUTHORITY, "0x80072f0d"),
    ("must_staple", REVOCATION, "0x80072f19"),
]


def everywhere(*arguments):
    """The arguments with good.test at loopback, and the root of the tests."""
    return ["--connect-to", "good.test::127.0.0.1:", "--cacert", pki("root.pem"),
            *arguments]


def fetch(*arguments, **options):
    return run(*everywhere(*arguments), **options)


def json_of(*arguments):
    """The status and the events."""
    done = fetch("--json", *arguments)
    return done.returncode, events(done.stdout)


def thumbprint(name, kind="sha256"):
    return hashlib.new(kind, der(name)).hexdigest()


class Tls(Case):
    """A test with origins of its own."""

    def serve(self, *arguments, **options):
        return self.closing(TlsOrigin(*arguments, **options))

    def closing(self, origin):
        self.addCleanup(origin.close)
        return origin


class Servers(Tls):
    def test_that_are_known_to_an_authority(self):
        origin = self.serve()
        done = fetch(origin.url + "/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")

    def test_that_speak_tls_1_2(self):
        def prepare(context):
            context.maximum_version = ssl.TLSVersion.TLSv1_2

        self.check_quiet(fetch(self.serve(prepare=prepare).url + "/hello"))

    def test_with_something_wrong_are_not_asked(self):
        for name, bit, extended in FAULTS:
            with self.subTest(name):
                origin = self.serve(name)
                self.check_line(fetch(origin.url + "/hello"), 60)
                status, (shown, error) = json_of(origin.url + "/hello")
                self.assertEqual((status, shown["event"], shown["errors"]),
                                 (60, "server_certificate", TOLD[bit]))
                self.assertEqual((error["hresult"], error["extended"], error["name"]),
                                 ("0x800c0019", extended, "INET_E_INVALID_CERTIFICATE"))
                self.assertEqual(origin.requests, [])

    def test_are_forgiven_bit_by_bit(self):
        for name, bit, _ in FAULTS:
            origin = self.serve(name)
            for forgiven in (*TOLD, 1, 0):
                with self.subTest(name, forgiven=forgiven):
                    is_good = forgiven in (bit, 1)
                    status, told = json_of("-p", f"IGNORE_CERT_ERRORS={forgiven}",
                                           origin.url + "/hello")
                    self.assertEqual(status, 0 if is_good else 60)
                    self.assertEqual(told[0]["errors"], TOLD[bit])
            self.check_quiet(fetch("-k", origin.url + "/hello"))

    def test_with_several_errors(self):
        origin = self.serve("expired_and_wrong_host")
        status, (shown, error) = json_of(origin.url)
        self.assertEqual((status, shown["errors"]), (60, TOLD[DATE] | TOLD[NAME]))
        self.assertEqual(error["extended"], "0x80072f17")
        self.assertEqual(json_of("-p", f"IGNORE_CERT_ERRORS={NAME}", origin.url)[1][-1]
                         ["extended"], "0x80072f05")
        both = f"IGNORE_CERT_ERRORS={NAME | DATE}"
        self.check_quiet(fetch("-p", both, origin.url + "/hello"))

    def test_that_were_revoked(self):
        origin = self.closing(OpensslOrigin("revoked", "-status_file", pki("revoked.ocsp")))
        status, (shown, error) = json_of(origin.url)
        self.assertEqual((status, shown["errors"], error["extended"]),
                         (60, TOLD[REVOCATION], "0x80072f8a"))

    def test_that_show_more_than_once_are_verified_each_time(self):
        good, bad = self.serve(), self.serve("expired")
        done = run("batch", "--no-body", *everywhere(), stdin=jobs(
            {"id": 0, "url": good.url}, {"id": 1, "url": bad.url},
            {"id": 2, "url": bad.url, "properties": {"IGNORE_CERT_ERRORS": DATE}},
            {"id": 3, "url": bad.url}))
        told = events(done.stdout)
        self.assertEqual([(e["id"], e["event"]) for e in told if "time_ms" in e],
                         [(0, "received"), (1, "error"), (2, "received"), (3, "error")])

    def test_that_do_not_speak_tls(self):
        plain = self.closing(PlainOrigin())
        self.check_line(fetch(f"https://good.test:{plain.port}/"), 35)

    def test_that_speak_old_versions_only(self):
        origin = self.closing(OpensslOrigin("good", "-tls1_1", "-cipher", "ALL@SECLEVEL=0"))
        self.check_line(fetch(origin.url), 35)
        self.check_line(fetch("-k", origin.url), 35)

    def test_that_answer_no_handshake(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"https://good.test:{silent.getsockname()[1]}/"
            self.check_line(fetch("-m", "0.3", url), 28)
            self.check_line(fetch("--timeout", "300", url), 28)

    def test_that_end_without_the_end_of_tls(self):
        def handle(connection, _):
            connection.send(b"HTTP/1.1 200 OK\r\n\r\nhalf a bo")
            raise Ended

        self.check_line(fetch(self.serve(handle=handle).url), 18)

    def test_that_end_with_the_end_of_tls(self):
        def handle(connection, _):
            connection.send(b"HTTP/1.1 200 OK\r\n\r\na body")
            connection.sock.unwrap()
            raise Ended

        done = fetch(self.serve(handle=handle).url)
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"a body")


class Roots(Tls):
    """Where roots come from."""

    WHERE = ["--connect-to", "good.test::127.0.0.1:"]

    def test_are_those_of_a_file_alone(self):
        url = self.serve().url
        self.check_line(run(*self.WHERE, url), 60)
        self.check_line(run(*self.WHERE, "--cacert", pki("other_root.pem"), url), 60)
        self.check_quiet(run(*self.WHERE, "--cacert", pki("root.pem"), url))

    def test_are_those_of_the_environment(self):
        url = self.serve().url
        roots = self.path("roots")
        os.mkdir(roots)
        shutil.copy(pki("root.pem"), roots)
        subprocess.run(["openssl", "rehash", roots], check=True, capture_output=True,
                       timeout=60)
        for found in ({"IXHR2_CA_FILE": pki("root.pem")}, {"SSL_CERT_DIR": roots},
                      {"SSL_CERT_FILE": pki("root.pem")}):
            self.check_quiet(run(*self.WHERE, url, env=environment(**found)))
        wrong = environment(SSL_CERT_FILE=pki("root.pem"),
                            IXHR2_CA_FILE=pki("other_root.pem"))
        self.check_line(run(*self.WHERE, url, env=wrong), 60)
        missing = environment(IXHR2_CA_FILE=self.path("missing"))
        self.check_line(run(*self.WHERE, url, env=missing), 35)
        wrong = environment(IXHR2_CA_FILE=pki("other_root.pem"))
        self.check_quiet(run(*self.WHERE, "--cacert", pki("root.pem"), url, env=wrong))

    def test_that_are_not_there(self):
        for path in (self.path("missing"), ""):
            self.check_line(run("--cacert", path, self.url), 2)

    def test_that_are_none(self):
        url = self.serve().url
        for path in (self.path("empty", b""), self.path("text", b"hello"),
                     pki("root.key"), self.folder):
            self.check_line(run(*self.WHERE, "--cacert", path, url), 35)
            self.check_quiet(run("--cacert", path, self.url + "/hello"))


class Clients(Tls):
    """Certificates of one's own, with a data folder that has one open and one locked."""

    def setUp(self):
        super().setUp()
        self.my = self.path("data/my")
        os.makedirs(self.my)
        self.add("client_both.pem", "client.pem")
        self.add("client_rsa.pem", "locked.pem")
        self.add("client_rsa_locked.key", "locked.key")

    def add(self, name, as_name):
        path = os.path.join(self.my, as_name)
        shutil.copy(pki(name), path)
        os.chmod(path, 0o600)

    def fetch(self, *arguments, **options):
        return fetch("--data-dir", self.path("data"), *arguments, **options)

    def asking(self, clients="required", **options):
        """An origin that answers with the name of the client's certificate."""
        names = {der(name): name for name in ("client", "client_rsa", "client_chain")}

        def handle(connection, _):
            shown = connection.sock.getpeercert(binary_form=True)
            connection.send(response("200 OK", names.get(shown, "nobody").encode()))

        return self.serve(handle=handle, clients=clients, **options)

    def test_are_shown_by_any_spelling_of_their_thumbprint(self):
        url = self.asking().url
        for kind in ("sha1", "sha256"):
            digits = thumbprint("client", kind)
            pairs = [digits[i:i + 2] for i in range(0, len(digits), 2)]
            for spelled in (digits, digits.upper(), ":".join(pairs), " ".join(pairs),
                            digits + ":", ":".join(pairs) + ":any"):
                with self.subTest(spelled):
                    done = self.fetch("--client-cert", spelled, url)
                    self.check_quiet(done)
                    self.assertEqual(done.stdout, b"client")

    def test_are_shown_when_the_server_asks_alone(self):
        done = self.fetch("--client-cert", thumbprint("client"), self.asking(None).url)
        self.assertEqual(done.stdout, b"nobody")

    def test_are_missed_by_a_server(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            def prepare(context, version=version):
                context.minimum_version = context.maximum_version = version

            with self.subTest(version):
                origin = self.asking(prepare=prepare)
                self.check_line(self.fetch(origin.url), 58)
                done = self.fetch("--json", origin.url)
                self.assertEqual(kinds(done.stdout),
                                 ["server_certificate", "client_certificate_requested",
                                  "error"])
                error = events(done.stdout)[-1]
                self.assertEqual((error["hresult"], error["extended"]),
                                 ("0x800c000e", "0x80072f0c"))
                self.assertEqual(origin.requests, [])

    def test_may_be_missing(self):
        done = self.fetch("--json", self.asking("optional").url)
        self.assertEqual(done.returncode, 0)
        told = events(done.stdout)
        self.assertEqual([e["event"] for e in told],
                         ["server_certificate", "client_certificate_requested", "headers",
                          "data", "received"])
        self.assertEqual(told[1], {"event": "client_certificate_requested", "issuers": []})
        self.assertEqual(body_of(told[-1]), b"nobody")

    def test_are_asked_for_with_the_names_of_authorities(self):
        origin = self.closing(OpensslOrigin("good", "-verify", "1", "-CAfile",
                                            pki("client_root.pem")))
        told = events(self.fetch("--json", origin.url).stdout)
        self.assertEqual(told[1], {"event": "client_certificate_requested", "issuers": [
            "DE\r\nIxhr2 B\u00fccher\r\nClient Root"]})
        self.assertEqual(told[-1]["event"], "received")
        shown = self.fetch("-v", origin.url).stderr.decode()
        self.assertIn("OnClientCertificateRequested, 1 issuers, none is shown", shown)

    def test_that_are_not_there(self):
        origin = self.asking("optional")
        for name in ("client_other", "root"):
            done = self.fetch("--client-cert", thumbprint(name), origin.url)
            self.check_line(done, 58)
        self.assertEqual(origin.requests, [])

    def test_that_a_server_refuses(self):
        self.add("client_other_both.pem", "other.pem")
        done = self.fetch("--client-cert", thumbprint("client_other"), self.asking().url)
        self.check_line(done, 58)

    def test_whose_key_others_can_read(self):
        os.chmod(os.path.join(self.my, "client.pem"), 0o644)
        done = self.fetch("--client-cert", thumbprint("client"), self.asking().url)
        self.check_line(done, 58)

    def test_are_opened_by_their_pin_alone(self):
        url = self.asking().url
        locked = thumbprint("client_rsa")
        self.assertEqual(self.fetch("--client-cert", locked + ":secret", url).stdout,
                         b"client_rsa")
        for pin in (":wrong", ":", ":secret:"):
            self.check_line(self.fetch("--client-cert", locked + pin, url), 58)

    def test_need_a_terminal_to_ask_for_the_pin(self):
        done = subprocess.run(
            [COMMAND, *everywhere("--data-dir", self.path("data"), "--client-cert",
                                  thumbprint("client_rsa"), self.url)],
            capture_output=True, timeout=60, stdin=subprocess.DEVNULL,
            start_new_session=True, env=environment(), check=False)
        self.check_line(done, 2)
        self.assertIn(b"pin", done.stderr)

    def ask(self, name, pin):
        terminal = Terminal(everywhere("--data-dir", self.path("data"), "--client-cert",
                                       thumbprint(name), self.asking().url),
                            stdout="terminal")
        try:
            self.assertIn("Pin for the client certificate: ", terminal.read(b": "))
            while terminal.echoes():
                time.sleep(0.01)
            os.write(terminal.master, pin + b"\n")
            shown = terminal.read()
            self.assertNotIn("secret", shown)
            return terminal.process.wait(60), shown
        finally:
            terminal.close()

    def test_ask_for_the_pin_on_the_terminal(self):
        status, shown = self.ask("client_rsa", b"secret")
        self.assertEqual((status, shown.strip()), (0, "client_rsa"))

    def test_ask_for_the_pin_of_a_locked_file(self):
        self.add("client_chain_locked.p12", "chain.p12")
        status, shown = self.ask("client_chain", b"secret")
        self.assertEqual((status, shown.strip()), (0, "client_chain"))

    def test_with_something_else_than_a_thumbprint(self):
        digits = thumbprint("client")
        for wrong in ("", "client", digits[:-1], digits + "0", digits[:40] + "x",
                      digits + " :secret", digits[:39] + ":secret", ":secret",
                      digits[:2] + ":" + digits[2:] + ":secret"):
            with self.subTest(wrong):
                done = run("--client-cert", wrong, self.url)
                self.check_line(done, 2)
                self.assertIn(b"thumbprint", done.stderr)
                self.assertNotIn(b"secret", done.stderr)

    def test_have_no_pin_in_the_list_of_processes(self):
        silent = self.closing(Origin(lambda connection, request: connection.read(1)))
        process = subprocess.Popen(
            [COMMAND, "--client-cert", thumbprint("client") + ":secret", silent.url],
            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not silent.requests:
                self.assertIsNone(process.poll())
            with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                self.assertNotIn(b"secret", file.read())
        finally:
            process.terminate()
            process.wait()

    def test_do_not_follow_to_another_origin(self):
        other = self.asking("optional")

        def handle(connection, _):
            shown = connection.sock.getpeercert()
            connection.send(response("302 Found" if shown else "200 OK", b"nobody",
                                     f"Location: {other.url}/"))

        origin = self.serve(handle=handle, clients="optional")
        done = self.fetch("--client-cert", thumbprint("client"), "--json", origin.url)
        self.assertEqual(kinds(done.stdout),
                         ["server_certificate", "redirect", "server_certificate",
                          "client_certificate_requested", "headers", "data", "received"])
        self.assertEqual(body_of(events(done.stdout)[-1]), b"nobody")

    def test_of_jobs(self):
        url = self.asking("optional").url
        client, locked = thumbprint("client", "sha1"), thumbprint("client_rsa")
        told = self.batch(
            {"id": 0, "url": url},
            {"id": 1, "url": url, "client_certificate": client},
            {"id": 2, "url": url, "pin": "secret", "client_certificate": locked},
            {"id": 3, "url": url, "client_certificate": locked, "pin": None},
            {"id": 4, "url": url, "client_certificate": None},
            {"id": 5, "url": url})
        self.assertEqual([body_of(e) if "body" in e else e["event"] for e in told],
                         [b"nobody", b"client", b"client_rsa", "error", b"nobody",
                          b"nobody"])

    def test_of_the_command_line_are_those_of_all_jobs(self):
        url = self.asking("optional").url
        told = self.batch(
            {"id": 0, "url": url},
            {"id": 1, "url": url, "client_certificate": thumbprint("client")},
            {"id": 2, "url": url, "client_certificate": thumbprint("client_rsa")},
            {"id": 3, "url": url, "pin": "wrong"},
            {"id": 4, "url": url},
            options=["--client-cert", thumbprint("client_rsa") + ":secret"])
        self.assertEqual([body_of(e) if "body" in e else e["event"] for e in told],
                         [b"client_rsa", b"client", "error", "error", b"client_rsa"])

    def batch(self, *wanted, options=()):
        """The last events of jobs."""
        done = run("batch", *everywhere("--data-dir", self.path("data"), *options),
                   stdin=jobs(*wanted))
        self.assertEqual(done.stderr, b"")
        return [e for e in events(done.stdout) if "time_ms" in e]

    def test_of_jobs_that_are_no_jobs(self):
        done = run("batch", stdin=jobs(
            *({"id": 0, "url": self.url, "client_certificate": wrong}
              for wrong in ("", "client", 5, thumbprint("client") + ":secret", ["x"]))))
        self.assertEqual(kinds(done.stdout), ["bad_job"] * 5)
        done = run("batch", stdin=jobs({"url": self.url, "pin": 5}))
        self.assertEqual(kinds(done.stdout), ["bad_job"])


class Told(Tls):
    """Events, -v and HAR."""

    def test_is_the_chain_with_its_root(self):
        status, told = json_of(self.serve().url + "/hello")
        self.assertEqual(status, 0)
        self.assertEqual([e["event"] for e in told],
                         ["server_certificate", "headers", "data", "received"])
        self.assertEqual(list(told[0]), ["event", "errors", "chain"])
        self.assertEqual(told[0]["errors"], 0)
        self.assertEqual([base64.b64decode(c, validate=True) for c in told[0]["chain"]],
                         [der("good"), der("intermediate"), der("root")])

    def test_is_nothing_without_tls(self):
        done = fetch("--json", self.url + "/hello")
        self.assertEqual(kinds(done.stdout), ["headers", "data", "received"])

    def test_comes_for_every_exchange(self):
        origin = self.serve()
        status, told = json_of(origin.url + "/twice")
        self.assertEqual(status, 0)
        self.assertEqual([e["event"] for e in told],
                         ["server_certificate", "redirect"] * 2 +
                         ["server_certificate", "headers", "data", "received"])

    def test_comes_for_kept_connections_of_a_batch(self):
        ports = set()

        def handle(connection, request):
            ports.add(connection.sock.getpeername())
            answer(connection, request)

        origin = self.serve(handle=handle)
        done = run("batch", *everywhere("--no-body"), stdin=jobs(
            *({"id": i, "url": origin.url + "/empty"} for i in range(5))))
        told = events(done.stdout)
        self.assertEqual([(e["id"], e["event"]) for e in told],
                         [(i, k) for i in range(5)
                          for k in ("server_certificate", "headers", "received")])
        self.assertEqual(list(told[0]), ["id", "event", "errors", "chain"])
        self.assertEqual(len({json.dumps(e["chain"]) for e in told if "chain" in e}), 1)
        self.assertEqual(len(ports), 1)

    def test_in_time_to_abort(self):
        origin = self.serve()
        done = run("batch", *everywhere(), stdin=jobs(
            {"id": 0, "url": origin.url, "abort_on": "server_certificate"},
            {"id": 1, "url": self.url + "/empty", "abort_on": "server_certificate"}))
        told = events(done.stdout)
        self.assertEqual([(e["id"], e["event"]) for e in told],
                         [(0, "server_certificate"), (0, "error"), (1, "headers"),
                          (1, "received")])
        self.assertEqual(told[1]["name"], "E_ABORT")
        self.assertEqual(origin.requests, [])

    def test_with_v(self):
        shown = fetch("-v", self.serve().url + "/hello").stderr.decode()
        self.assertRegex(shown, r"= OnServerCertificateReceived, 3 certificates, the first "
                                r"has SHA-256 " + thumbprint("good") +
                         r"; no errors; TLSv1\.3, TLS_\w+, new session, [\d.]+ ms\n")
        shown = fetch("-kv", self.serve("expired_and_wrong_host").url).stderr.decode()
        self.assertIn("; errors CERT_CN_INVALID CERT_DATE_INVALID; TLSv1.3", shown)

    def test_with_v_of_kept_and_resumed(self):
        def handle(connection, request):
            answer(connection, request)
            if request.path == "/empty":
                raise Ended

        origin = self.serve(handle=handle)
        shown = run("batch", "-v", *everywhere(), stdin=jobs(
            *({"id": i, "url": origin.url + path, "headers": [["Connection", last]]}
              for i, (path, last) in enumerate((("/hello", ""), ("/empty", "close"),
                                                ("/hello", "")))))).stderr.decode()
        found = [line for line in shown.splitlines() if "OnServerCertificate" in line]
        self.assertRegex(found[0], r"new session, [\d.]+ ms$")
        self.assertRegex(found[1], r"new session, kept connection$")
        self.assertRegex(found[2], r"resumed session, [\d.]+ ms$")

    def record(self, *arguments):
        run("--har", self.path("har"), "--force", *everywhere(*arguments))
        return json.loads(self.read("har"))["log"]["entries"]

    def test_in_a_har(self):
        entry, = self.record(self.serve().url + "/hello")
        times = entry["timings"]
        self.assertGreater(times["ssl"], 0)
        self.assertGreaterEqual(times["connect"], times["ssl"])
        self.assertEqual(entry["serverIPAddress"], "127.0.0.1")
        self.assertEqual(sorted(entry["_tls"]), ["cipher", "resumed", "version"])
        self.assertEqual((entry["_tls"]["version"], entry["_tls"]["resumed"]),
                         ("TLSv1.3", False))
        self.assertTrue(entry["_tls"]["cipher"].startswith("TLS_"))
        entry, = self.record(self.url + "/hello")
        self.assertEqual(entry["timings"]["ssl"], -1)
        self.assertNotIn("_tls", entry)

    def test_in_a_har_of_redirects(self):
        first, second, _ = self.record(self.serve().url + "/twice")
        self.assertGreater(first["timings"]["ssl"], 0)
        self.assertEqual((second["timings"]["ssl"], second["timings"]["connect"]), (-1, -1))
        self.assertEqual(first["_tls"], second["_tls"])

    def test_in_a_har_of_a_failure(self):
        entry, = self.record(self.serve("expired").url + "/hello")
        self.assertEqual((entry["response"]["status"], entry["timings"]["ssl"]), (0, -1))
        self.assertIn("certificate", entry["response"]["_error"])

    def test_to_a_key_log(self):
        log = self.path("keys")
        run(*everywhere(self.serve().url), env=environment(SSLKEYLOGFILE=log))
        self.assertIn(b"CLIENT_TRAFFIC_SECRET_0 ", self.read("keys"))


class Ends(Tls):
    def test_by_a_signal_in_the_handshake(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            process = start(*everywhere(f"https://good.test:{port}/"))
            connection, _ = silent.accept()
            connection.recv(1)
            process.terminate()
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130)
            connection.close()


if __name__ == "__main__":
    unittest.main()
