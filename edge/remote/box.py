"""Asks a box over HTTP, again and again while it does not answer: a network that breaks and a box that restarts are
waited for, and every request may be sent twice."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from edge.backoff import GENTLE, Backoff
from edge.clock import NS_PER_S, Clock
from edge.errors import RinglightError, UsageError
from edge.remote.address import Address
from edge.token import bearer

_LARGEST = 64 << 20
_AWAY = {502, 503, 504}


class BoxRefused(RinglightError):
    """The box answered, and said no: its words, the HTTP status, and the rest of its answer."""

    def __init__(self, words: str, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(words)
        self.status = status
        self.answer = answer


class RemoteBox:
    """One box.

    Args:
        token: what `ringlight token` printed on the box.
        clock: waits between attempts.
        say: told when the box does not answer.
        patience_s: how long it may not answer before that is an error.
        timeout_s: how long one request may take.
    """

    def __init__(
        self,
        address: Address,
        token: str,
        clock: Clock,
        *,
        say: Callable[[str], object] = lambda words: None,
        backoff: Backoff = GENTLE,
        patience_s: float = 300.0,
        timeout_s: float = 30.0,
    ) -> None:
        self.address = address
        self._token = token
        self._clock = clock
        self._say = say
        self._backoff = backoff
        self._patience_ns = round(patience_s * NS_PER_S)
        self._timeout_s = timeout_s
        self._never = threading.Event()
        self._met = False
        self._dice = random.Random()

    def ask(self, method: str, path: str, *, data: bytes | None = None, **query: object) -> dict[str, Any]:
        """Sends a request and returns the JSON object that the box answers.

        Args:
            path: below the address, with its slash. data: the body. query: parameters; those that are None are left
                out.

        Raises:
            UsageError: the token is not the box's, or no such host is known.
            BoxRefused: the box said no.
            RinglightError: it did not answer for `patience_s`, or what answers is no box.
        """
        body, _ = self.fetch(method, path, data=data, **query)
        return self._read(body)

    def fetch(
        self, method: str, path: str, *, data: bytes | None = None, **query: object
    ) -> tuple[bytes, Mapping[str, str]]:
        """As `ask`, for an answer that is no JSON: its bytes (at most 64 MiB) and its headers."""
        given = urlencode({name: value for name, value in query.items() if value is not None})
        target = f"{self.address.base}{path}" + (f"?{given}" if given else "")
        failures, since = 0, self._clock.now_ns()
        while True:
            try:
                status, headers, body = self._once(method, target, data)
                if status not in _AWAY:
                    self._met = True
                    break
                trouble = f"HTTP status {status}"
            except (OSError, http.client.HTTPException) as error:
                if isinstance(error, socket.gaierror) and not self._met:
                    raise UsageError(f"{self.address}: no such host is known ({error}). Correct its name.") from error
                trouble = str(error) or type(error).__name__
            failures += 1
            self._wait(failures, since, trouble)
        self._judge(status, body)
        return body, headers

    def pause(self, seconds: float) -> None:
        """Lets time pass."""
        self._clock.wait(self._never, round(seconds * NS_PER_S))

    def _once(self, method: str, target: str, data: bytes | None) -> tuple[int, Mapping[str, str], bytes]:
        connection = self.address.connect(self._timeout_s)
        try:
            connection.request(method, target, body=data, headers=bearer(self._token))
            answer = connection.getresponse()
            body = answer.read(_LARGEST + 1)
            if len(body) > _LARGEST:
                raise RinglightError(f"{self.address}: answers with more than {_LARGEST >> 20} MiB. Is this a box?")
            return answer.status, dict(answer.getheaders()), body
        finally:
            connection.close()

    def _wait(self, failures: int, since: int, trouble: str) -> None:
        if self._clock.now_ns() - since >= self._patience_ns:
            raise RinglightError(
                f"{self.address}: the box has not answered for {self._patience_ns // NS_PER_S} s ({trouble}). Check "
                "that it runs, that status.enabled is true, its port and the network; then call this again: it goes "
                "on where it stopped."
            )
        if failures == 1:
            self._say(f"{self.address} does not answer ({trouble}); trying again")
        self._clock.wait(self._never, self._backoff.wait_ns(failures, self._dice))

    def _judge(self, status: int, body: bytes) -> None:
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise UsageError(f"{self.address}: sends the desk elsewhere (HTTP {status}). Name that address instead.")
        answer = self._read(body)
        words = answer.get("error")
        if not isinstance(words, str):
            raise self._no_box()
        if status == http.client.UNAUTHORIZED:
            raise UsageError(f"{self.address}: {words}")
        raise BoxRefused(words, status, answer)

    def _read(self, body: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise self._no_box()
        return answer

    def _no_box(self) -> RinglightError:
        return UsageError(f"{self.address}: what answers there is no Ringlight box. Check host and port.")
