"""An area camera over a virtual web, in real time: a frame every so often, with the faults that real ones have."""

from __future__ import annotations

import threading

import numpy as np

from edge.clock import NS_PER_S, Clock
from edge.errors import CameraError
from edge.health import Check
from edge.parts import Frame
from edge.virtual.belt import TrueBelt
from edge.virtual.membrane import Membrane


class MembraneCamera:
    """Shows `rows` of the web round the belt's position. Faults to order: `unplugged`, `brightness` of the lamp."""

    def __init__(self, membrane: Membrane, belt: TrueBelt, clock: Clock, *, fps: float, rows: int) -> None:
        self._membrane, self._belt, self._clock, self._rows = membrane, belt, clock, rows
        self._period = round(NS_PER_S / fps)
        self._next_ns: int | None = None
        self._never = threading.Event()
        self.unplugged = False
        self.brightness = 1.0

    def open(self) -> None:
        if self.unplugged:
            raise CameraError("the virtual camera is unplugged; plug it in")
        self._next_ns = self._clock.now_ns() + self._period

    def read(self, timeout_ns: int) -> Frame | None:
        if self._next_ns is None:
            raise CameraError("the camera is not open")
        if self._next_ns - self._clock.now_ns() > timeout_ns:
            self._clock.wait(self._never, timeout_ns)
            return None
        self._clock.wait(self._never, self._next_ns - self._clock.now_ns())
        if self.unplugged:
            raise CameraError("the virtual camera was unplugged")
        # A camera that nobody read meanwhile drops frames; it does not deliver old ones.
        taken = self._next_ns + max(0, self._clock.now_ns() - self._next_ns) // self._period * self._period
        self._next_ns = taken + self._period
        first = round(self._belt.position(taken) / self._membrane.mm_per_px - self._rows / 2)
        image = self._membrane.frame(first, self._rows)
        if self.brightness < 1.0:
            image = np.asarray(image * self.brightness, np.uint8)
        return Frame(image, taken)

    def close(self) -> None:
        self._next_ns = None

    def checks(self) -> list[Check]:
        return []
