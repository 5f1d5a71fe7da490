"""Pictures that are in a data set more than once, and parts that were photographed more than once.

Three degrees of likeness, because they mend differently:

exact   the same pixels under two names.
near    the same photograph, saved again, brightened a little, cropped or shifted by a few pixels.
same part   another photograph of the same part: the fine structure is the same, the light is not.

Parts of one design look alike without being the same; what only one part has is its texture. So pairs are compared
by the normalised cross-correlation of their *fine* structure (a band-pass of small grey copies) after the best shift,
and called "near" only if the coarse picture agrees as well, at the same exposure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from edge.picture import resize
from trainer.checkup.looks import Look
from trainer.progress import progress

SAME_SCENE = 0.90
"""Correlation of the fine structure from which two pictures show the same part. On 761 + 583 photographs of magnetic
tiles few pairs lie between 0.75 and 0.90: different tiles below, retakes of one tile above."""

SAME_FINE, SAME_COARSE, SAME_GAIN = 0.95, 0.998, 1.08
"""From which two pictures of the same scene are one photograph: fine correlation, coarse correlation, and the largest
ratio of their contrasts. Set on synthetic copies (JPEG quality 75 and 90, brightness ± 3 %, shifts by 2 px)."""

LONGEST_CHAIN = 30
"""Photographs of one part that anybody takes. Longer chains of likeness come from a common design (busbars of solar
cells correlate by 0.99), and then likeness says nothing about single parts."""

COPY_OF_LOOKALIKE = 0.995
"""Fine correlation from which one of two pictures of a common design is a copy of the other. Copies of solar cells
(JPEG quality 75, brightness + 3 %, a border of 2 px cut off) correlate by 0.998 and more, other sleeves of the
simulator by 0.97 to 0.99."""

_SHIFT = 6
_SIDE = 32
_FLOOR = 0.5
_NEIGHBOURS = 12
_BLOCK = 1024
_Floats = NDArray[np.float32]


class Likeness(IntEnum):
    """How alike the two pictures of a pair are."""

    SAME_PART = 1
    NEAR = 2
    EXACT = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures by their numbers in the sequence of looks, a < b; `fine` is the correlation (1 for exact), `shift`
    how far b lies from a, (x, y) in pixels of a."""

    a: int
    b: int
    likeness: Likeness
    fine: float
    shift: tuple[float, float] = (0.0, 0.0)


def find_pairs(looks: Sequence[Look]) -> tuple[Pair, ...]:
    """Every pair that is more than alike, worst likeness first.

    Of pictures with the same pixels only the first is compared with others: its copies share its fate.
    """
    exact, firsts = _exact(looks)
    pairs = list(exact)
    compare = _Comparison([looks[i].small for i in firsts])
    candidates = list(_candidates([looks[i].small for i in firsts]))
    for i, j in progress(candidates, "compare", len(candidates)):
        found = compare(i, j)
        if found:
            likeness, fine, (dx, dy) = found
            a, b = firsts[i], firsts[j]
            scale = looks[a].w / looks[a].small.shape[1]
            pairs.append(Pair(a, b, likeness, fine, (dx * scale, dy * scale)))
    return tuple(sorted(pairs, key=lambda pair: (-pair.likeness, -pair.fine, pair.a, pair.b)))


def groups(pairs: Sequence[Pair], n: int, least: Likeness) -> list[list[int]]:
    """The pictures, of `n`, that pairs of at least this likeness chain together: largest groups first."""
    kept = [(pair.a, pair.b) for pair in pairs if pair.likeness >= least]
    if not kept:
        return []
    a, b = np.array(kept).T
    _, label = connected_components(coo_array((np.ones(len(kept)), (a, b)), shape=(n, n)), directed=False)
    members: dict[int, list[int]] = {}
    for i in np.unique([a, b]).tolist():
        members.setdefault(int(label[i]), []).append(i)
    return sorted(members.values(), key=lambda group: (-len(group), group))


def without_lookalikes(pairs: Sequence[Pair], n: int) -> tuple[Pair, ...]:
    """The pairs; but where most such pictures, of `n`, hang together in chains too long for one part, only those that
    are more alike than a common design makes them: copies can then be told from the rest, retaken parts cannot."""
    chains = groups(pairs, n, Likeness.SAME_PART)
    long = sum(len(chain) for chain in chains if len(chain) > LONGEST_CHAIN)
    if 2 * long <= sum(map(len, chains)):
        return tuple(pairs)
    return tuple(pair for pair in pairs if pair.likeness > Likeness.SAME_PART and pair.fine >= COPY_OF_LOOKALIKE)


def _exact(looks: Sequence[Look]) -> tuple[list[Pair], list[int]]:
    seen: dict[str, int] = {}
    pairs = []
    for i, look in enumerate(looks):
        first = seen.setdefault(look.digest, i)
        if first != i:
            pairs.append(Pair(first, i, Likeness.EXACT, 1.0))
    return pairs, list(seen.values())


def _candidates(small: Sequence[NDArray[np.uint8]]) -> Iterator[tuple[int, int]]:
    """Pairs worth a closer look: among the nearest neighbours of either picture by a coarse fingerprint.

    A cheap filter with a low bar; it must lose no copy, and may pass thousands of strangers.
    """
    prints = np.stack([_fingerprint(image) for image in small])
    found: set[tuple[int, int]] = set()
    k = min(_NEIGHBOURS, len(small) - 1)
    for start in range(0, len(small) if k else 0, _BLOCK):
        likeness = prints[start : start + _BLOCK] @ prints.T
        rows = np.arange(len(likeness))
        likeness[rows, start + rows] = -1
        near = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        for row, columns in enumerate(near):
            i = start + row
            found |= {(min(i, j), max(i, j)) for j in columns.tolist() if likeness[row, j] > _FLOOR}
    yield from sorted(found)


def _fingerprint(small: NDArray[np.uint8]) -> _Floats:
    square = cv2.resize(small, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    band = cv2.GaussianBlur(square, (0, 0), 1) - cv2.GaussianBlur(square, (0, 0), 5)
    return _unit(np.asarray(band, np.float32).ravel())


def _unit(values: _Floats) -> _Floats:
    values = values - values.mean()
    length = float(np.linalg.norm(values))
    return values / length if length > 1e-6 else np.zeros_like(values)


class _Comparison:
    """Compares two small grey copies by number; remembers the band-passed ones."""

    def __init__(self, small: Sequence[NDArray[np.uint8]]) -> None:
        self._small = small
        self._filtered = lru_cache(maxsize=4096)(self._filter)

    def __call__(self, i: int, j: int) -> tuple[Likeness, float, tuple[float, float]] | None:
        """The likeness, the fine correlation and the shift in small pixels; None for strangers."""
        (fine_a, coarse_a), (fine_b, coarse_b) = self._both(i, j)
        inner = np.s_[_SHIFT:-_SHIFT, _SHIFT:-_SHIFT]
        if min(fine_a.shape) <= 4 * _SHIFT or fine_a[inner].std() < 0.05 or fine_b.std() < 0.05:
            return None
        match = cv2.matchTemplate(fine_b, fine_a[inner], cv2.TM_CCOEFF_NORMED)
        _, fine, _, (x, y) = cv2.minMaxLoc(match)
        if fine < SAME_SCENE:
            return None
        h, w = fine_a.shape
        a, b = coarse_a[inner], coarse_b[y : y + h - 2 * _SHIFT, x : x + w - 2 * _SHIFT]
        gain = float(a.std() / max(float(b.std()), 1e-6))
        coarse = float(_unit(a.ravel()) @ _unit(b.ravel()))
        one = fine >= SAME_FINE and coarse >= SAME_COARSE and 1 / SAME_GAIN <= gain <= SAME_GAIN
        return Likeness.NEAR if one else Likeness.SAME_PART, float(fine), (float(x - _SHIFT), float(y - _SHIFT))

    def _both(self, i: int, j: int) -> tuple[tuple[_Floats, _Floats], tuple[_Floats, _Floats]]:
        """Fine and coarse of both, at one size: a few rows more are a crop and are cut off, else one was resized."""
        h, w = np.minimum(self._small[i].shape, self._small[j].shape).tolist()
        tall, wide = np.maximum(self._small[i].shape, self._small[j].shape).tolist()
        if tall <= 1.06 * h and wide <= 1.06 * w:
            first, second = self._filtered(i), self._filtered(j)
            return (first[0][:h, :w], first[1][:h, :w]), (second[0][:h, :w], second[1][:h, :w])
        return self._filter(i, (h, w)), self._filter(j, (h, w))

    def _filter(self, i: int, size: tuple[int, int] | None = None) -> tuple[_Floats, _Floats]:
        small = self._small[i]
        if size and size != small.shape:
            small = resize(np.repeat(small[..., None], 3, axis=2), *size)[..., 0]
        grey = small.astype(np.float32)
        fine = cv2.GaussianBlur(grey, (0, 0), 1) - cv2.GaussianBlur(grey, (0, 0), 4)
        return np.asarray(fine, np.float32), np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5), np.float32)
