"""What throws parts off the virtual belt: air jet, pusher and gate, and whom their movements meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from edge.clock import NS_PER_MS
from edge.virtual.belt import LaidPart, TrueBelt

_WEAK = 0.5  # a pusher or a flap with less than this of its strength moves nothing


@dataclass(frozen=True)
class Bench:
    """What an actuator stands at.

    `riding` are the parts on the belt, in its order; `throw` lets one fall into the reject chute, `strength` is what is
    left of the actuator's, 0 to 1. `at_mm` is its place after the photo-eye.
    """

    belt: TrueBelt
    at_mm: float
    riding: Callable[[], Iterable[LaidPart]]
    throw: Callable[[LaidPart, int], object]
    strength: Callable[[], float]

    def past(self, part: LaidPart, at_ns: int) -> float:
        """How far (mm) a part's front is past the actuator; negative before it comes there."""
        return self.belt.position(at_ns) - part.head_mm - self.at_mm


class Actuator(Protocol):
    """An actuator of the virtual line. Instants come in order.

    `begins_mm` and `ends_mm` say where a part that comes forwards, or back, meets it: how far its front, or its tail,
    is past the actuator's place then.
    """

    begins_mm: float
    ends_mm: float

    def attach(self, bench: Bench) -> None:
        """Puts it beside a belt."""
        ...

    def moved(self, high: bool, at_ns: int) -> None:
        """Its pin rose or fell."""
        ...

    def settle(self, at_ns: int) -> None:
        """The belt is about to change its speed, or a part to leave: what was done up to now is done."""
        ...

    def met(self, part: LaidPart, at_ns: int) -> None:
        """A part came to it, from either side."""
        ...


class Jet:
    """Air that blows at what lies before it: a part that felt it for `blow_ms` in all is moved; less only shakes it."""

    def __init__(self, blow_ms: float = 15.0) -> None:
        self.begins_mm = self.ends_mm = 0.0
        self._blow_ns = round(blow_ms * NS_PER_MS)
        self._since: int | None = None

    def attach(self, bench: Bench) -> None:
        self._bench = bench

    def moved(self, high: bool, at_ns: int) -> None:
        if high:
            self._since = at_ns
        else:
            self.settle(at_ns)
            self._since = None

    def settle(self, at_ns: int) -> None:
        if self._since is None or at_ns <= self._since:
            return
        start, self._since = self._since, at_ns
        ends = sorted((self._bench.belt.position(start), self._bench.belt.position(at_ns)))
        first, last = (mm - self._bench.at_mm for mm in ends)
        for part in self._bench.riding():
            if part.head_mm > last:
                break
            felt = round(_share(part, first, last) * (at_ns - start))
            part.blown_ns += round(felt * self._bench.strength())
            if part.blown_ns >= self._blow_ns:
                self._bench.throw(part, at_ns)
            elif felt >= self._blow_ns:
                part.spared_by_weakness = True

    def met(self, part: LaidPart, at_ns: int) -> None:
        self.settle(at_ns)


def _share(part: LaidPart, first: float, last: float) -> float:
    """The share of a travel during which a part lay before the jet."""
    if last == first:
        return 1.0 if part.head_mm <= first <= part.tail_mm else 0.0
    return max(0.0, min(last, part.tail_mm) - max(first, part.head_mm)) / (last - first)


def _throw(bench: Bench, part: LaidPart, at_ns: int) -> None:
    if bench.strength() >= _WEAK:
        bench.throw(part, at_ns)
    else:
        part.spared_by_weakness = True


class Pusher:
    """A plate that goes out when its pin rises, and is back `back_ms` after it fell.

    Going out it throws off what lies before at least a third of it; what runs against it while it is out, or on its way
    back, falls off too. What it meets with less it only turns.

    Args:
        face_mm: length of the plate along the belt.
    """

    def __init__(self, face_mm: float = 20.0, back_ms: float = 80.0) -> None:
        self.begins_mm, self.ends_mm = -face_mm / 2, face_mm / 2
        self._face = face_mm
        self._back_ns = round(back_ms * NS_PER_MS)
        self._out = False
        self._back_at = 0

    def attach(self, bench: Bench) -> None:
        self._bench = bench

    def moved(self, high: bool, at_ns: int) -> None:
        self._out = high
        if not high:
            self._back_at = at_ns + self._back_ns
            return
        for part in list(self._bench.riding()):
            front = self._bench.past(part, at_ns)
            before = min(front, self._face / 2) - max(front - part.length_mm, -self._face / 2)
            if before >= self._face / 3:
                _throw(self._bench, part, at_ns)

    def settle(self, at_ns: int) -> None:
        """It throws at once, so there is nothing to make up for."""

    def met(self, part: LaidPart, at_ns: int) -> None:
        if self._out or at_ns < self._back_at:
            _throw(self._bench, part, at_ns)


class Flap:
    """A gate that stands across the belt while its pin is high, and turns away the parts whose front half meets it.

    Args:
        depth_mm: how deep a front must be in for it to be caught; a flap that only touches it lets it by.
    """

    def __init__(self, depth_mm: float = 5.0) -> None:
        self.begins_mm, self.ends_mm = depth_mm, 0.0
        self._depth = depth_mm
        self._across = False

    def attach(self, bench: Bench) -> None:
        self._bench = bench

    def moved(self, high: bool, at_ns: int) -> None:
        self._across = high
        if high:
            for part in list(self._bench.riding()):
                self._meet(part, at_ns)

    def settle(self, at_ns: int) -> None:
        """It turns away at once, so there is nothing to make up for."""

    def met(self, part: LaidPart, at_ns: int) -> None:
        if self._across:
            self._meet(part, at_ns)

    def _meet(self, part: LaidPart, at_ns: int) -> None:
        # A part's own mark may lie a nanosecond's travel from where it says.
        deep = self._bench.past(part, at_ns) + 1e-6
        if self._depth <= deep <= part.length_mm / 2:
            _throw(self._bench, part, at_ns)
