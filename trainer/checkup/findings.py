"""What the doctor found: one finding a matter, in the four words of `edge.health`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edge.health import Level

SCHEMA = 1
"""Of the JSON. Grows when a key changes its meaning or goes; new keys may come without."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that a finding is about: its name relative to the data set, a few words, and the number of the group
    (a pair of duplicates, say) that it belongs to within its finding, from 0."""

    name: str
    note: str = ""
    group: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: stable name, `family.matter`.
        level: OK, INFO, WARNING, or FAULT: a number measured on this data set would be wrong.
        text: what was found, with its numbers.
        mend: what to do; empty where nothing needs mending.
        numbers: the same facts for machines; JSON values only.
        pictures: the pictures concerned, worst first.
    """

    check: str
    level: Level
    text: str
    mend: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    pictures: tuple[Shown, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "check": self.check,
            "level": self.level.name,
            "text": self.text,
            "mend": self.mend,
            "numbers": dict(self.numbers),
            "pictures": [{"name": shown.name, "note": shown.note, "group": shown.group} for shown in self.pictures],
        }


def plural(n: int, noun: str) -> str:
    """ "1 picture", "2 pictures", "1,344 pictures"."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")
