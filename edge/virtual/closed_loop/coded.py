"""Pictures of parts that say which part they show, and the stand-in for a model that reads them.

A part's number stands in its picture as rows, brighter ones for ones, below a dark and a bright row to compare with,
and with a check sum; along the belt a row is the same all the way, so that it does not matter where the part was cut
out.
"""

from __future__ import annotations

import numpy as np

from edge.parts import Image

ROWS = 32
_DARK, _BRIGHT, _EMPTY = 90, 200, 50
_BITS, _SUM_BITS = 16, 8
_FIRST = 4
_LEAST = 20  # grey levels between the two rows to compare with


def draw(number: int, length_px: int) -> Image:
    """The picture of a part, uint8 [32, length, 3]."""
    word = number << _SUM_BITS | _check(number)
    rows = [_DARK, _DARK, _DARK, _BRIGHT]
    rows += [_BRIGHT if word >> bit & 1 else _DARK for bit in range(_BITS + _SUM_BITS)]
    rows += [_DARK] * (ROWS - len(rows))
    return np.repeat(np.repeat(np.array(rows, np.uint8)[:, None, None], length_px, axis=1), 3, axis=2)


def is_dark(image: Image) -> bool:
    """Whether no part, or no light, is in the middle of a picture."""
    h, w = image.shape[:2]
    return float(image[h // 4 : -h // 4, w // 4 : -w // 4].mean()) < _EMPTY


def read(image: Image) -> int | None:
    """The number of the part in a picture, uint8 [H, W, 3]; None where it cannot be read."""
    if image.shape[0] != ROWS:
        return None
    w = image.shape[1]
    rows = image[:, w // 3 : w - w // 3].mean(axis=(1, 2))
    dark, bright = rows[_FIRST - 2], rows[_FIRST - 1]
    if bright - dark < _LEAST:
        return None
    middle = (dark + bright) / 2
    word = sum(1 << bit for bit in range(_BITS + _SUM_BITS) if rows[_FIRST + bit] > middle)
    number = word >> _SUM_BITS
    return number if word & (1 << _SUM_BITS) - 1 == _check(number) else None


def _check(number: int) -> int:
    return (number * 37 + (number >> 8) * 101 + 11) & (1 << _SUM_BITS) - 1
