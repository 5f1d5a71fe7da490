"""Requests from outside: read with suspicion, done once, always answered where an answer is possible."""

from __future__ import annotations

import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edge.errors import RinglightError
from edge.telemetry.payloads import ack_of, encode

Handler = Callable[[dict[str, Any]], dict[str, Any]]

MAX_BYTES = 4096
_REMEMBERED = 64
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to a request: the last level of its topic, and its payload as JSON."""

    request: str
    payload: bytes


class CommandDesk:
    """Does what callables were registered for.

    A handler gets the request's arguments (all but `id`) and returns the `result` of the ack. It raises ValueError
    or a RinglightError to refuse; its words reach the asker.
    """

    def __init__(self, boot_id: str, handlers: Mapping[str, Handler]) -> None:
        self._boot_id = boot_id
        self._handlers: dict[str, Handler] = {"ping": self._ping, **handlers}
        self._answered: OrderedDict[tuple[str, str], Ack] = OrderedDict()

    def handle(self, name: str, payload: bytes, retained: bool) -> Ack | None:
        """The ack to publish, or None where the request is ignored (retained, or without an id to answer to)."""
        if retained:
            _log.warning("the command %r is ignored: it was retained, nobody knows how old it is", name)
            return None
        request, arguments = _read(payload)
        if request is None:
            _log.warning("the command %r is ignored: it is no JSON object with a fitting id", name)
            return None
        boot_id = arguments.pop("boot_id", self._boot_id)
        # QoS 1 delivers at least once: what was done already is only answered again.
        key = (name, request)
        if key not in self._answered:
            self._answered[key] = (
                self._do(name, request, arguments)
                if boot_id == self._boot_id
                else self._ack(request, name, None, "the box has started anew since: look at its state, and ask again")
            )
            if len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        return self._answered[key]

    def _do(self, name: str, request: str, arguments: dict[str, Any]) -> Ack:
        handler = self._handlers.get(name)
        if handler is None:
            known = ", ".join(sorted(self._handlers))
            return self._ack(request, name, None, f"there is no command {name[:64]!r}; known are {known}")
        try:
            return self._ack(request, name, handler(arguments), None)
        except (ValueError, RinglightError) as error:
            return self._ack(request, name, None, str(error))
        except Exception as error:
            # A mistake in one command must not end the publishing of results.
            _log.exception("the command %r failed", name)
            return self._ack(request, name, None, f"failed: {type(error).__name__}; see the box's log")

    def _ack(self, request: str, name: str, result: dict[str, Any] | None, error: str | None) -> Ack:
        return Ack(request, encode(ack_of(self._boot_id, request, name, result, error)))

    def _ping(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"boot_id": self._boot_id}


def _read(payload: bytes) -> tuple[str | None, dict[str, Any]]:
    if len(payload) > MAX_BYTES:
        return None, {}
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return None, {}
    request = body.pop("id", None) if isinstance(body, dict) else None
    # The id becomes a level of a topic: a slash or a wildcard in it would publish somewhere else.
    if not isinstance(request, str) or not _REQUEST_ID.fullmatch(request):
        return None, {}
    return request, body
