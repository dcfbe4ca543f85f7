# SPDX-License-Identifier: MIT
"""Proxies on loopback: HTTP, plain and by CONNECT, and SOCKS 5."""

import socket
import threading
import urllib.parse

from support.auth import basic
from support.origin import Connection, Ended, Origin, response


def _connect(host, port):
    """Names of tests lead to loopback."""
    return socket.create_connection(("127.0.0.1" if host.endswith(".test") else host, port),
                                    timeout=30)


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _splice(connection, other):
    """Passes bytes on, both ways, until both have ended."""
    other.sendall(connection.rest)
    thread = threading.Thread(target=_pump, args=(other, connection.sock), daemon=True)
    thread.start()
    _pump(connection.sock, other)
    thread.join()
    other.close()


class Proxy(Origin):
    """An HTTP proxy. login: "user:password" that it wants by Basic; refusal: the status
    line that it answers CONNECT with."""

    def __init__(self, login=None, refusal=None):
        self.login = login
        self.refusal = refusal
        super().__init__(self._pass_on)

    def _pass_on(self, connection, request):
        if self.login and request.field("Proxy-Authorization") != basic(self.login):
            connection.send(response("407 Proxy Authentication Required", b"pay first\n",
                                     'Proxy-Authenticate: Basic realm="Gate"'))
        elif request.method != "CONNECT":
            self._forward(connection, request)
        elif self.refusal:
            connection.send(response(self.refusal, b"a page of the proxy\n"))
        else:
            host, port = request.target.rsplit(":", 1)
            other = _connect(host, int(port))
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _splice(connection, other)
            raise Ended

    @staticmethod
    def _forward(connection, request):
        url = urllib.parse.urlsplit(request.target)
        lines = [f"{request.method} {url.path or '/'} HTTP/1.1", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in request.fields
                  if not name.startswith("Proxy-") and name != "Connection"]
        with _connect(url.hostname, url.port or 80) as other:
            other.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" +
                          request.body)
            while data := other.recv(65536):
                connection.send(data)
        raise Ended

    def sent(self):
        """The Proxy-Authorization of each request, or None."""
        return [request.field("Proxy-Authorization") for request in self.requests]


class Socks(Origin):
    """A SOCKS 5 proxy; login: "user:password" that it wants. targets: what it was asked
    for; refusal: the code that it answers."""

    def __init__(self, login=None, refusal=0):
        self.login = login
        self.refusal = refusal
        self.targets = []
        super().__init__()

    def _serve(self, sock):
        connection = Connection(sock)
        try:
            self._speak(connection)
        except (Ended, OSError, ValueError):
            pass
        finally:
            sock.close()

    def _greet(self, connection):
        methods = connection.read(connection.read(2)[1])
        method = 2 if self.login else 0
        if method not in methods:
            connection.send(b"\x05\xff")
            raise Ended
        connection.send(bytes([5, method]))
        if self.login:
            user = connection.read(connection.read(2)[1])
            password = connection.read(connection.read(1)[0])
            is_good = user + b":" + password == self.login.encode()
            connection.send(b"\x01" + bytes([not is_good]))
            if not is_good:
                raise Ended

    def _speak(self, connection):
        self._greet(connection)
        kind = connection.read(4)[3]
        if kind == 3:
            host = connection.read(connection.read(1)[0]).decode()
        else:
            family = {1: socket.AF_INET, 4: socket.AF_INET6}[kind]
            host = socket.inet_ntop(family, connection.read(4 if kind == 1 else 16))
        port = int.from_bytes(connection.read(2), "big")
        self.targets.append((host, port))
        connection.send(b"\x05" + bytes([self.refusal]) + b"\0\x01" + bytes(6))
        if not self.refusal:
            _splice(connection, _connect(host, port))
