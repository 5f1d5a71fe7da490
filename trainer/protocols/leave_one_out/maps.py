"""A threshold on anomaly maps, for each defective picture chosen without it: exact, from every distinct score.

Notation of this module: n defective pictures with their masks; the inner set of picture i is all other defective
pictures and all good ones. PRO of a picture is the mean over its defects (8-connected components of the mask) of the
share that scores above the threshold (Bergmann et al. 2021); the mean over pictures counts each picture once. FPR is
the share of a set's defect-free pixels, good pictures included, that score above the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.metrics.pixels import Maps, Masks, components

_DIGITS = 9
_ROUNDING = 1e-9

Values = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Split:
    """The scores of a defective picture: of its defects' pixels, ascending [d], with what each adds to the picture's
    PRO [d] (1 together), and of its defect-free pixels [f]."""

    defect: Values
    gain: NDArray[np.float64]
    free: Values


@dataclass(frozen=True, slots=True)
class Outer:
    """What became of each picture at the threshold that was chosen without it, [n] each.

    inner_pro: mean PRO of the other pictures; pro: its own; seen_pro: its own at the thresholds of the others, which it
    had a say in, averaged: over all pictures the mean of that is the mean of inner_pro. inner_rate: FPR of the inner
    set; rate: its own, NaN where it has no defect-free pixel; good_rate: FPR of the good pictures alone.
    """

    threshold: Values
    inner_pro: NDArray[np.float64]
    pro: NDArray[np.float64]
    seen_pro: NDArray[np.float64]
    inner_rate: NDArray[np.float64]
    rate: NDArray[np.float64]
    good_rate: NDArray[np.float64]


def split_up(maps: Maps, masks: Masks) -> list[Split]:
    """Defective pictures, map and mask [H, W] each of one size, the mask with a defect.

    Raises:
        ValueError: a mask is empty or of another size.
    """
    found = []
    for i, (scores, mask) in enumerate(zip(maps, masks, strict=True)):
        if scores.shape != mask.shape or not mask.any():
            raise ValueError(f"map {i} is {scores.shape}, its mask {mask.shape} with {mask.sum()} defective pixels")
        n, labels = components(mask)
        sizes = np.bincount(labels.ravel(), minlength=n + 1)
        order = np.argsort(scores[mask], kind="stable")
        found.append(Split(scores[mask][order], 1 / (n * sizes[labels[mask][order]]), scores[~mask]))
    return found


def thresholds_at_limit(pictures: Sequence[Split], good: Values, limit: float) -> Values:
    """For each picture the lowest threshold at which the FPR of its inner set is at most `limit`, which is where the
    inner PRO is highest under that limit, for PRO falls with the threshold.

    Args:
        pictures: two or more. good: scores of all pixels of good pictures, one or more. limit: above 0, below 1.

    Returns:
        thresholds [n]; what scores above one is called defective.
    """
    sizes = np.array([picture.free.size for picture in pictures])
    inner = sizes.sum() + good.size - sizes
    admitted = np.floor(limit * inner + _ROUNDING).astype(np.intp)
    pool = np.concatenate([good, *(picture.free for picture in pictures)])
    # The highest of all scores suffice, however many of them are the left-out picture's own.
    rest = max(0, pool.size - int(admitted.max() + sizes.max()) - 1)
    lowest = np.partition(pool, rest)[rest]
    owner = np.repeat(np.arange(-1, len(pictures), dtype=np.int32), [good.size, *sizes])
    kept = np.flatnonzero(pool >= lowest)
    kept = kept[np.argsort(-pool[kept], kind="stable")]
    values, owner = pool[kept], owner[kept]
    return np.array([values[owner != i][k] for i, k in enumerate(admitted)], pool.dtype)


def thresholds_of_good(pictures: Sequence[Split], good: Values, limit: float) -> Values:
    """As `thresholds_at_limit`, but the FPR is that of the good pictures alone: the same threshold for each picture."""
    at = good.size - 1 - int(np.floor(limit * good.size + _ROUNDING))
    return np.repeat(np.partition(good, at)[at], len(pictures))


def best_thresholds(pictures: Sequence[Split], good: Values) -> Values:
    """For each picture the threshold at which mean PRO − FPR of its inner set is highest (to nine digits; the higher
    threshold of two equals): the share of the defects that is found less the share of the rest that is marred.

    Args:
        pictures: two or more. good: scores of all pixels of good pictures, one or more.

    Returns:
        thresholds [n], each just below the score of a defective pixel, so that this one is still found; infinite where
        it is better to find nothing.
    """
    values, counts = np.unique(np.concatenate([picture.defect for picture in pictures]), return_counts=True)
    own = [_places(picture, values) for picture in pictures]
    n, size = len(pictures), len(values)
    gain, free = np.zeros(size), np.bincount(_below(good, values), minlength=size + 1)
    for picture, (defects, rest) in zip(pictures, own, strict=True):
        gain += np.bincount(defects, picture.gain, minlength=size)
        free += np.bincount(rest, minlength=size + 1)
    found = np.empty(n, values.dtype)
    for i, (picture, (defects, rest)) in enumerate(zip(pictures, own, strict=True)):
        others_gain = gain - np.bincount(defects, picture.gain, minlength=size)
        others_free = free - np.bincount(rest, minlength=size + 1)
        # At a value all that scores as high or higher is found.
        worth = _from_the_top(others_gain) / (n - 1) - _from_the_top(others_free[1:]) / others_free.sum()
        worth[counts == np.bincount(defects, minlength=size)] = -np.inf
        worth = np.round(worth, _DIGITS)
        best = size - 1 - int(np.argmax(worth[::-1]))
        found[i] = np.nextafter(values[best], values.dtype.type(-np.inf)) if worth[best] > 0 else np.inf
    return found


def judge(pictures: Sequence[Split], good: Values, thresholds: Values) -> Outer:
    """Each picture at its own threshold, and its inner set there."""
    n = len(pictures)
    overlap = np.stack([_overlap(picture, thresholds) for picture in pictures])
    above = np.stack([_above(picture.free, thresholds) for picture in pictures])
    above_good = _above(good, thresholds)
    sizes = np.array([picture.free.size for picture in pictures])
    inner_above = above_good + above.sum(0) - above.diagonal()
    with np.errstate(invalid="ignore"):
        rate = above.diagonal() / sizes
    return Outer(
        threshold=thresholds,
        inner_pro=(overlap.sum(0) - overlap.diagonal()) / (n - 1),
        pro=overlap.diagonal().copy(),
        seen_pro=(overlap.sum(1) - overlap.diagonal()) / (n - 1),
        inner_rate=inner_above / (good.size + sizes.sum() - sizes),
        rate=rate,
        good_rate=above_good / good.size,
    )


def _places(picture: Split, values: Values) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Where its defective pixels are among the ascending values, and how many values its other pixels reach."""
    return np.searchsorted(values, picture.defect).astype(np.int32), _below(picture.free, values)


def _below(scores: Values, values: Values) -> NDArray[np.int32]:
    """How many of the ascending values each score reaches. Sorted first: the search then runs through memory."""
    return np.searchsorted(values, np.sort(scores), side="right").astype(np.int32)


def _from_the_top(each: NDArray[Any]) -> NDArray[Any]:
    return np.cumsum(each[::-1])[::-1]


def _overlap(picture: Split, thresholds: Values) -> NDArray[np.float64]:
    """PRO of a picture at each threshold."""
    found = np.append(_from_the_top(picture.gain), 0.0)
    return found[np.searchsorted(picture.defect, thresholds, side="right")]


def _above(scores: Values, thresholds: Values) -> NDArray[np.intp]:
    """How many scores lie above each threshold."""
    order = np.argsort(thresholds, kind="stable")
    reached = np.bincount(np.searchsorted(thresholds[order], scores, side="left"), minlength=len(thresholds) + 1)
    above = np.empty(len(thresholds), np.intp)
    above[order] = _from_the_top(reached)[1:]
    return above
