"""Belt travel that nobody looked at: what lies on it may be a part that nobody knows of."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable

Span = tuple[float, float]
_GAPS = 256


class Unseen:
    """Where the belt was looked at before it came to the gate, and where not.

    A place is named as a part's is: by the belt's position (mm) when it was at the trigger. Nothing counts as looked at
    until somebody says so; what was not when it came to the gate stays so, whatever is seen of it afterwards.

    Args:
        start_mm: where the account begins.

    `mm` is how much came to the gate without having been looked at.
    """

    def __init__(self, start_mm: float = 0.0) -> None:
        self.mm = 0.0
        self._looked: list[Span] = []  # apart from each other, ascending
        self._gaps: deque[Span] = deque(maxlen=_GAPS)
        self.begin(start_mm)

    def begin(self, start_mm: float, *, quiet: bool = False) -> None:
        """The account begins anew, at a place. `quiet`: what comes before the first look is nothing to be told of."""
        self._settled = start_mm
        self._quiet_mm = start_mm if quiet else None
        self._looked.clear()
        self._gaps.clear()

    def looked(self, spans: Iterable[Span]) -> None:
        """Somebody looked at these places, from first to last each."""
        for first, last in spans:
            first = max(first, self._settled)
            if first < last:
                self._add(first, last)

    def settle(self, mm: float) -> Span | None:
        """All up to `mm` has come to the gate. Returns the first stretch of it that nobody looked at and that is no
        more of the one before; None where there is none."""
        began = None
        while self._settled < mm:
            looked = self._looked[0] if self._looked else (mm, mm)
            if self._settled < looked[0]:
                span = self._settled, min(mm, looked[0])
                if not self._lose(*span) and span[0] != self._quiet_mm:
                    began = began or span
                self._settled = span[1]
            elif mm < looked[1]:
                self._looked[0] = (mm, looked[1])
                self._settled = mm
            else:
                self._settled = max(self._settled, looked[1])
                self._looked = self._looked[1:]
        return began

    def lost(self, first_mm: float, last_mm: float) -> bool:
        """Whether some of this stretch came to the gate without having been looked at."""
        return any(first <= last_mm and last >= first_mm for first, last in self._gaps)

    def known(self, first_mm: float, last_mm: float) -> bool:
        """Whether all of this stretch was looked at, as far as can be said."""
        if self.lost(first_mm, last_mm):
            return False
        ahead_mm = max(first_mm, self._settled)
        return last_mm <= self._settled or any(first <= ahead_mm and last_mm <= last for first, last in self._looked)

    def next_mm(self) -> float:
        """The first place that has not come to the gate and was not looked at yet."""
        if self._looked and self._looked[0][0] <= self._settled:
            return self._looked[0][1]
        return self._settled

    def _lose(self, first: float, last: float) -> bool:
        """Returns whether this stretch is more of the last one."""
        self.mm += last - first
        more = bool(self._gaps) and self._gaps[-1][1] >= first
        if more:
            first = self._gaps.pop()[0]
        self._gaps.append((first, last))
        return more

    def _add(self, first: float, last: float) -> None:
        begin = bisect_left(self._looked, first, key=lambda span: span[1])
        end = begin
        while end < len(self._looked) and self._looked[end][0] <= last:
            end += 1
        if begin < end:
            first, last = min(first, self._looked[begin][0]), max(last, self._looked[end - 1][1])
        self._looked[begin:end] = [(first, last)]
