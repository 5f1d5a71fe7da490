"""The account of a web: travelled = inspected + uninspected + in flight, in rows, always.

The figures are counted separately, so that the equation can fail and be noticed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from edge.web.strips import Lost


@dataclass(frozen=True, slots=True)
class Lengths:
    """The figures at one moment, in rows of `mm_per_row`."""

    travelled: int
    inspected: int
    uninspected: int
    in_flight: int
    mm_per_row: float
    by_reason: tuple[tuple[Lost, int], ...] = ()

    @property
    def balanced(self) -> bool:
        return self.travelled == self.inspected + self.uninspected + self.in_flight

    def to_dict(self) -> dict[str, Any]:
        """The figures in millimetres and whether they balance, for JSON."""
        figures = {
            f"{name}_mm": round(getattr(self, name) * self.mm_per_row, 3)
            for name in ("travelled", "inspected", "uninspected", "in_flight")
        }
        reasons = {why.value: round(rows * self.mm_per_row, 3) for why, rows in self.by_reason}
        return {**figures, "balanced": self.balanced, "uninspected_by": reasons}


class WebLedger:
    """Rows that came, and what became of them. Rows that came and of which nothing was said are in flight."""

    def __init__(self, mm_per_row: float) -> None:
        self._mm_per_row = mm_per_row
        self._travelled = self._inspected = self._in_flight = 0
        self._lost: Counter[Lost] = Counter()

    def seen(self, rows: int) -> None:
        """So many rows were pictured and wait for the model."""
        self._travelled += rows
        self._in_flight += rows

    def inspected(self, rows: int) -> None:
        """So many of the rows in flight were scored."""
        self._in_flight -= rows
        self._inspected += rows

    def given_up(self, rows: int, why: Lost) -> None:
        """So many of the rows in flight were not scored."""
        self._in_flight -= rows
        self._lost[why] += rows

    def missed(self, rows: int, why: Lost) -> None:
        """So many rows went by and were never pictured."""
        self._travelled += rows
        self._lost[why] += rows

    def lengths(self) -> Lengths:
        reasons = tuple((why, self._lost[why]) for why in Lost if self._lost[why])
        total = sum(self._lost.values())
        return Lengths(self._travelled, self._inspected, total, self._in_flight, self._mm_per_row, reasons)
