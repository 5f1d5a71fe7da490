"""A cheap webcam: soft lens, vignette, shot and read noise, white balance that wanders, sharpening, MJPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from edge.parts import Image
from trainer.simulate.scene import Window
from trainer.simulate.sleeve import Field

_FULL_WELL, _READ = 4500.0, 9.0
_GAMMA = 1 / 2.2
_TABLE = np.rint(255 * np.linspace(0, 1, 4096) ** _GAMMA).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Camera:
    """One picture's camera.

    width, height: pixels. blur: σ of the lens, pixels. vignette: share of light lost in the corners. gain: exposure
    times the lamp's level. balance: gains of red, green, blue. quality: of the JPEG. seed: of the noise.
    """

    width: int
    height: int
    blur: float
    vignette: float
    gain: float
    balance: tuple[float, float, float]
    quality: int
    seed: int

    @classmethod
    def draw(cls, rng: np.random.Generator, width: int, height: int, level: float) -> Camera:
        """level: of the lamp."""
        red, blue = rng.normal(1, 0.012, 2)
        return cls(
            width=width,
            height=height,
            blur=rng.uniform(0.75, 0.95) * max(1.0, width / 640),
            vignette=rng.uniform(0.20, 0.26),
            gain=level * rng.normal(1, 0.02),
            balance=(float(red), 1.0, float(blue)),
            quality=int(rng.integers(86, 94)),
            seed=int(rng.integers(2**32)),
        )

    def develop(self, radiance: Field, window: Window) -> Image:
        """The picture without noise and JPEG: linear RGB of a window → uint8."""
        return _encode(self._gather(radiance, window))

    def take(self, radiance: Field) -> Image:
        """The picture as it comes over USB: linear RGB [height, width, 3] → uint8."""
        light = self._gather(radiance, Window(0, 0, self.height, self.width))
        noise = np.random.default_rng(self.seed).standard_normal(light.shape, np.float32)
        electrons = np.clip(light, 0, 1.2) * np.float32(_FULL_WELL)
        light = (electrons + noise * np.sqrt(electrons + np.float32(_READ**2))) / np.float32(_FULL_WELL)
        # The camera's own denoising, then its sharpening.
        light = np.asarray(cv2.GaussianBlur(light, (3, 3), 0.55), np.float32)
        soft = np.asarray(cv2.GaussianBlur(light, (0, 0), 1.4), np.float32)
        return recompress(_encode(light + np.float32(0.35) * (light - soft)), self.quality)

    def _gather(self, radiance: Field, window: Window) -> Field:
        blurred = np.asarray(cv2.GaussianBlur(radiance, (0, 0), self.blur), np.float32)
        rows, columns = np.ogrid[window.top : window.bottom, window.left : window.right]
        middle = (self.height - 1) / 2, (self.width - 1) / 2
        corner = middle[0] ** 2 + middle[1] ** 2
        square = ((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2) / corner
        gain = (self.gain * (1 - self.vignette * square)).astype(np.float32)
        return blurred * gain[..., None] * np.array(self.balance, np.float32)


def recompress(image: Image, quality: int) -> Image:
    """RGB uint8 through JPEG and back."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _encode(light: Field) -> Image:
    return _TABLE[np.asarray(np.clip(light, 0, 1) * np.float32(4095), np.uint16)]
