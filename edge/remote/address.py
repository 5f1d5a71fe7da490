"""Where a box listens: HOST[:PORT], or a whole address where a proxy stands before it."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from edge.errors import UsageError

PORT = 8080


@dataclass(frozen=True, slots=True)
class Address:
    """`base` is the path below which the interface lies, without a slash at its end."""

    host: str
    port: int
    tls: bool = False
    base: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Reads HOST, HOST:PORT, [IPV6]:PORT, or http(s)://HOST[:PORT][/PATH].

        Raises:
            UsageError: it is none of these.
        """
        bare = "://" not in text
        try:
            parts = urlsplit(f"http://{text}" if bare else text)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        strange = parts.scheme not in ("http", "https") or parts.username is not None or parts.query or parts.fragment
        if not host or strange or any(letter.isspace() for letter in text):
            raise UsageError(f"{text!r} is no address of a box. Write HOST, HOST:PORT, or https://HOST[:PORT].")
        tls = parts.scheme == "https"
        return cls(host, port or (PORT if bare else 443 if tls else 80), tls, parts.path.rstrip("/"))

    def connect(self, timeout_s: float) -> http.client.HTTPConnection:
        """A connection that is opened with its first request; HTTPS is verified by the system's certificates."""
        kind = http.client.HTTPSConnection if self.tls else http.client.HTTPConnection
        return kind(self.host, self.port, timeout=timeout_s)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https://' if self.tls else ''}{host}:{self.port}{self.base}"
