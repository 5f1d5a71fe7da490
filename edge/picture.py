"""Pictures, read and resized in one way on the desk and on the box.

A model is as good as its desk and its box agree on the pixels; so nobody else in this house decodes a file for the
model, and nobody else changes the size of a picture that the model sees.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import DatasetError
from edge.parts import Image

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"})
"""Endings of the files that are taken for pictures."""


def load_image(path: Path) -> Image:
    """Reads a picture as RGB uint8 [H, W, 3].

    Grey is repeated three times, an alpha channel is dropped, 16 bits become 8 by their full scale (65535 → 255,
    rounded): never by the picture's own range, which would make a dark part bright. An orientation tag is ignored;
    a camera that is mounted does not turn.

    Raises:
        DatasetError: the file cannot be read, holds no picture, or a kind of pixel that is neither 8 nor 16 bits.
    """
    pixels = _to_8_bits(read_pixels(path), path)
    if pixels.ndim == 2:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)
    code = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGB}[pixels.shape[2]]
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def kind_of(data: bytes) -> Literal["png", "jpeg"] | None:
    """What a file of a picture is by its first bytes; None where it is neither."""
    return "png" if data.startswith(b"\x89PNG") else "jpeg" if data.startswith(b"\xff\xd8") else None


def read_pixels(path: Path) -> NDArray[Any]:
    """Decodes a file as it is stored: [H, W] or [H, W, C], BGR(A), any depth.

    Raises:
        DatasetError: the file cannot be read or holds no picture.
    """
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Remove it or mend its rights.") from error
    if not data.size:
        raise DatasetError(f"{path}: is empty. Remove it or record it again.")
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise DatasetError(f"{path}: is damaged or not a picture. Remove it or record it again.")
    return pixels


def resize(image: Image, height: int, width: int) -> Image:
    """Brings a picture [H, W, 3] to [height, width, 3]: an axis that shrinks is averaged over areas (so that fine
    lines do not alias), an axis that grows is interpolated linearly, each by itself."""
    h, w = image.shape[:2]
    smaller = min(h, height), min(w, width)
    if smaller != (h, w):
        image = np.asarray(cv2.resize(image, smaller[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    if smaller != (height, width):
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return image


def _to_8_bits(pixels: NDArray[Any], path: Path) -> Image:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    raise DatasetError(f"{path}: has pixels of type {pixels.dtype}. Save it with 8 or 16 bits a channel.")
