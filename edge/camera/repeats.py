"""Whether a frame is a picture of now. Some webcams, once their sensor hangs, hand out their last picture for ever,
each time with a new time stamp."""

from __future__ import annotations

import numpy as np

from edge.parts import Frame, Image

_EVERY = 16  # rows between two that are compared first


class Repeats:
    """Refuses the frame that is the last one over again, though the belt has moved meanwhile.

    Two pictures of a belt that moved cannot be the same: its own texture and the sensor's noise differ. A picture
    without any contrast can; it shows no part, or no light.

    Args:
        least_mm: the least travel that is seen, a pixel's.

    `refused` counts them.
    """

    def __init__(self, least_mm: float) -> None:
        self._least = least_mm
        self._last: Image | None = None
        self._last_mm = 0.0
        self.refused = 0

    def is_repeated(self, frame: Frame, belt_mm: float) -> bool:
        """Whether a frame, taken when the belt was at `belt_mm`, repeats the one before it."""
        last, self._last = self._last, frame.image
        if last is None or not _same(last, frame.image):
            self._last_mm = belt_mm
            return False
        # Measured from the first of them: a belt may move by less than a pixel from frame to frame.
        if belt_mm - self._last_mm < self._least or frame.image.min() == frame.image.max():
            return False
        self.refused += 1
        return True


def _same(one: Image, other: Image) -> bool:
    return (
        one.shape == other.shape and np.array_equal(one[::_EVERY], other[::_EVERY]) and bool(np.array_equal(one, other))
    )
