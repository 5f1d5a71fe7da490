"""What a camera above the belt sees: parts where they lie, motion blur, the lamp's light, vignette and sensor noise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from edge.parts import Image

_REPEAT_PX = 1024  # the belt's pattern comes again after so many pixels


@dataclass(frozen=True)
class Optics:
    """A camera's view of the belt. Parts move from left to right; a part that is centred lies in the middle.

    Args:
        exposure_ms: how long the shutter is open; motion blurs by that.
        vignette: how much darker the corners are than the middle, 0 to 1.
        noise: standard deviation of the sensor's noise, in grey levels of 255.
    """

    width_px: int = 640
    height_px: int = 480
    mm_per_px: float = 0.5
    exposure_ms: float = 2.0
    vignette: float = 0.12
    noise: float = 1.5
    belt_grey: int = 28
    seed: int = 0


@dataclass(frozen=True)
class Lens:
    """What became of the lens: out of focus by `blur_px` (standard deviation of a Gaussian), and all in the picture so
    many pixels aside, across the belt."""

    blur_px: float = 0.0
    aside_px: float = 0.0


class Eye:
    """Renders frames by `Optics`. The noise is drawn once, larger than a frame, and taken at random places of it."""

    def __init__(self, optics: Optics) -> None:
        self.optics = optics
        self._rng = np.random.default_rng(optics.seed)
        h, w = optics.height_px, optics.width_px
        y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j]
        falloff = np.rint(255 * (1 - optics.vignette * (x * x + y * y) / 2)).astype(np.uint8)
        self._falloff = np.repeat(falloff[..., None], 3, axis=2)
        noise = np.rint(self._rng.normal(0, optics.noise, (h + 64, w + 64, 1))).astype(np.int16)
        self._noise = np.repeat(noise, 3, axis=2)
        grain = self._rng.normal(optics.belt_grey, 3, (h, _REPEAT_PX)).astype(np.float32)
        grain = np.asarray(cv2.blur(grain, (5, 1), borderType=cv2.BORDER_REFLECT))
        # Long enough that every view of the endless belt is one slice of it, which is copied without Python's lock.
        grain = np.clip(np.rint(grain), 0, 255).astype(np.uint8)
        self._belt = np.repeat(np.concatenate([grain] * (2 + w // _REPEAT_PX), axis=1)[..., None], 3, axis=2)

    def frame(
        self,
        belt_mm: float,
        speed_mm_s: float,
        light: float,
        parts: Iterable[tuple[float, Image]],
        lens: Lens | None = None,
    ) -> Image:
        """One frame, RGB uint8 [H, W, 3].

        Args:
            belt_mm: where the belt is, for the pattern on it.
            light: brightness of the lamp, 0 to 1; at 1 the pictures come out as they were given.
            parts: for each part in view, how far (mm) its centre is past the optical axis, and its picture at this
                camera's scale.
            lens: None for one that is as it was set.
        """
        scene = self._scene(belt_mm)
        for past_mm, image in parts:
            self._paste(scene, image, past_mm)
        blur = round(abs(speed_mm_s) * self.optics.exposure_ms / 1000 / self.optics.mm_per_px)
        if blur > 1:
            scene = np.asarray(cv2.blur(scene, (blur, 1)), np.uint8)
        if lens is not None:
            scene = _through(scene, lens)
        return self._expose(scene, light)

    def _scene(self, belt_mm: float) -> Image:
        shift = -round(belt_mm / self.optics.mm_per_px) % _REPEAT_PX
        return self._belt[:, shift : shift + self.optics.width_px].copy()

    def _paste(self, scene: Image, image: Image, past_mm: float) -> None:
        height, width = scene.shape[:2]
        h, w = image.shape[:2]
        left = round(width / 2 + past_mm / self.optics.mm_per_px - w / 2)
        top = (height - h) // 2
        x0, x1 = max(0, left), min(width, left + w)
        y0, y1 = max(0, top), min(height, top + h)
        if x0 < x1 and y0 < y1:
            scene[y0:y1, x0:x1] = image[y0 - top : y1 - top, x0 - left : x1 - left]

    def _expose(self, scene: Image, light: float) -> Image:
        oy, ox = self._rng.integers(0, 64, 2)
        h, w = scene.shape[:2]
        lit = cv2.multiply(scene, self._falloff, scale=light / 255)
        return np.asarray(cv2.add(lit, self._noise[oy : oy + h, ox : ox + w], dtype=cv2.CV_8U), np.uint8)


def _through(scene: Image, lens: Lens) -> Image:
    if lens.aside_px:
        scene = np.roll(scene, round(lens.aside_px), axis=0)
    if lens.blur_px:
        scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), lens.blur_px), np.uint8)
    return scene


def at_scale(image: Image, length_mm: float, mm_per_px: float) -> Image:
    """A part's picture at the camera's scale: `length_mm` wide, its aspect kept."""
    width = max(1, round(length_mm / mm_per_px))
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    if (height, width) == image.shape[:2]:
        return image
    shrink = width < image.shape[1]
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)
    return resized.astype(np.uint8)
