"""Good parts under a lamp: a fine texture, a bright spot, and each part a little different."""

import cv2
import numpy as np
import pytest


class Parts:
    """Draws good parts as the camera sees them; what is wrong with the imaging is said by the call."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(5)
        fine = self._rng.normal(0, 30, (120, 160, 1)).astype(np.float32)
        coarse = cv2.GaussianBlur(self._rng.normal(0, 1, (120, 160)).astype(np.float32), (0, 0), 9)[..., None]
        self._texture = 110 + np.asarray(cv2.GaussianBlur(fine, (0, 0), 1.2))[..., None] + 25 * coarse / coarse.std()

    def take(self, *, light=1.0, colour=(1.0, 1.0, 1.0), blur=(0.0, 0.0), spot=(40, 60), part=None) -> np.ndarray:
        """One picture, uint8 RGB [120, 160, 3]."""
        scene = np.repeat(self._texture, 3, axis=2) + self._rng.normal(0, 4)
        if part is not None:
            scene = part(scene)
        cv2.circle(scene, (spot[0], spot[1]), 12, (230.0, 230.0, 230.0), -1)
        if blur != (0.0, 0.0):
            size = (1 + 2 * int(3 * blur[0]), 1 + 2 * int(3 * blur[1]))
            scene = cv2.GaussianBlur(scene, size, max(blur[0], 0.01), sigmaY=max(blur[1], 0.01))
        scene = scene * light * np.array(colour) + self._rng.normal(0, 1.5, scene.shape)
        return np.clip(np.rint(scene), 0, 255).astype(np.uint8)


@pytest.fixture
def parts() -> Parts:
    return Parts()
