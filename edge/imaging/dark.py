"""Pictures in which nobody can tell a good part from a bad one, because the lamp is off."""

from __future__ import annotations

import cv2

from edge.errors import TooDark
from edge.health import Check, Level
from edge.parts import Image

_SHARE = 0.01  # of a picture has to be brighter: single hot pixels of the sensor are no light
_STEP = 2  # every second row and column says as much


class Darkness:
    """Refuses dark pictures, and says for how many parts it has been dark.

    Args:
        level: grey level of 255 that the brightest hundredth of a picture has to exceed; 0 refuses nothing.
    """

    def __init__(self, level: int) -> None:
        self._level = level
        self._in_a_row = 0

    def require(self, image: Image) -> None:
        """Looks at a part's picture, uint8 RGB [H, W, 3].

        Raises:
            TooDark: nothing can be seen in it.
        """
        seen = image[::_STEP, ::_STEP]
        bright = cv2.countNonZero(cv2.threshold(seen.max(axis=2), self._level, 255, cv2.THRESH_BINARY)[1])
        if not self._level or bright > _SHARE * seen.shape[0] * seen.shape[1]:
            self._in_a_row = 0
            return
        self._in_a_row += 1
        raise TooDark(f"no place in the picture is brighter than {self._level} of 255")

    def checks(self) -> list[Check]:
        """A FAULT while parts come in the dark."""
        if not self._in_a_row:
            return []
        parts = "the last part was" if self._in_a_row == 1 else f"the last {self._in_a_row} parts were"
        text = f"{parts} too dark to be inspected: no light, rather than bad parts"
        mend = (
            "Look whether the lamp shines: its plug, its controller, light.brightness; the lens cap; camera.exposure."
        )
        return [Check("imaging.dark", Level.FAULT, text, mend)]
