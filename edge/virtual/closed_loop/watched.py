"""Parts that lie askew under a camera whose lamp ages and whose lens is knocked: a model that can be deceived by that,
and the imaging watch that has to say so."""

from __future__ import annotations

import cv2
import numpy as np

from edge.config.imaging import ImagingConfig
from edge.health import Level
from edge.imaging.reference import make_reference
from edge.imaging.watch import ImagingWatch
from edge.parts import Image
from edge.virtual.optics import Optics

OPTICS = Optics(width_px=320, height_px=180, mm_per_px=0.5, noise=1.0)
LENGTH_MM, WIDTH_MM = 60.0, 32.0
WINDOW = 20
"""Parts within which the watch has to say what changed."""
THRESHOLD = 0.5
_REFERENCE = 40  # pictures
_GREY, _SPOT, _SPOT_PX = 110, 60, 8
_UPRIGHT = (128, 72)  # width and height of the picture that is cut out, a little more than the part


def draw(number: int, bad: bool, turn_deg: float) -> Image:
    """The picture of a part as it lies on the belt, uint8 [side, side, 3]: a plate with a fine texture, a bright mark
    at one end and, where it is bad, a bright spot; turned by so many degrees."""
    w, h = round(LENGTH_MM / OPTICS.mm_per_px), round(WIDTH_MM / OPTICS.mm_per_px)
    grain = np.random.default_rng(number).normal(0, 14, (h, w)).astype(np.float32)
    plate = _GREY + np.asarray(cv2.GaussianBlur(grain, (0, 0), 1.0))
    plate[h // 4 : -h // 4, -12:-8] += 20
    if bad:
        y, x = 12 + number * 7 % (h - 24 - _SPOT_PX), 20 + number * 13 % (w - 50 - _SPOT_PX)
        plate[y : y + _SPOT_PX, x : x + _SPOT_PX] += _SPOT
    side = int(np.hypot(w, h)) + 4
    lying = np.full((side, side), OPTICS.belt_grey, np.float32)
    top, left = (side - h) // 2, (side - w) // 2
    lying[top : top + h, left : left + w] = plate
    turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), -turn_deg, 1.0)
    lying = cv2.warpAffine(lying, turn, (side, side), borderValue=OPTICS.belt_grey)
    return np.repeat(np.clip(np.rint(np.asarray(lying)), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def extent_mm(turn_deg: float) -> float:
    """How long a turned part is along the belt."""
    turn = np.radians(turn_deg)
    return float(LENGTH_MM * abs(np.cos(turn)) + WIDTH_MM * abs(np.sin(turn)))


def locate() -> dict[str, object]:
    """The box's section about finding such parts."""
    return {
        "how": "contour",
        "pose": "turn",
        "level": 60,
        "min_area_px": 3000,
        "width_px": _UPRIGHT[0],
        "height_px": _UPRIGHT[1],
    }


def score(image: Image) -> float:
    """How far the brightest place of an upright part stands out from it, 0.5 for half of a bad part's spot: a model
    that knows of no lamp and no lens."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = np.asarray(cv2.blur(grey, (5, 5)))[12:-12, 16:-24]
    return float(inside.max() - np.median(inside)) / _SPOT


class ImagingLoop:
    """The imaging watch as the box runs it, on the pictures that a model is given. The first of them make its
    reference.

    `seen` is how many came, `said` what the watch says now, by the check's name. `deceived` are bad parts that the
    model took for good ones: number, pictures since the picture was last meddled with, and whether the watch spoke.
    """

    def __init__(self) -> None:
        self._first: list[Image] = []
        self._watch: ImagingWatch | None = None
        self._changed = 0
        self.seen = 0
        self.said: dict[str, str] = {}
        self.deceived: list[tuple[int, int, bool]] = []

    def changed(self) -> None:
        """Lamp or lens are changed now."""
        self._changed = self.seen

    def look(self, image: Image, number: int, bad: bool) -> float:
        """The score of a part's upright picture, uint8 [H, W, 3]."""
        found = score(image)
        self._see(image)
        if bad and found <= THRESHOLD:
            self.deceived.append((number, self.seen - self._changed, bool(self.said)))
        return found

    def _see(self, image: Image) -> None:
        self.seen += 1
        if self._watch is None:
            self._first.append(image.copy())
            if len(self._first) == _REFERENCE:
                self._watch = ImagingWatch(ImagingConfig(window=WINDOW), make_reference(self._first))
            return
        self._watch.see(image)
        checks = self._watch.checks()
        self.said = {check.name: check.text for check in checks if check.level in (Level.WARNING, Level.FAULT)}
