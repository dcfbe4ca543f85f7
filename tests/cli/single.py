# SPDX-License-Identifier: MIT
"""One request: what is sent, what comes out."""

import json
import os
import subprocess
import unittest

from support.command import COMMAND, Case, environment, run
from support.origin import Origin, response


class Sends(Case):
    def echo(self, *arguments, stdin=b""):
        done = run(*arguments, self.url + "/echo", stdin=stdin)
        self.check_quiet(done)
        return json.loads(done.stdout)

    def field(self, told, name):
        return [v for n, v in told["fields"] if n.lower() == name.lower()]

    def test_a_get_without_options(self):
        told = self.echo()
        self.assertEqual((told["method"], told["body"]), ("GET", ""))
        self.assertEqual(self.field(told, "Accept"), ["*/*"])

    def test_the_method_that_is_asked_for(self):
        self.assertEqual(self.echo("-X", "PATCH")["method"], "PATCH")
        self.assertEqual(self.echo("--request=delete")["method"], "DELETE")
        self.assertEqual(self.echo("-XPURGE")["method"], "PURGE")

    def test_headers_as_given(self):
        told = self.echo("-H", "X-A: 1", "-H", "X-A: 2", "--header", "X-B:  padded ")
        self.assertEqual(self.field(told, "X-A"), ["1, 2"])
        self.assertEqual(self.field(told, "X-B"), ["padded"])

    def test_no_default_header_that_was_taken_away(self):
        told = self.echo("-H", "User-Agent:", "-H", "accept:")
        self.assertEqual(self.field(told, "User-Agent") + self.field(told, "Accept"), [])

    def test_data_from_the_command_line_as_a_post(self):
        told = self.echo("-d", "a=1", "--data", "b=2")
        self.assertEqual((told["method"], told["body"]), ("POST", "a=1&b=2"))
        self.assertEqual(self.field(told, "Content-Type"),
                         ["application/x-www-form-urlencoded"])
        self.assertEqual(self.field(told, "Content-Length"), ["7"])

    def test_data_with_a_type_of_its_own(self):
        told = self.echo("-d", "{}", "-H", "content-type: application/json", "-X", "PUT")
        self.assertEqual(self.field(told, "Content-Type"), ["application/json"])
        self.assertEqual(told["method"], "PUT")

    def test_data_from_a_file_byte_for_byte(self):
        content = bytes(range(256)) + b"\r\n\0"
        told = self.echo("-d", "@" + self.path("in", content))
        self.assertEqual(told["body"].encode("latin-1"), content)

    def test_data_from_standard_input(self):
        self.assertEqual(self.echo("-d", "@-", stdin=b"from a pipe")["body"], "from a pipe")

    def test_a_file_as_a_put(self):
        content = os.urandom(300_000)
        told = self.echo("-T", self.path("in", content))
        self.assertEqual((told["method"], told["body"].encode("latin-1")),
                         ("PUT", content))
        self.assertEqual(self.field(told, "Content-Length"), ["300000"])

    def test_a_file_to_the_url_as_it_is(self):
        path = self.path("in", b"x")
        asked = len(self.origin.requests)
        run("-T", path, self.url + "/folder/")
        self.assertEqual(self.origin.requests[asked].path, "/folder/")

    def test_no_data_with_get(self):
        told = self.echo("-X", "GET", "-d", "a=1")
        self.assertEqual((told["method"], told["body"]), ("GET", ""))
        self.assertEqual(self.field(told, "Content-Length"), [])

    def test_standard_input_with_unknown_length(self):
        told = self.echo("-T", "-", stdin=b"x" * 200_000)
        self.assertEqual(told["body"], "x" * 200_000)
        self.assertEqual(self.field(told, "Transfer-Encoding"), ["chunked"])

    def test_an_empty_file(self):
        told = self.echo("-T", self.path("in", b""))
        self.assertEqual((told["method"], told["body"]), ("PUT", ""))

    def test_a_body_again_after_a_redirect_that_keeps_the_method(self):
        def handle(connection, request):
            if request.path == "/from":
                connection.send(response("307 Temporary Redirect", b"", "Location: /to"))
            else:
                connection.send(response("200 OK", request.body))

        origin = Origin(handle)
        self.addCleanup(origin.close)
        done = run("-T", self.path("in", b"y" * 200_000), origin.url + "/from")
        self.assertEqual((done.returncode, done.stdout), (0, b"y" * 200_000))

    def test_properties_by_name(self):
        told = self.echo("-p", "NO_DEFAULT_HEADERS=TRUE")
        self.assertEqual([n for n, _ in told["fields"]], ["Host"])
        told = self.echo("--property", "XHR_PROP_NO_DEFAULT_HEADERS=0x1")
        self.assertEqual([n for n, _ in told["fields"]], ["Host"])

    def test_to_where_connect_to_says(self):
        done = run("--connect-to", f"example.com:80:127.0.0.1:{self.origin.port}",
                   "http://example.com/echo")
        self.check_quiet(done)
        self.assertEqual(dict(json.loads(done.stdout)["fields"])["Host"], "example.com")

    def test_to_where_connect_to_says_for_everything(self):
        done = run("--connect-to", f"::127.0.0.1:{self.origin.port}",
                   "http://nowhere.invalid:8080/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")

    def test_http_when_the_url_names_no_scheme(self):
        self.assertEqual(run(f"127.0.0.1:{self.origin.port}/hello").stdout, b"hello\n")

    def test_what_changes_nothing_here(self):
        told = self.echo("-k", "--http1.1", "--noproxy", "*", "-x", "", "-s",
                         "--data-dir", self.folder, "--")
        self.assertEqual(told["method"], "GET")

    def test_no_credentials_in_the_list_of_processes(self):
        silent = Origin(lambda connection, request: connection.read(1))
        self.addCleanup(silent.close)
        process = subprocess.Popen([COMMAND, "-u", "me:secret", silent.url],
                                   env=environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        try:
            while not silent.requests:
                self.assertIsNone(process.poll())
            with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                self.assertNotIn(b"secret", file.read())
        finally:
            process.terminate()
            process.wait()


class Shows(Case):
    def test_the_body(self):
        done = run(self.url + "/hello")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"hello\n")

    def test_nothing_for_an_empty_body(self):
        done = run(self.url + "/empty")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"")

    def test_the_headers_before_the_body(self):
        done = run("-i", self.url + "/hello")
        self.assertEqual(done.stdout, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                      b"Content-Length: 6\r\n\r\nhello\n")

    def test_the_headers_alone(self):
        done = run("-I", self.url + "/hello")
        self.assertEqual(done.stdout, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                      b"Content-Length: 6\r\n\r\n")
        self.assertEqual(self.origin.requests[-1].method, "HEAD")

    def test_the_response_behind_a_redirect(self):
        done = run("-i", self.url + "/twice")
        self.check_quiet(done)
        self.assertTrue(done.stdout.startswith(b"HTTP/1.1 200 OK\r\n"), done.stdout)

    def test_the_redirect_when_it_is_not_to_be_followed(self):
        done = run("--no-follow", "-i", self.url + "/redirect")
        self.check_quiet(done)
        self.assertTrue(done.stdout.startswith(b"HTTP/1.1 302 Found\r\n"), done.stdout)
        self.assertTrue(done.stdout.endswith(b"\r\n\r\nover there"), done.stdout)

    def test_redirects_when_their_status_is_reported(self):
        done = run("-i", "-p", "REPORT_REDIRECT_STATUS=1", self.url + "/redirect")
        self.assertEqual(done.stdout.count(b"HTTP/1.1 "), 2)

    def test_an_error_page_like_any_other(self):
        done = run(self.url + "/404")
        self.check_quiet(done)
        self.assertEqual(done.stdout, b"nothing here\n")

    def test_no_error_page_with_fail(self):
        done = run("-f", self.url + "/404")
        self.check_line(done, 22)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"404 Not Found", done.stderr)

    def test_a_response_below_400_with_fail(self):
        done = run("--fail", self.url + "/304")
        self.check_quiet(done)

    def test_a_large_body_whole(self):
        done = run(self.url + "/big?5000000")
        self.check_quiet(done)
        self.assertEqual(done.stdout, (bytes(range(256)) * 19532)[:5000000])

    def test_what_came_before_it_ended_early(self):
        done = run(self.url + "/cut")
        self.check_line(done, 18)
        self.assertEqual(done.stdout, b"12345")


class Tells(Case):
    def test_callbacks_and_heads_with_times(self):
        done = run("-v", self.url + "/redirect")
        self.assertEqual((done.returncode, done.stdout), (0, b"hello\n"))
        lines = done.stderr.decode().splitlines()
        for line in lines:
            self.assertRegex(line, r"\A *\d+\.\d{3} [*=<>] ")
        told = [line.split(" = ")[1] for line in lines if " = " in line]
        self.assertEqual(told, [
            "OnHeadersAvailable 302 Found, HTTP/1.1",
            f"OnRedirect {self.url}/hello?x=1",
            "OnHeadersAvailable 200 OK, HTTP/1.1",
            "OnDataAvailable, 6 bytes",
            "OnResponseReceived, 6 bytes of body",
        ])
        self.assertEqual(sum("> GET /" in line for line in lines), 2)
        self.assertTrue(any(" * connect" in line for line in lines), lines)

    def test_an_error_and_its_number(self):
        done = run("-v", "http://127.0.0.1:1/")
        self.assertIn(b"= OnError 0x800c0004 INET_E_CANNOT_CONNECT", done.stderr)

    def test_no_credentials(self):
        done = run("-v", "-H", "Authorization: Basic c2VjcmV0", self.url + "/hello")
        self.assertIn(b"> Authorization: Basic [hidden]", done.stderr)
        self.assertNotIn(b"c2VjcmV0", done.stderr)

    def test_no_commands_to_the_terminal(self):
        done = run("-vf", self.url + "/controls")
        self.assertEqual(done.returncode, 22)
        self.assertIn(b"< X-Name: x\\x9b31m\ty \\x9c \xc3\xbc\n", done.stderr)
        self.assertTrue(done.stderr.endswith(b"the server answers 404 No\\x9b31m\n"))
        self.assertNotRegex(done.stderr, rb"[\x80-\xbb\xbd-\xc2]")

    def test_help_that_fits_a_screen(self):
        for arguments in (["--help"], ["-h"], ["batch", "--help"]):
            done = run(*arguments)
            self.check_quiet(done)
            lines = done.stdout.decode().splitlines()
            self.assertLessEqual(len(lines), 40)
            self.assertLessEqual(max(map(len, lines)), 80)

    def test_the_version(self):
        done = run("--version")
        self.check_quiet(done)
        self.assertRegex(done.stdout, rb"\Aixhr2 \d+\.\d+\.\d+\n\Z")


if __name__ == "__main__":
    unittest.main()
