# SPDX-License-Identifier: MIT
"""Servers on loopback for the tests of the command."""

import json
import socket
import threading
import time


class Request:
    """What a client asked."""

    def __init__(self, method, target, fields, body):
        self.method = method
        self.target = target
        self.path, _, self.query = target.partition("?")
        self.fields = fields  # pairs, in order
        self.body = body

    def field(self, name):
        """The first value of a field, or None."""
        return next((v for n, v in self.fields if n.lower() == name.lower()), None)


class Ended(Exception):
    """The client has gone."""


class Connection:
    """One accepted connection, read by lines and lengths."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.rest = b""

    def _more(self):
        piece = self.sock.recv(65536)
        if not piece:
            raise Ended
        self.rest += piece

    def read(self, count):
        while len(self.rest) < count:
            self._more()
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def until(self, mark):
        while mark not in self.rest:
            self._more()
        taken, _, self.rest = self.rest.partition(mark)
        return taken

    def _chunks(self):
        body = b""
        while True:
            size = int(self.until(b"\r\n").split(b";")[0], 16)
            body += self.read(size)
            self.until(b"\r\n")
            if size == 0:
                return body

    def request(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        fields = [tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "")
                  for line in lines[1:]]
        request = Request(method, target, fields, b"")
        if request.field("Expect"):
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.field("Transfer-Encoding"):
            request.body = self._chunks()
        else:
            request.body = self.read(int(request.field("Content-Length") or 0))
        return request

    def send(self, data):
        self.sock.sendall(data)

    def reset(self):
        """Closes with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             b"\x01\0\0\0\0\0\0\0")


def response(status, body=b"", *fields):
    """The bytes of a response with a length."""
    lines = [f"HTTP/1.1 {status}", *fields, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Origin:
    """Answers until it is closed. handle(connection, request) answers one request; it may
    raise Ended to close the connection."""

    def __init__(self, handle=None):
        self.handle = handle or answer
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        connection = Connection(sock)
        try:
            while True:
                request = connection.request()
                self.requests.append(request)
                self.handle(connection, request)
        except (Ended, OSError, ValueError):
            pass
        finally:
            sock.close()

    def close(self):
        self.listener.close()


def _big(connection, request):
    left = int(request.query)
    connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {left}\r\n\r\n".encode())
    piece = bytes(range(256)) * 256
    while left:
        connection.send(piece[:left])
        left -= min(left, len(piece))


def _slow(connection, request):
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
    time.sleep(float(request.query))
    connection.send(b"67890")


def _echo(connection, request):
    told = {"method": request.method, "target": request.target,
            "fields": request.fields, "body": request.body.decode("latin-1")}
    connection.send(response("200 OK", json.dumps(told).encode(),
                             "Content-Type: application/json"))


# What is sent as it stands, before the connection is closed.
_RAW = {
    "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
    "/nothing": b"",
    "/half": b"HTTP/1.1 200 OK\r\nServ",
    "/nonsense": b"220 mail.example ESMTP\r\n\r\n",
    "/controls": b"HTTP/1.1 404 No\xc2\x9b31m\r\nX-Name: x\xc2\x9b31m\ty \xc2\x9c \xc3\xbc\r\n"
                 b"Content-Length: 0\r\n\r\n",
    "/latin": b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9 \xc3\xa9\r\nContent-Length: 0\r\n\r\n",
}

_PLAIN = {
    "/hello": response("200 OK", b"hello\n", "Content-Type: text/plain"),
    "/empty": response("200 OK"),
    "/cookies": response("200 OK", b"", "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2"),
    "/redirect": response("302 Found", b"over there", "Location: /hello?x=1"),
    "/twice": response("301 Moved Permanently", b"", "Location: /redirect"),
    "/loop": response("302 Found", b"", "Location: /loop"),
    "/away": response("302 Found", b"", "Location: ftp://example.com/"),
    "/dead": response("302 Found", b"", "Location: http://127.0.0.1:1/"),
    "/304": b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
    "/404": response("404 Not Found", b"nothing here\n"),
    "/500": response("500 Internal Server Error", b"oh\n"),
}


def answer(connection, request):
    """The answers that the tests share."""
    path = request.path
    if path in _PLAIN:
        plain = _PLAIN[path]
        if request.method == "HEAD":
            plain = plain[:plain.index(b"\r\n\r\n") + 4]
        connection.send(plain)
    elif path in _RAW:
        connection.send(_RAW[path])
        raise Ended
    elif path == "/reset":
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
        time.sleep(0.05)
        connection.reset()
        raise Ended
    elif path == "/silence":
        time.sleep(30)
    elif path == "/big":
        _big(connection, request)
    elif path == "/slow":
        _slow(connection, request)
    else:
        _echo(connection, request)
