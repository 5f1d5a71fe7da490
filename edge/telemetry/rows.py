"""What waits on disk for the broker, and how it is said: parts' results, or a web's events."""

from __future__ import annotations

from typing import Any, Protocol

from edge.store.row import Row
from edge.telemetry.payloads import iso_time, result_of
from edge.telemetry.topics import EVENT, RESULT, Topic
from edge.web.finding import Finding


class Unsent(Protocol):
    """A row of an outbox: a `Row` or a `Finding`."""

    @property
    def seq(self) -> int: ...


def message_of(row: Unsent) -> tuple[Topic, dict[str, Any]]:
    """The topic and the payload of a row.

    Raises:
        TypeError: a row of another kind.
    """
    if isinstance(row, Row):
        return RESULT, result_of(row)
    if isinstance(row, Finding):
        return EVENT, event_of(row)
    raise TypeError(f"no topic is there for {type(row).__name__}")


def event_of(finding: Finding) -> dict[str, Any]:
    """The `event` payload of a finding. Never a picture, nor a path of this box."""
    return {
        "schema": "ringlight/event/1",
        "boot_id": finding.boot_id,
        "seq": finding.seq,
        "roll": finding.roll,
        "time": iso_time(finding.wall_ns),
        **finding.to_dict(),
    }
