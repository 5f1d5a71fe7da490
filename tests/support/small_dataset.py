"""A small data set in the layout of MVTec AD: striped tiles with noise; the bad ones have a bright patch."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

SIDE = 64


def stripes(seed: int, bad: bool = False, side: int = SIDE) -> np.ndarray:
    """One grey picture, uint8 [side, side]; a bad one has a patch of an eighth of its side."""
    rng = np.random.default_rng(seed)
    picture = 100 + 30 * np.sin(np.arange(side) / 3)[None] + rng.normal(0, 4, (side, side))
    if bad:
        y, x = rng.integers(0, side - side // 4, 2)
        picture[y : y + side // 4, x : x + side // 4] += 90
    return np.clip(picture, 0, 255).astype(np.uint8)


def mask_of(seed: int, side: int = SIDE) -> np.ndarray:
    """Where `stripes(seed, bad=True)` has its patch."""
    return (np.abs(stripes(seed, True, side).astype(int) - stripes(seed, False, side)) > 40).astype(np.uint8) * 255


def write_small_dataset(root: Path, train: int = 24, good: int = 6, bad: int = 6) -> Path:
    """Writes it; names count from 000."""
    for folder in ("train/good", "test/good", "test/patch", "ground_truth/patch"):
        (root / folder).mkdir(parents=True)
    for i in range(train):
        write(root / f"train/good/{i:03}.png", stripes(i))
    for i in range(good):
        write(root / f"test/good/{i:03}.png", stripes(1000 + i))
    for i in range(bad):
        write(root / f"test/patch/{i:03}.png", stripes(2000 + i, bad=True))
        write(root / f"ground_truth/patch/{i:03}_mask.png", mask_of(2000 + i))
    return root


def write(path: Path, pixels: np.ndarray) -> None:
    assert cv2.imwrite(str(path), pixels)
