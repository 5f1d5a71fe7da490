"""The virtual line's camera: free-running at a frame rate, with the faults that real ones have."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import Protocol

from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.errors import CameraError
from edge.health import Check
from edge.parts import Frame
from edge.virtual.line import VirtualLine


class Faulty(Protocol):
    """A camera that can repeat itself, and hand out the younger of two frames first."""

    frozen: bool
    disordered: bool


class FaultyFrames:
    """What a faulty camera makes of its frames."""

    def __init__(self, camera: Faulty) -> None:
        self._camera = camera
        self._last: Frame | None = None
        self._held: Frame | None = None

    def through(self, frame: Frame) -> list[Frame]:
        """A frame that was taken → the frames that come, none or several."""
        if self._camera.frozen and self._last is not None:
            frame = replace(self._last, taken_ns=frame.taken_ns)
        self._last = frame
        held, self._held = self._held, None
        if held is None and self._camera.disordered:
            self._held = frame
            return []
        return [frame] if held is None else [frame, held]


class VirtualCamera:
    """Takes a frame every 1 / fps seconds while it is open.

    Faults to order: `stalled` (open, but no frame comes), `late_ms` (frames come so much later than they were taken),
    `frozen` (the same picture again and again, each time as if it were new), `disordered` (of two frames the younger
    one comes first), `unplugged` (gone, and cannot be opened).
    """

    def __init__(self, line: VirtualLine, clock: Clock, fps: float) -> None:
        self._line = line
        self._clock = clock
        self._period = round(NS_PER_S / fps)
        self._next_ns: int | None = None
        self._never = threading.Event()
        self._ready: deque[Frame] = deque()
        self.stalled = False
        self.late_ms = 0.0
        self.frozen = False
        self.disordered = False
        self._faulty = FaultyFrames(self)
        self.unplugged = False

    def open(self) -> None:
        if self.unplugged:
            raise CameraError("the virtual camera is unplugged; plug it in")
        self._next_ns = self._clock.now_ns() + self._period
        self._ready.clear()

    def read(self, timeout_ns: int) -> Frame | None:
        if self._next_ns is None:
            raise CameraError("the camera is not open")
        if self._ready:
            return self._ready.popleft()
        now = self._clock.now_ns()
        if self.stalled or self._next_ns - now > timeout_ns:
            self._clock.wait(self._never, timeout_ns)
            return None
        self._clock.wait(self._never, self._next_ns - now)
        if self.unplugged:
            raise CameraError("the virtual camera was unplugged")
        taken = self._next_ns
        # A camera that nobody read meanwhile drops frames; it does not deliver old ones.
        behind = max(0, self._clock.now_ns() - taken) // self._period
        taken += behind * self._period
        self._next_ns = taken + self._period
        frames = self._faulty.through(self._line.frame(taken))
        if self.late_ms:
            self._clock.wait(self._never, round(self.late_ms * NS_PER_MS))
        self._ready += frames
        return self._ready.popleft() if self._ready else self.read(timeout_ns)

    def close(self) -> None:
        self._next_ns = None

    def checks(self) -> list[Check]:
        return []
