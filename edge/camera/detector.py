"""Finds parts in the frames of a camera that runs freely, where no photo-eye is wired."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.conveyor import Conveyor
from edge.parts import Frame, Image, Place, Trigger

_LEARN = 0.05  # how fast the empty belt's look is followed where no part lies
_DARK = 0.5  # a belt that is darker than this share of its look is not lit
_ASTRAY = 0.1  # share of the view by which something has to wander over the belt
_BORDER = 2  # rows at a border of the picture where a front may be half seen


@dataclass(frozen=True, slots=True)
class Glance:
    """What a frame showed: the parts whose front is seen for the first time, in the order in which they came, and the
    places (mm, first and last) where it was seen that no other part's front is. `astray`: what lies there moves
    otherwise than the belt is said to."""

    triggers: tuple[Trigger, ...] = ()
    looked: tuple[tuple[float, float], ...] = ()
    astray: bool = False


@dataclass(slots=True)
class _Lying:
    """A part that was opened: places (mm) of its front, and of as much of it as was seen without a gap behind it."""

    front_mm: float
    tail_mm: float


class PartDetector:
    """Opens a part when its front is seen: the trigger's instant is the frame's, its place that at which the front was
    before the border of the picture where parts come in.

    The first frame must show the empty belt. It is followed slowly afterwards, where no part lies. A place was looked
    at where the belt was seen, or a part whose front and tail were: what hides the belt and has no front that is known
    may hide a part.

    Args:
        mm_per_px: pixel pitch on the belt. motion: direction in which parts move in the picture: +x, -x, +y or -y.
        region: rectangle whose extent across the belt is looked at; 0 reaches to the border.
        level: mean difference from the belt, in grey levels of 255, from which on something lies there.
        min_gap_mm: fronts closer than this to the last one are the same part.
        longest_mm: longest part; what hides more of the belt is no part. 0: nobody looks.
    """

    def __init__(
        self,
        conveyor: Conveyor,
        *,
        mm_per_px: float,
        motion: str,
        region: Place,
        level: float,
        min_gap_mm: float,
        longest_mm: float = 0.0,
    ) -> None:
        self._conveyor = conveyor
        self._mm_per_px = mm_per_px
        self._motion = motion
        self._region = region
        self._level = level
        self._min_gap = min_gap_mm
        self._longest = longest_mm or float("inf")
        self._belt: NDArray[np.float32] | None = None
        self._taken_ns = 0
        self._stray_mm: float | None = None  # where something was first seen whose front is no part's
        self._parts: deque[_Lying] = deque(maxlen=64)  # those that were opened, in belt order

    def frame(self, frame: Frame) -> Glance:
        """What it shows. A frame that is older than one before, or in which no belt is seen, shows nothing."""
        look = self._profile(frame.image)
        if self._belt is None or self._belt.shape != look.shape:
            self._belt, self._taken_ns = look, frame.taken_ns
            return Glance()
        there = np.abs(look - self._belt).mean(axis=1) > self._level
        # One level is less than what a sensor's noise leaves of a mean.
        dark = float(look.mean()) < _DARK * float(self._belt.mean()) - 1.0
        if frame.taken_ns <= self._taken_ns or dark or there.all():
            return Glance()
        self._taken_ns = frame.taken_ns
        self._belt[~there] += _LEARN * (look - self._belt)[~there]
        return self._read(there, frame.taken_ns)

    def _read(self, there: NDArray[np.bool_], taken_ns: int) -> Glance:
        here_mm, pitch, rows = self._conveyor.position(taken_ns), self._mm_per_px, len(there)
        edges = np.flatnonzero(np.diff(there, prepend=False, append=False)).reshape(-1, 2)
        triggers, whole, strays = [], [], []
        for tail, front in edges[::-1].tolist():
            front_mm, tail_mm = here_mm - front * pitch, here_mm - tail * pitch
            # A front is the last pixel, downstream, of something; one that has left the picture was seen before.
            if front < rows and (not self._parts or front_mm - self._parts[-1].front_mm >= self._min_gap):
                self._parts.append(_Lying(front_mm, tail_mm))
                triggers.append(Trigger(taken_ns, front_mm))
            part = self._whose(front_mm, left=front == rows)
            if part is None:
                strays += [front_mm] if front < rows else []
                continue
            part.tail_mm = max(part.tail_mm, tail_mm)
            if tail > 0 and tail_mm - part.front_mm <= self._longest + 2 * pitch:
                whole.append((min(part.front_mm, front_mm) - pitch, tail_mm + pitch))
        there[:_BORDER] = there[rows - _BORDER :] = True
        belt = np.flatnonzero(np.diff(~there, prepend=False, append=False)).reshape(-1, 2)
        spans = [(here_mm - last * pitch, here_mm - first * pitch) for first, last in belt.tolist()]
        return Glance(tuple(triggers), (*spans, *whole), self._is_astray(strays, rows * pitch))

    def _is_astray(self, strays: list[float], view_mm: float) -> bool:
        """A front that nobody knows may have been hidden before; one that wanders over the belt was a part's."""
        first_mm = min(strays, default=None)
        if first_mm is None or self._stray_mm is None or first_mm > self._stray_mm:
            self._stray_mm = first_mm
            return False
        if self._stray_mm - first_mm < max(_ASTRAY * view_mm, 2 * self._min_gap):
            return False
        self._stray_mm = first_mm
        return True

    def _whose(self, mm: float, *, left: bool) -> _Lying | None:
        """Which part it is that ends downstream at `mm`, or has `left` the picture by that much; None for something of
        which no front was seen."""
        near = max(self._min_gap, 2 * self._mm_per_px)
        for part in reversed(self._parts):
            # Of one that has left, so much was seen before that nothing is hidden between its front and here.
            if part.front_mm <= mm <= part.tail_mm + self._mm_per_px if left else abs(part.front_mm - mm) <= near:
                return part
        return None

    def _profile(self, image: Image) -> NDArray[np.float32]:
        """Mean colour at each place along the belt, float32 [length, 3], the border where parts come in first."""
        box = self._region
        if self._motion in ("+x", "-x"):
            band = image[box.y : box.y + box.h if box.h else None]
            means = cv2.reduce(band, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
        else:
            band = image[:, box.x : box.x + box.w if box.w else None]
            # Turned first: OpenCV takes twenty times as long for the mean of a row, and a pulse may be waiting.
            means = cv2.reduce(cv2.transpose(band), 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
        means = np.asarray(means, np.float32).reshape(-1, 3)
        return means if self._motion[0] == "+" else means[::-1].copy()
