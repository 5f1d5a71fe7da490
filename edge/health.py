"""Checks, in four words that `doctor`, the page and MQTT share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How bad it is. FAULT: parts are not inspected, or not as configured."""

    OK = 0
    INFO = 1
    WARNING = 2
    FAULT = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what mends it (empty when nothing needs mending)."""

    name: str
    level: Level
    text: str
    mend: str = ""


def worst(checks: Iterable[Check]) -> Level:
    """The level of the worst check; OK where there is none."""
    return max((check.level for check in checks), default=Level.OK)
