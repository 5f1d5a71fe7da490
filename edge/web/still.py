"""Whether the web really stands when the encoder says so. An encoder whose pulses do not arrive stops the account:
nothing travels, so nothing is missed, and nobody is told."""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image

_BIN_PX = 8
_LEAST_BINS = 32  # along the web
_KNOWN = 10  # pairs of frames of the running web before anything is said
_WINDOW = 32
_TEXTURE = 0.5  # correlation from which on the web's texture can be followed
_OTHER = 0.25  # correlation below which two frames show other places
_SURE = 5  # pairs that follow each other
_FORGETS = np.float32(0.05)

_Thumb = NDArray[np.float32]


class StillWatch:
    """Compares frames that follow each other. While the web runs it learns how well they agree where they overlap; once
    the encoder says that it stands, they have to agree as a whole.

    Says nothing of a web without texture, where frames agree nowhere.
    """

    def __init__(self, mm_per_px: float) -> None:
        self._pitch = mm_per_px
        self._last: tuple[float, _Thumb] | None = None
        self._lighting: _Thumb | None = None  # what stays in the frame while the web runs through it
        self._agreed: deque[float] = deque(maxlen=_WINDOW)
        self._others = 0

    def frame(self, image: Image, place_mm: float, *, stands: bool) -> bool:
        """A frame, uint8 [h, W, 3] with rows along the web, and where the encoder says that it was taken.

        Returns:
            Whether the web has certainly moved, although it is said to stand.
        """
        thumb, bin_px = _thumb(image)
        last, self._last = self._last, (place_mm, thumb)
        if last is None or last[1].shape != thumb.shape:
            self._lighting = thumb
            return False
        if stands:
            return self._standing(last[1], thumb)
        self._others = 0
        moved = (place_mm - last[0]) / self._pitch / bin_px
        if moved >= 1.0:
            self._running(last[1], thumb, round(moved))
        return False

    def _running(self, before: _Thumb, now: _Thumb, moved: int) -> None:
        if self._lighting is None:
            return
        if moved <= 0.8 * len(now):
            self._agreed.append(
                _agreement((before - self._lighting)[moved:], (now - self._lighting)[: len(now) - moved])
            )
        self._lighting = self._lighting + _FORGETS * (now - self._lighting)

    def _standing(self, before: _Thumb, now: _Thumb) -> bool:
        if self._lighting is None or len(self._agreed) < _KNOWN or float(np.median(self._agreed)) < _TEXTURE:
            return False
        other = _agreement(before - self._lighting, now - self._lighting) < _OTHER
        self._others = self._others + 1 if other else 0
        if self._others < _SURE:
            return False
        self._others = 0
        return True


def _thumb(image: Image) -> tuple[_Thumb, int]:
    """The frame's brightness in bins, float32, and a bin's side in pixels."""
    side = max(1, min(_BIN_PX, len(image) // _LEAST_BINS))
    size = max(1, image.shape[1] // side), max(1, len(image) // side)
    return np.asarray(cv2.resize(image[..., 1], size, interpolation=cv2.INTER_AREA), np.float32), side


def _agreement(a: _Thumb, b: _Thumb) -> float:
    """Their correlation, -1 to 1; 0 where one of them shows nothing."""
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0
