"""Fetches a bundle from the address that an MQTT command named, into the same uploads as a desk's parts."""

from __future__ import annotations

import http.client
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from edge.backoff import GENTLE, Backoff
from edge.clock import NS_PER_S, Clock
from edge.errors import RinglightError
from edge.intake.uploads import Fault, UploadRefused, Uploads
from edge.remote.address import Address

_LONGEST_URL = 2048
_PIECE = 64 * 1024
_TIMEOUT_S = 30.0
_LONGEST_NS = 3600 * NS_PER_S
_FAILURES = 8  # in a row, without a new part between them
_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class FetchFailed(RinglightError):
    """What was named could not be fetched."""


class _Trouble(Exception):
    """What may be better with the next attempt."""


@dataclass(frozen=True, slots=True)
class Source:
    """An address that may be fetched from."""

    address: Address
    target: str

    @classmethod
    def parse(cls, url: object) -> Source:
        """Reads an http or https address.

        Raises:
            ValueError: it is none, or carries a user name.
        """
        parts = _split(url) if isinstance(url, str) and len(url) <= _LONGEST_URL else None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError("url must be an address that begins with http:// or https://, without a user name")
        tls = parts.scheme == "https"
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(Address(parts.hostname, parts.port or (443 if tls else 80), tls), target)


class Fetcher:
    """Fetches into uploads, with pauses between attempts, for an hour at most.

    Args:
        stop: set when the box stops.
    """

    def __init__(self, uploads: Uploads, clock: Clock, stop: threading.Event, backoff: Backoff = GENTLE) -> None:
        self._uploads = uploads
        self._clock = clock
        self._stop = stop
        self._backoff = backoff
        self._dice = random.Random()

    def fetch(self, source: Source, digest: str, say: Callable[[str], object]) -> None:
        """Fetches what lies at an address until the upload with this SHA-256 is whole.

        Raises:
            FetchFailed: it is not there, is another file, or does not come.
            UploadRefused: it is too large, or the box has no room.
        """
        end, failures, had = self._clock.now_ns() + _LONGEST_NS, 0, -1
        say(f"fetching from {source.address}")
        while True:
            try:
                self._once(source, digest, end)
                say(f"received: {self._uploads.look(digest).size} bytes, SHA-256 {digest[:12]}…")
                return
            except UploadRefused as error:
                if error.fault is Fault.HASH:
                    raise FetchFailed(f"what lies at {source.address} is another file than {digest[:12]}….") from error
                raise
            except (OSError, http.client.HTTPException, _Trouble) as error:
                have = self._uploads.look(digest).have
                failures = failures + 1 if have <= had else 1
                had = have
                self._wait(source, failures, end, str(error) or type(error).__name__)

    def _once(self, source: Source, digest: str, end: int) -> None:
        upload = self._uploads.look(digest)
        if upload.size and upload.have == upload.size:
            return
        connection = source.address.connect(_TIMEOUT_S)
        try:
            headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={upload.have}-"} if upload.have else {})
            connection.request("GET", source.target, headers=headers)
            answer = connection.getresponse()
            size, at = _size_and_offset(source, answer, upload.have)
            if size != upload.size and at:  # another file lies there now
                self._uploads.remove(digest)
                raise _Trouble("its size has changed")
            self._take(answer, digest, size, at, end)
        finally:
            connection.close()

    def _take(self, answer: http.client.HTTPResponse, digest: str, size: int, at: int, end: int) -> None:
        """The body begins at byte `at` of the file; what the box has of it already is passed over."""
        have = self._uploads.look(digest).have if self._uploads.look(digest).size == size else 0
        pieces = bytearray()
        while have < size:
            piece = answer.read1(_PIECE)
            if not piece:
                raise _Trouble("the connection ended too early")
            if self._stop.is_set() or self._clock.now_ns() > end:
                raise _Trouble("it takes too long")
            pieces += piece[max(0, have - at) :] if at < have else piece
            at += len(piece)
            while have < size and len(pieces) >= min(self._uploads.part, size - have):
                part = bytes(pieces[: min(self._uploads.part, size - have)])
                have = self._uploads.put(digest, size, have, part, keep=digest).have
                del pieces[: len(part)]

    def _wait(self, source: Source, failures: int, end: int, trouble: str) -> None:
        if self._stop.is_set():
            raise FetchFailed("the box was stopped while it fetched. Send the command again.")
        if failures >= _FAILURES or self._clock.now_ns() > end:
            raise FetchFailed(f"{source.address} does not give the file ({trouble}). Check it, then send it again.")
        self._clock.wait(self._stop, self._backoff.wait_ns(failures, self._dice))


def _size_and_offset(source: Source, answer: http.client.HTTPResponse, have: int) -> tuple[int, int]:
    """How large the file is, and which byte of it the answer begins with (RFC 9110, 14)."""
    if answer.status in _AGAIN:
        raise _Trouble(f"HTTP status {answer.status}")
    if answer.status == http.client.OK and (answer.getheader("Content-Length") or "").isdigit():
        return int(answer.getheader("Content-Length") or 0), 0
    found = _RANGE.fullmatch(answer.getheader("Content-Range") or "")
    if answer.status == http.client.PARTIAL_CONTENT and found and int(found[1]) == have:
        return int(found[2]), have
    if answer.status in (http.client.OK, http.client.PARTIAL_CONTENT):
        raise FetchFailed(f"{source.address} does not say how large the file is. Serve it from an ordinary web server.")
    if 300 <= answer.status < 400:
        raise FetchFailed(f"{source.address} sends the box elsewhere (HTTP {answer.status}). Name that address.")
    raise FetchFailed(f"{source.address} refuses (HTTP {answer.status}). Check url.")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return None
    plain = url.isascii() and url.isprintable() and " " not in url
    return parts if plain else None
