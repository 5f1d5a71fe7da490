"""The virtual belt's incremental encoder, with one channel or two."""

from __future__ import annotations

from dataclasses import dataclass

from edge.virtual.pins import VirtualPinFactory

# Levels of (A, B) over one period, in the order in which they follow each other while the belt runs forwards.
_PERIOD = ((False, False), (True, False), (True, True), (False, True))


@dataclass
class EncoderFaults:
    """What is wrong with the encoder now.

    `lost` edges will not be heard, and `slipping` ones will come without the belt having moved. `bounces`: each edge
    flickers once.
    """

    dead: bool = False
    b_dead: bool = False
    bounces: bool = False
    lost: int = 0
    slipping: int = 0


class VirtualEncoder:
    """Drives one pin, a pulse every `mm_per_tick`, or two in quadrature, four edges to the same travel.

    With one channel nobody can tell which way the belt runs: backwards it pulses as forwards.
    """

    def __init__(self, pins: VirtualPinFactory, a_pin: int, b_pin: int, mm_per_tick: float) -> None:
        self.faults = EncoderFaults()
        self.edge_mm = mm_per_tick / 4 if b_pin else mm_per_tick
        self._pins = pins
        self._a, self._b = a_pin, b_pin
        self._edges = 0  # of the belt
        self._phase = 0  # of the wheel on the belt, which may slip

    @property
    def ahead_mm(self) -> float:
        """Belt position of the next edge forwards."""
        return (self._edges + 1) * self.edge_mm

    @property
    def behind_mm(self) -> float:
        """Belt position of the next edge backwards."""
        return self._edges * self.edge_mm

    def turned(self, forwards: bool, at_ns: int) -> None:
        """The belt came to the next edge."""
        self._edges += 1 if forwards else -1
        self._turn(1 if forwards else -1, at_ns)
        if self.faults.slipping:
            self.faults.slipping -= 1
            self._turn(1, at_ns)

    def _turn(self, by: int, at_ns: int) -> None:
        self._phase += by
        heard = self.faults.lost == 0
        self.faults.lost = max(0, self.faults.lost - 1)
        if self.faults.dead:
            return
        if not self._b:
            if heard:
                for high in (True, False, True, False) if self.faults.bounces else (True, False):
                    self._pins.drive(self._a, high, at_ns)
            return
        a, b = _PERIOD[self._phase % 4]
        self._show(self._a, a, at_ns, heard)
        if not self.faults.b_dead:
            self._show(self._b, b, at_ns, heard)

    def _show(self, pin: int, high: bool, at_ns: int, heard: bool) -> None:
        if self.faults.bounces and bool(self._pins.pin(pin).state) != high:
            self._pins.drive(pin, high, at_ns, heard=heard)
            self._pins.drive(pin, not high, at_ns, heard=heard)
        self._pins.drive(pin, high, at_ns, heard=heard)
