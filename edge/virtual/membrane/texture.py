"""The film itself: cloudy and grainy, as polymer film before a backlight is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Rows after which a layer begins anew: primes, so that all of them together do so after some 10^9 metres only. A web
# that repeats itself every few frames would be known by heart to whoever learns from it.
_LAYERS = ((1.5, 2039), (1.5, 1777), (24.0, 4093))
_STEPS = 4.0


@dataclass(frozen=True, slots=True)
class Texture:
    """Deviations from the film's grey, in grey levels, normally distributed; a layer without a seam is added to others
    with another period."""

    layers: tuple[NDArray[np.int8], ...]

    @classmethod
    def drawn(cls, draw: np.random.Generator, width_px: int, grain: float) -> Texture:
        """Half of the variance is in grains of about 4 pixels, half in clouds of about 60; `grain` is the standard
        deviation of all of it."""
        clouds = sum(sigma > 10 for sigma, _ in _LAYERS)
        shares = [0.5 / clouds if sigma > 10 else 0.5 / (len(_LAYERS) - clouds) for sigma, _ in _LAYERS]
        return cls(
            tuple(
                _layer(draw, rows, width_px, sigma, grain * share**0.5)
                for (sigma, rows), share in zip(_LAYERS, shares, strict=True)
            )
        )

    def rows(self, first: int, n: int) -> NDArray[np.float32]:
        """Rows from `first` on, float32 [n, width]; any row, of negative number too."""
        total = np.zeros((n, self.layers[0].shape[1]), np.float32)
        for layer in self.layers:
            total += layer[np.arange(first, first + n) % len(layer)]
        return np.divide(total, _STEPS, dtype=np.float32)


def _layer(draw: np.random.Generator, rows: int, width: int, sigma: float, strength: float) -> NDArray[np.int8]:
    around = round(5 * sigma)
    fine = draw.standard_normal((rows, width), np.float32)
    cloud = np.asarray(cv2.GaussianBlur(np.concatenate([fine[-around:], fine, fine[:around]]), (0, 0), sigma))
    cloud = cloud[around:-around]
    return np.clip(np.rint(cloud * (_STEPS * strength / float(cloud.std()))), -127, 127).astype(np.int8)
