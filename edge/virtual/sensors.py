"""The virtual line's sensors: photo-eyes over the belt, and the one in the reject chute."""

from __future__ import annotations

from collections.abc import Callable

from edge.clock import NS_PER_MS
from edge.virtual.belt import LaidPart
from edge.virtual.pins import VirtualPinFactory

_SEEN_NS = 20 * NS_PER_MS  # how long a falling part is before the chute's sensor
_FLICKERS = 2

Book = Callable[[int, Callable[[int], object]], object]


class VirtualEye:
    """A photo-eye across the belt; its pin is high while a part is before it.

    Faults to order: `stuck` (it shows dark, or bright, whatever is there), `bounce_ms` (it flickers for so long at each
    of its edges).
    """

    def __init__(self, pins: VirtualPinFactory, pin: int, book: Book) -> None:
        self._pins, self._pin, self._book = pins, pin, book
        self._before: set[int] = set()
        self._shown = False
        self.stuck: bool | None = None
        self.bounce_ms = 0.0

    def cover(self, part: LaidPart, at_ns: int) -> None:
        """An end of the part came before it."""
        if part.on_belt:
            self._before.add(id(part))
            self.show(at_ns)

    def uncover(self, part: LaidPart, at_ns: int) -> None:
        """The part went by, or was taken away."""
        self._before.discard(id(part))
        self.show(at_ns)

    def stick(self, dark: bool | None, at_ns: int) -> None:
        """It shows dark, or bright, whatever is before it; None ends that."""
        self.stuck = dark
        self.show(at_ns)

    def show(self, at_ns: int) -> None:
        """Drives the pin by what is before it."""
        dark = bool(self._before) if self.stuck is None else self.stuck
        if dark != self._shown and self.bounce_ms and self.stuck is None:
            step = round(self.bounce_ms * NS_PER_MS / _FLICKERS)
            for flicker in range(_FLICKERS):
                begins = at_ns + flicker * step
                self._book(begins + step // 2, lambda then: self._drive(not self._shown, then))
                self._book(begins + step, lambda then: self._drive(self._shown, then))
        self._shown = dark
        self._drive(dark, at_ns)

    def _drive(self, dark: bool, at_ns: int) -> None:
        self._pins.drive(self._pin, dark, at_ns)


class VirtualChute:
    """The sensor in the reject chute: a part that was thrown comes before it a little later, for a moment.

    Faults to order: `jammed` (it stays dark), `dead` (it stays bright).
    """

    def __init__(self, pins: VirtualPinFactory, pin: int, fall_ms: float, book: Book) -> None:
        self._pins, self._pin, self._book = pins, pin, book
        self._fall_ns = round(fall_ms * NS_PER_MS)
        self._inside = 0
        self.jammed = False
        self.dead = False

    def thrown(self, at_ns: int) -> None:
        """A part left the belt."""
        if self._fall_ns:
            self._book(at_ns + self._fall_ns, lambda then: self._pass(1, then))
            self._book(at_ns + self._fall_ns + _SEEN_NS, lambda then: self._pass(-1, then))

    def jam(self, jammed: bool, at_ns: int) -> None:
        """A part stays before it, or is taken away."""
        self.jammed = jammed
        self.show(at_ns)

    def die(self, dead: bool, at_ns: int) -> None:
        """It sees nothing any more, or sees again."""
        self.dead = dead
        self.show(at_ns)

    def show(self, at_ns: int) -> None:
        """Drives the pin by what is before it."""
        self._pins.drive(self._pin, (self._inside > 0 or self.jammed) and not self.dead, at_ns)

    def _pass(self, by: int, at_ns: int) -> None:
        self._inside += by
        self.show(at_ns)
