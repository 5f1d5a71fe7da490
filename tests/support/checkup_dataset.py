"""Parts of one design, each with a texture of its own, in the layout of MVTec AD."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from small_dataset import write

SIDE = 160


def part(seed: int, noise_seed: int = 0) -> np.ndarray:
    """Grey, uint8 [160, 160]: a disc that all have in common, a texture by `seed`, a camera's noise by `noise_seed`."""
    rng = np.random.default_rng(seed)
    picture = np.full((SIDE, SIDE), 70, np.float32)
    cv2.circle(picture, (80, 80), 60, (150,), -1)
    texture = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), 2)
    noise = np.random.default_rng((noise_seed, seed)).normal(0, 1, (SIDE, SIDE))
    return np.clip(picture + 80 * texture + noise, 0, 255).astype(np.uint8)


def write_parts(root: Path, train: int = 14, good: int = 3, bad: int = 3) -> Path:
    """Writes it; the defects are black squares of 20 pixels, masks included."""
    for folder in ("train/good", "test/good", "test/hole", "ground_truth/hole"):
        (root / folder).mkdir(parents=True)
    for i in range(train):
        write(root / f"train/good/{i:03}.png", part(i))
    for i in range(good):
        write(root / f"test/good/{i:03}.png", part(1000 + i))
    for i in range(bad):
        picture, mask = part(2000 + i), np.zeros((SIDE, SIDE), np.uint8)
        picture[40:60, 40:60], mask[40:60, 40:60] = 0, 255
        write(root / f"test/hole/{i:03}.png", picture)
        write(root / f"ground_truth/hole/{i:03}_mask.png", mask)
    return root
