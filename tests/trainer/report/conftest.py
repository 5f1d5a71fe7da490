"""Grey parts before a model whose score is brightness: what it catches and misses is known beforehand."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from small_bundle import write_small_bundle

from trainer.evaluate import Measured, measure

GOOD, FAINT = 64, 60
"""Grey of a sound part and of a defect that passes, of 255."""


def write_part(root: Path, kind: str, name: str, ground: int, spot: int, side: int = 12) -> None:
    """A part of 48 × 40 pixels with a square spot at (12, 10), and its mask where it is a defect."""
    picture, mask = np.full((40, 48), ground, np.uint8), np.zeros((40, 48), np.uint8)
    picture[10 : 10 + side, 12 : 12 + side] = spot
    mask[10 : 10 + side, 12 : 12 + side] = 255
    for folder, pixels in [(f"test/{kind}", picture)] + [(f"ground_truth/{kind}", mask)] * (kind != "good"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        suffix = "_mask" if folder.startswith("ground") else ""
        assert cv2.imwrite(str(root / folder / f"{name}{suffix}.png"), pixels)


@pytest.fixture(scope="session")
def greys(tmp_path_factory) -> Path:
    """Six good parts of which one is too bright, four scratches found of which one is small, two dents missed."""
    root = tmp_path_factory.mktemp("data") / "greys"
    for i in range(5):
        write_part(root, "good", f"{i}", GOOD + i - 3, GOOD + i - 3)
    write_part(root, "good", "bright", 90, 90)
    for i in range(3):
        write_part(root, "scratch", f"large{i}", 70, 250, 16 + i)
    write_part(root, "scratch", "small", 75, 255, 6)
    for i in range(2):
        write_part(root, "<b>dent", f"{i}", FAINT + i, FAINT)
    return root


@pytest.fixture(scope="session")
def measured(greys, tmp_path_factory) -> Measured:
    bundle = write_small_bundle(tmp_path_factory.mktemp("bundle") / "greys.ringlight")
    return measure(bundle, greys, threads=1)
