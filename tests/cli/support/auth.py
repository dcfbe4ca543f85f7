# SPDX-License-Identifier: MIT
"""An origin that wants a login, and how it looks at one."""

import base64
import hashlib
import re

from support.origin import Origin, answer, response


def basic(login):
    """The value of Authorization for "user:password"."""
    return "Basic " + base64.b64encode(login.encode()).decode()


def _md5(*parts):
    return hashlib.md5(":".join(parts).encode()).hexdigest()


def digest_is_good(value, method, login, nonce):
    """Whether value, of Authorization, is the Digest answer (MD5, qop=auth)."""
    if not value or not value.startswith("Digest "):
        return False
    said = {name: quoted or plain for name, quoted, plain in
            re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', value)}
    user, _, password = login.partition(":")
    wanted = _md5(_md5(user, said.get("realm", ""), password), nonce, said.get("nc", ""),
                  said.get("cnonce", ""), "auth", _md5(method, said.get("uri", "")))
    return (said.get("username"), said.get("nonce"), said.get("response")) == \
        (user, nonce, wanted)


class Guarded(Origin):
    """Wants login, "user:password", by scheme: "Basic" or "Digest". The answers behind it
    are those of every origin."""

    NONCE = "bm9uY2U="

    def __init__(self, login, scheme="Basic", realm="Staff", handle=None):
        self.login = login
        self.scheme = scheme
        self.challenge = f'WWW-Authenticate: {scheme} realm="{realm}"'
        if scheme == "Digest":
            self.challenge += f', qop="auth", nonce="{self.NONCE}"'
        self.behind = handle or answer
        super().__init__(self._guard)

    def _is_good(self, request):
        value = request.field("Authorization")
        if self.scheme == "Basic":
            return value == basic(self.login)
        return digest_is_good(value, request.method, self.login, self.NONCE)

    def _guard(self, connection, request):
        if self._is_good(request):
            self.behind(connection, request)
        else:
            connection.send(response("401 Unauthorized", b"who are you?\n",
                                     self.challenge))

    def sent(self):
        """The Authorization of each request, or None."""
        return [request.field("Authorization") for request in self.requests]
