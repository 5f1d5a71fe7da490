"""Finds parts in the frames of a camera that runs freely, where no photo-eye is wired."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.conveyor import Conveyor
from edge.parts import Frame, Image, Place, Trigger

_LEARN = 0.05  # how fast the empty belt's look is followed where no part lies


class PartDetector:
    """Opens a part when its front is seen: the trigger's instant is the frame's, its place that at which the front was
    before the border of the picture where parts come in.

    The first frame must show the empty belt. It is followed slowly afterwards, where no part lies.

    Args:
        mm_per_px: pixel pitch on the belt. motion: direction in which parts move in the picture: +x, -x, +y or -y.
        region: rectangle whose extent across the belt is looked at; 0 reaches to the border.
        level: mean difference from the belt, in grey levels of 255, from which on something lies there.
        min_gap_mm: fronts closer than this to the last one are the same part.
    """

    def __init__(
        self, conveyor: Conveyor, *, mm_per_px: float, motion: str, region: Place, level: float, min_gap_mm: float
    ) -> None:
        self._conveyor = conveyor
        self._mm_per_px = mm_per_px
        self._motion = motion
        self._region = region
        self._level = level
        self._min_gap = min_gap_mm
        self._belt: NDArray[np.float32] | None = None
        self._last_mm: float | None = None

    def frame(self, frame: Frame) -> list[Trigger]:
        """The parts whose front is seen for the first time, in the order in which they came."""
        look = self._profile(frame.image)
        if self._belt is None or self._belt.shape != look.shape:
            self._belt = look
            return []
        there = np.abs(look - self._belt).mean(axis=1) > self._level
        self._belt[~there] += _LEARN * (look - self._belt)[~there]
        here_mm = self._conveyor.position(frame.taken_ns)
        # A front is the last pixel, downstream, of something; one that has left the picture was seen before.
        fronts = np.flatnonzero(there[:-1] & ~there[1:])
        found = []
        for front in fronts[::-1]:
            mm = here_mm - (float(front) + 1) * self._mm_per_px
            if self._last_mm is None or mm - self._last_mm >= self._min_gap:
                self._last_mm = mm
                found.append(Trigger(frame.taken_ns, mm))
        return found

    def _profile(self, image: Image) -> NDArray[np.float32]:
        """Mean colour at each place along the belt, float32 [length, 3], the border where parts come in first."""
        box = self._region
        if self._motion in ("+x", "-x"):
            band = image[box.y : box.y + box.h if box.h else None]
            means = cv2.reduce(band, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[0]
        else:
            band = image[:, box.x : box.x + box.w if box.w else None]
            means = cv2.reduce(band, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F)[:, 0]
        means = np.asarray(means, np.float32).reshape(-1, 3)
        return means if self._motion[0] == "+" else means[::-1].copy()
