"""One pass over the pictures of a data set: what each is like, in a few numbers and a small grey copy."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image
from edge.picture import load_image, resize
from trainer.dataset import GOOD, Dataset
from trainer.headers import read_header
from trainer.progress import progress

SMALL_SIDE = 160
"""Longest side, in pixels, of a typical picture's small grey copy. All copies of a data set share one scale."""

_CORNER = 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture as the doctor saw it.

    Attributes:
        path: the file; `name` is relative to the data set.
        train: it lies in train/good, else in test.
        kind: "good" or the name of the defect.
        h, w, bits: size in pixels and bits a channel, as stored.
        grey: no pixel has a colour.
        digest: SHA-256 of size and pixels as `load_image` gives them.
        brightness: mean grey level, 0 to 255.
        dark, bright: share of the pixels at 0 and at 255.
        sharpness: root mean square gradient of the lightly smoothed picture over its deviation, in 1/px (Tenengrad,
            Krotkov 1987; divided so that neither brightness nor contrast counts). NaN where the picture is uniform.
        vignette: mean grey level of the corners over that of the middle. NaN where the middle is black.
        small: grey copy, uint8 [h, w].
    """

    path: Path
    name: str
    train: bool
    kind: str
    h: int
    w: int
    bits: int
    grey: bool
    digest: str
    brightness: float
    dark: float
    bright: float
    sharpness: float
    vignette: float
    small: NDArray[np.uint8]

    @property
    def bad(self) -> bool:
        return self.kind != GOOD


def look_at(data: Dataset) -> tuple[Look, ...]:
    """Reads every picture once: train/good, then test, each folder in the natural order of names (9 before 10).

    Raises:
        DatasetError: a file cannot be decoded.
    """
    files = [(path, True, GOOD) for path in data.train] + [(s.path, False, s.kind) for s in data.test]
    files.sort(key=lambda file: (not file[1], file[2] != GOOD, file[2], natural(file[0].name)))
    headers = [read_header(path) for path, _, _ in files]
    scale = min(1.0, SMALL_SIDE / median(max(header.h, header.w) for header in headers)) if headers else 1.0
    looks = []
    for (path, train, kind), header in zip(progress(files, "look", len(files)), headers, strict=True):
        facts = measure(load_image(path), scale)
        name = path.relative_to(data.root).as_posix()
        looks.append(Look(path=path, name=name, train=train, kind=kind, bits=header.bits, **facts))
    return tuple(looks)


def measure(image: Image, scale: float) -> dict[str, Any]:
    """The fields of a `Look` that its pixels, RGB uint8 [H, W, 3], decide."""
    h, w = image.shape[:2]
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
    small_h, small_w = max(8, round(h * scale)), max(8, round(w * scale))
    return {
        "h": h,
        "w": w,
        "grey": bool((image[..., :1] == image[..., 1:]).all()),
        "digest": hashlib.sha256(f"{h}x{w}\0".encode() + image.tobytes()).hexdigest(),
        "brightness": float(grey.mean()),
        "dark": float((grey == 0).mean()),
        "bright": float((image == 255).any(axis=2).mean()),
        "sharpness": _sharpness(grey),
        "vignette": _vignette(grey),
        "small": resize(np.repeat(grey[..., None], 3, axis=2), small_h, small_w)[..., 0].copy(),
    }


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts the numbers in a name by their value, as a camera counted them."""
    return tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in re.findall(r"[0-9]+|[^0-9]+", name))


def some(looks: Sequence[Look], *, train: bool, bad: bool = False) -> list[Look]:
    """Those of one side: train/good, test/good, or the defective."""
    return [look for look in looks if look.train == train and look.bad == bad]


def _sharpness(grey: NDArray[np.uint8]) -> float:
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.0)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    spread = float(np.var(smooth))
    return float(np.sqrt(np.mean(across**2 + down**2) / spread)) if spread > 0.25 else float("nan")


def _vignette(grey: NDArray[np.uint8]) -> float:
    h, w = grey.shape
    y, x = max(1, round(h * _CORNER)), max(1, round(w * _CORNER))
    corners = np.mean([grey[:y, :x].mean(), grey[:y, -x:].mean(), grey[-y:, :x].mean(), grey[-y:, -x:].mean()])
    middle = float(grey[h // 2 - y // 2 : h // 2 + y // 2 + 1, w // 2 - x // 2 : w // 2 + x // 2 + 1].mean())
    return float(corners / middle) if middle > 1 else float("nan")
