"""What the sensor in the reject chute says of each ejection: confirmed, missed, double, or jammed.

Times are those of the edges. A pulse is expected to be followed by one leading edge in the chute, between `after_ns`
after the pin rose and `within_ns` after it was due. The oldest ejection whose window holds the edge is the one that it
confirms: parts fall in the order in which they were thrown.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import Enum

from edge.parts import Ejection


class Found(str, Enum):
    """What the sensor found."""

    CONFIRMED = "confirmed"
    MISSED = "missed"  # a pulse was given, and nothing came
    DOUBLE = "double"  # something came that nobody had thrown out
    JAM = "jam"  # the sensor stays dark
    CLEAR = "clear"  # it is bright again


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the sensor found. `ejection` is the one that it is about; for a double ejection the last one
    before it, and None where there was none."""

    found: Found
    at_ns: int
    ejection: Ejection | None = None


@dataclass(slots=True)
class _Expected:
    ejection: Ejection
    certain: bool
    latest_ns: int


class Confirm:
    """Holds the chute's edges against the ejections.

    Args:
        after_ns: the soonest that a part comes into the chute after its pulse rose.
        within_ns: the latest that it comes after its pulse was due.
        debounce_ns: an edge this close to the last one is no other part.
        jam_ns: a sensor that stays dark for this long is jammed.
    """

    def __init__(self, *, after_ns: int, within_ns: int, debounce_ns: int, jam_ns: int) -> None:
        self._after = after_ns
        self._within = within_ns
        self._debounce = debounce_ns
        self._jam = jam_ns
        self._expected: deque[_Expected] = deque()
        self._last: Ejection | None = None
        self._edge_ns: int | None = None
        self._dark_ns: int | None = None
        self._free_until_ns = 0
        self.jammed = False

    def expect(self, ejection: Ejection, *, certain: bool = True) -> None:
        """A part was thrown out. Where that is not `certain` (its pulse was cut, or a neighbour's met it), it may come
        or not: neither is an alarm."""
        begins = ejection.due_ns if ejection.done_ns is None else max(ejection.due_ns, ejection.done_ns)
        self._expected.append(_Expected(ejection, certain, begins + self._within))
        self._last = ejection

    def purging(self, now_ns: int) -> None:
        """The gate throws out whatever comes: what falls until `within_ns` from now needs no ejection of its own."""
        self._free_until_ns = now_ns + self._within

    def edge(self, dark: bool, at_ns: int) -> list[Finding]:
        """The sensor went dark, or bright again, at `at_ns`."""
        if not dark:
            self._dark_ns, was, self.jammed = None, self.jammed, False
            return [Finding(Found.CLEAR, at_ns)] if was else []
        found = self.poll(at_ns)
        self._dark_ns = at_ns
        last, self._edge_ns = self._edge_ns, at_ns
        if last is not None and at_ns - last < self._debounce:
            return found
        for expected in self._expected:
            done = expected.ejection.done_ns
            begins = expected.ejection.due_ns if done is None else done
            if begins + self._after <= at_ns:
                self._expected.remove(expected)
                found.append(Finding(Found.CONFIRMED, at_ns, replace(expected.ejection, confirmed=True)))
                return found
        if at_ns > self._free_until_ns:
            found.append(Finding(Found.DOUBLE, at_ns, self._last))
        return found

    def poll(self, now_ns: int) -> list[Finding]:
        """What became certain by `now_ns` because nothing came, or because the sensor stays dark."""
        found = []
        while self._expected and now_ns > self._expected[0].latest_ns:
            expected = self._expected.popleft()
            if expected.certain:
                ejection = replace(expected.ejection, confirmed=False, note="nothing came into the reject chute")
                found.append(Finding(Found.MISSED, now_ns, ejection))
        if self._dark_ns is not None and not self.jammed and now_ns - self._dark_ns >= self._jam:
            self.jammed = True
            found.append(Finding(Found.JAM, now_ns, self._last))
        return found

    def next_ns(self) -> int | None:
        """When `poll` has something to say next, if no edge comes before."""
        instants = [self._expected[0].latest_ns + 1] if self._expected else []
        if self._dark_ns is not None and not self.jammed:
            instants.append(self._dark_ns + self._jam)
        return min(instants) if instants else None
