"""Network cameras that send motion JPEG over HTTP: picture after picture in one multipart answer (RFC 2046, 5.1).

FFmpeg hands such a stream out picture by picture, the old ones first, and a picture that was cut off as if it were
whole. Here what waits in the socket is passed over undecoded, the newest is decoded, and half a picture is none.
"""

from __future__ import annotations

import base64
import re
import select
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import cv2
import numpy as np

from edge.clock import NS_PER_S, Clock
from edge.errors import CameraError

_CHUNK = 1 << 18
_MOST_HEADER = 1 << 14
_MOST_PICTURE = 1 << 26
_MOST_DAMAGED = 10  # pictures in a row
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length:\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)
_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"  # ISO/IEC 10918-1, B.1: SOI and EOI


class Parts:
    """Takes a multipart body apart as it comes, and keeps the newest whole JPEG.

    `damaged` counts parts that are none, since the last that is one.
    """

    def __init__(self, boundary: str) -> None:
        # Some cameras name the boundary with the dashes that stand before it.
        self._mark = b"--" + boundary.encode("latin-1").lstrip(b"-")
        self._buffer = bytearray()
        self.newest: bytes | None = None
        self.damaged = 0

    def feed(self, data: bytes) -> None:
        """Raises ValueError where it is no multipart body, or a part is too large for a picture."""
        self._buffer += data
        while (body := self._next()) is not None:
            body = body.rstrip(b"\r\n\0")
            whole = body.startswith(_BEGIN) and body.endswith(_END)
            self.damaged = 0 if whole else self.damaged + 1
            self.newest = body if whole else self.newest

    def _next(self) -> bytes | None:
        """The next part's body, which is then out of the buffer; None where it is not complete."""
        head = _BLANK_LINE.search(self._buffer, 0, _MOST_HEADER)
        if head is None:
            if len(self._buffer) >= _MOST_HEADER:
                raise ValueError("a part has no header")
            return None
        header = bytes(self._buffer[: head.start()])
        if not header.lstrip(b"\r\n-").startswith(self._mark.lstrip(b"-")):
            raise ValueError("a part does not begin with the boundary")
        length = _LENGTH.search(header.replace(b"\r", b""))
        end = head.end() + int(length[1]) if length else self._buffer.find(self._mark, head.end())
        if max(end, len(self._buffer)) - head.end() > _MOST_PICTURE:
            raise ValueError(f"a part is larger than {_MOST_PICTURE >> 20} MiB")
        if end < 0 or end > len(self._buffer):
            return None
        body = bytes(self._buffer[head.end() : end])
        del self._buffer[:end]
        return body


class MjpegStream:
    """An answer that goes on for ever. Not for two threads at a time.

    Args:
        timeout_ns: how long one whole picture may take.
    """

    def __init__(
        self, connection: HTTPConnection, sock: Any, answer: HTTPResponse, clock: Clock, timeout_ns: int
    ) -> None:
        self._connection, self._socket, self._answer = connection, sock, answer
        self._clock, self._timeout = clock, timeout_ns
        self._parts = Parts(answer.headers.get_boundary() or "")
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        sock.settimeout(timeout_ns / NS_PER_S)

    def read(self) -> tuple[bool, Any]:
        """(True, BGR uint8 [H, W, 3]): the newest picture that has come whole and was not given out yet.

        Raises:
            CameraError: the stream ended, is none, or brought no whole picture in time.
        """
        for _ in range(_MOST_DAMAGED):
            data = np.frombuffer(self._newest(), np.uint8)
            image = cv2.imdecode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            if image is not None:
                return True, image
        raise CameraError("the camera sends JPEG pictures that cannot be decoded. Restart it.")

    def stamp_ms(self) -> None:
        """HTTP says nothing of when a picture was taken."""

    def controls(self) -> Mapping[str, float]:
        return {}

    def release(self) -> None:
        self._answer.close()
        self._connection.close()
        self._socket.close()

    def _newest(self) -> bytes:
        end, passed_over = self._clock.now_ns() + self._timeout, 0
        try:
            while self._parts.newest is None or (passed_over < _MOST_PICTURE and self._more()):
                chunk = self._answer.read1(_CHUNK)
                if not chunk:
                    raise CameraError("the camera ended the stream")
                self._parts.feed(chunk)
                passed_over += len(chunk)
                if self._parts.newest is None and self._clock.now_ns() > end:
                    raise TimeoutError
                if self._parts.damaged >= _MOST_DAMAGED:
                    raise ValueError(f"{_MOST_DAMAGED} pictures in a row are damaged")
        except TimeoutError as error:
            raise CameraError(f"no whole picture within {self._timeout / NS_PER_S:g} s") from error
        except (ValueError, HTTPException) as error:
            raise CameraError(f"what the camera sends is no motion JPEG ({error}). Restart it.") from error
        newest, self._parts.newest = self._parts.newest, None
        return newest

    def _more(self) -> bool:
        """Whether more can be had without waiting."""
        pending = getattr(self._socket, "pending", None)  # of TLS
        return bool(self._poll.poll(0)) or bool(pending and pending())


def open_mjpeg(address: str, clock: Clock, open_timeout_ns: int, read_timeout_ns: int) -> MjpegStream | None:
    """The stream at an address `http://` or `https://`, user and password included; None where something else than
    motion JPEG is there.

    Raises:
        CameraError: nobody answers, or not with what was asked for.
    """
    url = urlsplit(address)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=open_timeout_ns / NS_PER_S)
    try:
        connection.connect()
        sock = connection.sock
        connection.request("GET", url._replace(scheme="", netloc="", fragment="").geturl() or "/", headers=_login(url))
        answer = connection.getresponse()
        if answer.status != 200:
            raise CameraError(
                f"{without_password(address)}: answers {answer.status} {answer.reason}. Correct camera.device."
            )
        if answer.headers.get_content_type() == "multipart/x-mixed-replace":
            return MjpegStream(connection, sock, answer, clock, read_timeout_ns)
    except (OSError, HTTPException) as error:
        connection.close()
        text = f"{without_password(address)}: cannot be opened ({error or type(error).__name__})"
        raise CameraError(f"{text}. Is the camera on, and named rightly in camera.device?") from error
    except CameraError:
        connection.close()
        raise
    connection.close()
    with suppress(OSError):
        sock.close()
    return None


def without_password(address: str) -> str:
    """An address that may be shown: to the page, to MQTT, in a log."""
    url = urlsplit(address)
    if url.password is None:
        return address
    return url._replace(netloc=f"{url.username}:…@{url.netloc.rpartition('@')[2]}").geturl()


def _login(url: SplitResult) -> dict[str, str]:
    if url.username is None:
        return {}
    words = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}
