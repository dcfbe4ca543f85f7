# SPDX-License-Identifier: MIT
"""Proxies: which is used, what it is told, how it refuses."""

import json
import subprocess
import unittest

from support.auth import basic
from support.command import COMMAND, Case, environment, events, jobs, run
from support.proxy import Proxy, Socks
from support.tls import TlsOrigin, pki

LOGIN = "me:s3cr:et"
SECRETS = (b"s3cr:et", b"s3cr%3Aet", basic(LOGIN)[6:].encode())

# A proxy that is not there.
DEAD = "http://127.0.0.1:1"


class ProxyCase(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tls = TlsOrigin()

    @classmethod
    def tearDownClass(cls):
        cls.tls.close()
        super().tearDownClass()

    def proxy(self, *arguments, kind=Proxy, **options):
        proxy = kind(*arguments, **options)
        self.addCleanup(proxy.close)
        return proxy

    def run_tls(self, *arguments):
        """The same for the origin behind TLS."""
        return run("--cacert", pki("root.pem"), *arguments, self.tls.url + "/hello")


class Choice(ProxyCase):
    def uses(self, *arguments, **variables):
        """Whether the proxy is used; in what is given P stands for its URL."""
        proxy = self.proxy()
        done = run(*(a.replace("P", proxy.url) for a in arguments), self.url + "/hello",
                   env=environment(**{k: v.replace("P", proxy.url)
                                      for k, v in variables.items()}))
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")
        return len(proxy.requests) == 1

    def test_by_option(self):
        self.assertTrue(self.uses("-x", "P"))
        self.assertTrue(self.uses("--proxy", "P"))
        self.assertTrue(self.uses("-x", "P", http_proxy=DEAD))
        self.assertTrue(self.uses("-x", "P", "--noproxy", "10.0.0.0/8,example.org"))
        self.assertTrue(self.uses("-x", "P", "--noproxy", "", no_proxy="*"))

    def test_by_environment(self):
        self.assertTrue(self.uses(http_proxy="P"))
        self.assertTrue(self.uses(all_proxy="P"))
        self.assertTrue(self.uses(IXHR2_PROXY="P"))
        self.assertFalse(self.uses(https_proxy="P"))
        self.assertFalse(self.uses(HTTP_PROXY="P"))

    def test_of_none(self):
        self.assertFalse(self.uses("-x", "", http_proxy="P"))
        self.assertFalse(self.uses("--noproxy", "*", http_proxy="P"))
        self.assertFalse(self.uses("-x", "P", "--noproxy", "127.0.0.0/8"))
        self.assertFalse(self.uses(http_proxy="P", no_proxy="localhost, 127.0.0.1"))

    def test_of_what_is_no_proxy(self):
        for url in ("ftp://127.0.0.1/", "http://", "http://me:s3cr:et@127.0.0.1:99999"):
            done = run("-x", url, self.url)
            self.check_line(done, 2)
            self.assertNotIn(b"s3cr", done.stderr)


class Http(ProxyCase):
    def test_gets_the_whole_url(self):
        proxy = self.proxy()
        done = run("-x", proxy.url, self.url.replace("//", "//a:b@") + "/echo?x#y")
        self.assertEqual(json.loads(done.stdout)["target"], "/echo")
        self.assertEqual(proxy.requests[0].target, self.url + "/echo?x")

    def test_is_asked_for_a_tunnel(self):
        proxy = self.proxy()
        done = self.run_tls("-x", proxy.url, "-H", "X-Mine: 1")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")
        request, = proxy.requests
        self.assertEqual((request.method, request.target),
                         ("CONNECT", f"good.test:{self.tls.port}"))
        self.assertIsNone(request.field("X-Mine"))

    def test_is_shown(self):
        proxy = self.proxy()
        done = run("-v", "--har", self.path("har"), "-x", proxy.url, self.url + "/hello")
        self.assertIn(f"= through {proxy.url}\n".encode(), done.stderr)
        entry, = json.loads(self.read("har"))["log"]["entries"]
        self.assertEqual(entry["_proxy"], {"url": proxy.url, "status": 0})
        done = self.run_tls("-v", "-x", proxy.url)
        self.assertIn(f"= through {proxy.url}, CONNECT: 200\n".encode(), done.stderr)

    def test_is_not_shown_where_there_is_none(self):
        done = run("-v", "--har", self.path("har"), self.url + "/hello")
        self.assertNotIn(b"through", done.stderr)
        self.assertNotIn(b"_proxy", self.read("har"))


class Login(ProxyCase):
    def check(self, proxy, done):
        self.assertEqual((done.returncode, done.stdout), (0, b"hello\n"), done.stderr)
        self.assertEqual(proxy.sent(), [None, basic(LOGIN)])
        for secret in SECRETS:
            self.assertNotIn(secret, done.stderr)

    def test_of_the_option(self):
        proxy = self.proxy(LOGIN)
        self.check(proxy, run("-v", "-x", proxy.url, "-U", LOGIN, self.url + "/hello"))
        proxy = self.proxy(LOGIN)
        self.check(proxy, self.run_tls("-v", "-x", proxy.url, "-U", LOGIN))

    def test_of_the_proxys_url(self):
        proxy = self.proxy(LOGIN)
        url = proxy.url.replace("//", "//me:s3cr%3Aet@")
        self.check(proxy, run("-v", "-x", url, self.url + "/hello"))
        proxy = self.proxy(LOGIN)
        url = proxy.url.replace("//", "//me:s3cr%3Aet@")
        self.check(proxy, self.run_tls("-v", "-x", url))

    def test_of_a_job(self):
        proxy = self.proxy(LOGIN)
        job = {"url": self.url + "/hello", "proxy_user": "me", "proxy_password": "s3cr:et"}
        done = run("batch", "-x", proxy.url, stdin=jobs(job))
        self.assertEqual(events(done.stdout)[0]["status"], 200)
        self.assertEqual(proxy.sent(), [None, basic(LOGIN)])

    def test_is_still_answered_with_no_auth_for_servers(self):
        proxy = self.proxy(LOGIN)
        self.check(proxy, run("-p", "NO_AUTH=2", "-x", proxy.url, "-U", LOGIN,
                              self.url + "/hello"))

    def test_that_is_wrong_is_a_response_or_no_connection(self):
        proxy = self.proxy(LOGIN)
        done = run("-x", proxy.url, "-U", "me:wrong", self.url + "/hello")
        self.assertEqual((done.returncode, done.stdout), (0, b"pay first\n"))
        done = self.run_tls("-x", proxy.url, "-U", "me:wrong")
        self.check_line(done, 7)
        self.assertIn(b"407", done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_is_not_in_the_list_of_processes(self):
        process = subprocess.Popen(
            [COMMAND, "-x", "http://me:s3cr%3Aet@127.0.0.1:1", "--noproxy", "*", "-u",
             LOGIN, self.url.replace("//", "//me:s3cr%3Aet@") + "/slow?20"],
            env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            self.assertEqual(process.stdout.read(1), b"1")
            with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                self.assertNotIn(b"s3cr", file.read())
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


class Failures(ProxyCase):
    def test_of_a_name_that_is_not_resolved(self):
        for kind in ("http", "https", "socks5", "socks5h", "socks4a"):
            self.check_line(run("-x", f"{kind}://nowhere.invalid:8080", self.url), 5)
        self.check_line(self.run_tls("-x", "http://nowhere.invalid:8080"), 5)

    def test_of_the_servers_name_when_it_is_resolved_here(self):
        proxy = self.proxy(kind=Socks)
        self.check_line(run("-x", f"socks5://127.0.0.1:{proxy.port}",
                            "http://nowhere.invalid/"), 6)

    def test_of_a_refused_connection(self):
        self.check_line(run("-x", DEAD, self.url), 7)
        self.check_line(self.run_tls("-x", DEAD), 7)

    def test_of_a_refused_tunnel(self):
        proxy = self.proxy(refusal="403 Forbidden")
        done = self.run_tls("-x", proxy.url)
        self.check_line(done, 7)
        self.assertIn(b"403", done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_as_an_event(self):
        proxy = self.proxy(LOGIN)
        done = self.run_tls("--json", "-x", proxy.url)
        self.assertEqual(done.returncode, 7)
        event = events(done.stdout)[-1]
        self.assertEqual((event["name"], event["extended"]),
                         ("INET_E_AUTHENTICATION_REQUIRED", "0x80072eee"))

    def test_of_a_malformed_one_in_the_environment(self):
        done = run(self.url + "/hello", env=environment(http_proxy="ftp://127.0.0.1/"))
        self.check_line(done, 7)


class SocksProxy(ProxyCase):
    def test_passes_on(self):
        proxy = self.proxy(kind=Socks)
        done = run("-x", f"socks5h://127.0.0.1:{proxy.port}",
                   f"http://some.test:{self.origin.port}/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")
        self.assertEqual(proxy.targets, [("some.test", self.origin.port)])

    def test_passes_on_tls_with_a_login(self):
        proxy = self.proxy(LOGIN, kind=Socks)
        done = self.run_tls("-x", f"socks5h://127.0.0.1:{proxy.port}", "-U", LOGIN)
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")

    def test_refuses(self):
        proxy = self.proxy(LOGIN, kind=Socks)
        for arguments in (["-U", "me:wrong"], []):
            self.check_line(run("-x", f"socks5h://127.0.0.1:{proxy.port}", *arguments,
                                self.url), 7)
        proxy = self.proxy(kind=Socks, refusal=2)
        self.check_line(run("-x", f"socks5h://127.0.0.1:{proxy.port}", self.url), 7)


if __name__ == "__main__":
    unittest.main()
