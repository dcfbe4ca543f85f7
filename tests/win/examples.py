# SPDX-License-Identifier: MIT
"""The programs of examples/windows, which know nothing but Windows: each compiles with every
compiler there is, as C++14, C++17 and C++20 or C, with a WCHAR of 4 bytes and of 2, and without
a warning; and each runs against nginx. Under a sanitizer they are built as the library is.
Two compilers together see every standard with every width, and each alone if IXHR2_ALL_PAIRS
is set."""

import concurrent.futures
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(os.environ["IXHR2_SOURCE_DIR"])
LIBRARY = Path(os.environ["IXHR2_LIBRARY"])
SANITIZE = os.environ.get("IXHR2_SANITIZE", "")
EXAMPLES = ROOT / "examples/windows"

WARNINGS = "-Wall -Wextra -Wpedantic -Werror -Wno-unknown-pragmas".split()
HEADERS = ["-I", str(ROOT / "include/ixhr2"), "-I", str(ROOT / "include")]
UNICODE = ["-DUNICODE", "-D_UNICODE"]
LIBRARIES = ["-L", str(LIBRARY.parent), "-lixhr2win", "-lixhr2", "-pthread",
             f"-Wl,-rpath,{LIBRARY.parent}"]

# The widths of WCHAR, and the options that make them.
WIDTHS = {"wide": [], "char16": ["-DIXHR2_WCHAR16"]}

START_S = 100  # nginx begins to listen
RUN_S = 100  # a program ends
POLL_S = 0.01

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    access_log off;
    default_type application/octet-stream;
    types {{ text/plain txt; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {folder}/cert.pem;
        ssl_certificate_key {folder}/key.pem;
        root {folder}/root;
        client_max_body_size 0;
        location /up/ {{ dav_methods PUT; }}
        location = /old {{ return 302 /hello.txt; }}
    }}
}}
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Server:
    """nginx with a few files, and a certificate that it has signed itself."""

    def __init__(self, folder):
        self.folder = folder
        self.port, self.tls_port = free_ports(2)
        (folder / "root/up").mkdir(parents=True)
        self.put("hello.txt", b"hello, world\n")
        self.put("large", bytes(range(256)) * 4000)
        self.put("list", "".join(f"{self.url(n)}\n" for n in ("hello.txt", "large",
                                                              "hello.txt")).encode())
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/O=House/CN=device.test", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
                       check=True, capture_output=True)
        (folder / "conf").write_text(CONFIGURATION.format(
            folder=folder, port=self.port, tls_port=self.tls_port))
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["nginx", "-p", folder, "-e", "stderr", "-c", folder / "conf"],
                stdout=log, stderr=log)
        self.wait()

    def put(self, name, content):
        (self.folder / "root" / name).write_bytes(content)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/{path}"

    def tls_url(self, path):
        return f"https://127.0.0.1:{self.tls_port}/{path}"

    def wait(self):
        deadline = time.monotonic() + START_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls_port)).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.close()
                    raise RuntimeError((self.folder / "log").read_text()) from None
            time.sleep(POLL_S)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def compilers(*names):
    """Those that are there, each once; under a sanitizer the library's alone."""
    found = {}
    for name in names[:1] if SANITIZE else names:
        path = shutil.which(name)
        if path:
            found.setdefault(os.path.realpath(path), name)
    return list(found.values())


class Build:
    """One program by one compiler."""

    def __init__(self, folder, source, compiler, standard, width):
        kind = Path(compiler).name.replace("+", "x")
        self.program = folder / f"{source.stem}-{kind}-{standard}-{width}"
        self.name = f"{source.name} by {compiler} as {standard}, {width}"
        self.command = [compiler, f"-std={standard}", *WARNINGS, *HEADERS, *UNICODE,
                        *WIDTHS[width], str(source)]
        if SANITIZE:
            # The interfaces' objects are those of a library in C: they have no type
            # information that vptr could look at.
            self.command += ["-g", f"-fsanitize={SANITIZE}", "-fno-sanitize-recover=all"]
            if "undefined" in SANITIZE:
                self.command.append("-fno-sanitize=vptr")

    def run(self, is_linked):
        libraries = ["-ldl", "-pthread"] if "Loaded" in self.program.name else LIBRARIES
        tail = ["-o", str(self.program), *libraries] if is_linked else ["-fsyntax-only"]
        done = subprocess.run(self.command + tail, capture_output=True, text=True)
        return None if done.returncode == 0 and not done.stderr else \
            f"{self.name}:\n{done.stderr[:2000]}"


def environment(stem):
    """Of a program. The search for leaks does not bear a library that was loaded late and
    whose threads still run."""
    options = os.environ.get("ASAN_OPTIONS", "")
    is_late = SANITIZE and stem == "Loaded"
    return {**os.environ, "ASAN_OPTIONS": options + ":detect_leaks=0" if is_late else options}


def variants(folder):
    """What is built and run, and what is only compiled."""
    linked, compiled = [], []
    cxx = compilers(os.environ.get("CXX", "c++"), "g++", "clang++")
    for source in sorted(EXAMPLES.glob("*.cpp")):
        for compiler in cxx:
            widths = list(WIDTHS)[::-1 if cxx.index(compiler) % 2 else 1]
            for standard, width in zip(("c++14", "c++20", "c++17"), widths + widths):
                into = compiled if standard == "c++17" else linked
                into.append(Build(folder, source, compiler, standard, width))
            if os.environ.get("IXHR2_ALL_PAIRS"):
                for standard, width in zip(("c++14", "c++20", "c++17"), widths[1:] + widths):
                    compiled.append(Build(folder, source, compiler, standard, width))
    for source in sorted(EXAMPLES.glob("*.c")):
        for compiler in compilers(os.environ.get("CC", "cc"), "gcc", "clang"):
            linked.append(Build(folder, source, compiler, "gnu11", "wide"))
            compiled.append(Build(folder, source, compiler, "gnu17", "char16"))
            if source.stem != "Loaded":  # the entry point is for those whose WCHAR is wide
                linked.append(Build(folder, source, compiler, "gnu17", "char16"))
    return linked, [] if SANITIZE else compiled


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="ixhr2-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        linked, compiled = variants(cls.folder)
        cls.programs = [build.program for build in linked]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda job: job[0].run(job[1]),
                               [(b, True) for b in linked] + [(b, False) for b in compiled])
            faults = [fault for fault in results if fault]
        if faults:
            raise AssertionError("\n".join(faults))
        cls.server = Server(cls.folder)
        cls.addClassCleanup(cls.server.close)

    def check(self, stem, *arguments, status=0, out="", err="^$"):
        """Runs each build of a program; out and err are patterns."""
        builds = [p for p in self.programs if p.name.startswith(stem + "-")]
        self.assertTrue(builds)
        for program in builds:
            with self.subTest(program=program.name):
                done = subprocess.run([program, *arguments], capture_output=True,
                                      timeout=RUN_S, env=environment(stem))
                told = done.stderr.decode()
                self.assertEqual(done.returncode, status, done.stdout.decode() + told)
                self.assertRegex(done.stdout.decode(), f"^(?:{out})$")
                self.assertRegex(told, err)

    def test_download_gets_a_url(self):
        self.check("Download", self.server.url("hello.txt"), out="hello, world\n",
                   err="^200 OK, text/plain\n$")

    def test_download_writes_what_a_redirect_leads_to_into_a_file(self):
        path = self.folder / "download"
        self.check("Download", self.server.url("old"), path,
                   err=f"^redirected to {re.escape(self.server.url('hello.txt'))}\n200 OK")
        self.assertEqual(path.read_bytes(), b"hello, world\n")

    def test_download_tells_a_status_and_an_error(self):
        self.check("Download", self.server.url("nothing"), status=1, err="^404 Not Found",
                   out=r"<html>[^\0]*")
        self.check("Download", "http:///", status=1, err="^failed: 0x800C0002\n$")

    def test_upload_sends_a_file(self):
        sent = self.folder / "sent"
        sent.write_bytes(bytes(range(255)) * 3001)
        self.check("Upload", sent, self.server.url("up/sent"), out="20[14]\n",
                   err="^765255 of 765255 bytes were read\n$")
        self.assertEqual((self.folder / "root/up/sent").read_bytes(), sent.read_bytes())

    def test_upload_tells_an_error_in_words(self):
        self.check("Upload", self.folder / "nothing", self.server.url("up/x"), status=1,
                   err=r"^failed: 0x80070002 \S+")

    def test_certificate_retry_takes_the_certificate_that_it_has_seen(self):
        self.check("CertificateRetry", self.server.tls_url("hello.txt"), "device.test",
                   out="certificate of device.test, issued by .*device.test.*\n200\n")

    def test_certificate_retry_refuses_another_name(self):
        self.check("CertificateRetry", self.server.tls_url("hello.txt"), "other.test", status=1,
                   out="certificate of device.test, .*\nfailed: 0x800C0019\n")

    def test_task_chain_gets_what_a_list_names(self):
        self.check("TaskChain", self.server.url("list"), out="1024026 bytes\n")

    def test_task_chain_tells_an_error_anywhere_in_the_chain(self):
        self.server.put("broken", f"{self.server.url('hello.txt')}\nhttp:///\n".encode())
        self.check("TaskChain", self.server.url("broken"), status=1,
                   out=r"failed: 0x800C0002 \S.*\n")
        self.check("TaskChain", self.server.url("nothing"), status=1,
                   out=r"failed: 0x80190194 \S.*\n")

    def test_c_gets_a_url(self):
        self.check("GetInC", self.server.url("large"), out="200, 1024000 bytes\n")

    def test_c_gets_a_url_by_a_library_that_it_loads(self):
        self.check("Loaded", LIBRARY, self.server.url("hello.txt"), out="200\n")
        self.check("Loaded", LIBRARY, "http:///", status=1, out="failed: 0x800C0002\n")


if __name__ == "__main__":
    if not shutil.which("nginx"):
        sys.exit(77)
    unittest.main()
