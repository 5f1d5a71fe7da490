"""What is to be said besides results: the retained topics `info` and `state`, and what operators say of parts."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from edge.clock import NS_PER_S, Clock
from edge.telemetry.payloads import encode, iso_time
from edge.telemetry.topics import INFO, LABEL, STATE, Topic

STATE_EVERY_NS = 1 * NS_PER_S
_LABELS = 1000


class Board:
    """Keeps the newest bodies, and says which of them the broker does not have yet.

    The setters may be called from any thread; what they are given is copied.
    """

    def __init__(self, boot_id: str, clock: Clock) -> None:
        self._boot_id = boot_id
        self._clock = clock
        self._info: dict[str, Any] | None = None
        self._state: dict[str, Any] | None = None
        self._info_sent: dict[str, Any] | None = None
        self._state_sent: dict[str, Any] | None = None
        self._next_state_ns = clock.now_ns()
        self._labels: deque[bytes] = deque(maxlen=_LABELS)

    def set_info(self, body: Mapping[str, Any]) -> None:
        self._info = {**json.loads(encode(body)), "schema": "ringlight/info/1", "boot_id": self._boot_id}

    def set_state(self, body: Mapping[str, Any]) -> None:
        self._state = {**json.loads(encode(body)), "schema": "ringlight/state/1", "boot_id": self._boot_id}

    def add_label(self, body: Mapping[str, Any]) -> None:
        """Said once; the oldest give way where the broker is away for long."""
        self._labels.append(encode(body))

    def forget_sent(self) -> None:
        """Another connection, perhaps another broker: everything is due again, at once."""
        self._info_sent = self._state_sent = None
        self._next_state_ns = self._clock.now_ns()

    def due(self, waiting: int, given_up: int, *, last_words: bool = False) -> list[tuple[Topic, bytes]]:
        """Topics and payloads to publish now; `state` at most every `STATE_EVERY_NS` unless these are the last words.

        `waiting` and `given_up` are the outbox's figures, which `state` carries.
        """
        found: list[tuple[Topic, bytes]] = []
        if self._info is not None and self._info != self._info_sent:
            self._info_sent = self._info
            found.append((INFO, encode(self._info)))
        while self._labels:
            found.append((LABEL, self._labels.popleft()))
        now = self._clock.now_ns()
        if self._state is not None and (last_words or now >= self._next_state_ns):
            body = {**self._state, "outbox": {"waiting": waiting, "given_up": given_up}}
            if body != self._state_sent:
                self._state_sent = body
                self._next_state_ns = now + STATE_EVERY_NS
                found.append((STATE, encode({**body, "time": iso_time(self._clock.wall_ns())})))
        return found
