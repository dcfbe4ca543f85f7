# SPDX-License-Identifier: MIT
"""Servers with TLS, and the certificates that tests/lib/pki.py makes."""

import atexit
import os
import shutil
import ssl
import subprocess
import sys
import tempfile

from support.origin import Origin


def _folder():
    """Where the certificates are; CTest makes them for all tests together."""
    if "IXHR2_PKI" in os.environ:
        return os.environ["IXHR2_PKI"]
    made = tempfile.mkdtemp(prefix="ixhr2-pki.")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    script = os.path.join(os.path.dirname(__file__), "../../lib/pki.py")
    subprocess.run([sys.executable, script, made], check=True, timeout=120)
    return made


PKI = _folder()


def pki(name):
    return os.path.join(PKI, name)


def der(name):
    with open(pki(name + ".der"), "rb") as file:
        return file.read()


class TlsOrigin(Origin):
    """An origin behind TLS with a certificate by name. clients: "optional" or "required",
    a certificate of client_root. prepare(context) may change the ssl.SSLContext."""

    def __init__(self, certificate="good", handle=None, clients=None, prepare=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The server is to show weak certificates, and to speak old versions.
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.load_cert_chain(pki(certificate + ".pem"), pki(certificate + ".key"))
        if clients:
            self.context.load_verify_locations(pki("client_root.pem"))
            self.context.verify_mode = {"optional": ssl.CERT_OPTIONAL,
                                        "required": ssl.CERT_REQUIRED}[clients]
        if prepare:
            prepare(self.context)
        self.failures = []
        super().__init__(handle)
        self.authority = f"good.test:{self.port}"
        self.url = f"https://{self.authority}"

    def _serve(self, sock):
        try:
            sock = self.context.wrap_socket(sock, server_side=True)
        except OSError as failure:
            self.failures.append(failure)
            sock.close()
            return
        super()._serve(sock)


class PlainOrigin(Origin):
    """One that answers a handshake in plain HTTP."""

    def _serve(self, sock):
        sock.recv(1)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        sock.close()


class OpensslOrigin:
    """openssl s_server, for what Python's cannot do; it answers /. It shows a certificate
    by name, and takes more options."""

    def __init__(self, certificate, *options):
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert",
             pki(certificate + ".pem"), "-cert_chain", pki(certificate + ".pem"), "-key",
             pki(certificate + ".key"), *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in self.process.stdout:
            if line.startswith(b"ACCEPT"):
                break
        self.port = int(line.rsplit(b":", 1)[1])
        self.url = f"https://good.test:{self.port}"

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
