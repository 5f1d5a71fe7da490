"""How good an anomaly model is. Raw scores in, never squashed; larger is worse everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

_Floats = NDArray[np.floating]


def auroc(scores: _Floats | Sequence[float], bad: NDArray[np.bool_] | Sequence[bool]) -> float:
    """Area under the ROC curve: the chance that a bad one scores above a good one, ties counting half.

    NaN where one of the two kinds is missing.
    """
    bad = np.asarray(bad, bool)
    n_bad, n_good = int(bad.sum()), int((~bad).sum())
    if not n_bad or not n_good:
        return float("nan")
    ranks = rankdata(np.asarray(scores, np.float64))
    return float((ranks[bad].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def pixel_auroc(maps: Sequence[_Floats], masks: Sequence[NDArray[np.bool_]]) -> float:
    """AUROC over all pixels of all pictures, each map at its mask's size."""
    _same_sizes(maps, masks)
    return auroc(np.concatenate([m.ravel() for m in maps]), np.concatenate([m.ravel() for m in masks]))


def aupro(maps: Sequence[_Floats], masks: Sequence[NDArray[np.bool_]], limit: float = 0.3) -> float:
    """Area under the per-region overlap curve up to a false-positive rate of `limit`, divided by it.

    Bergmann et al. 2021 (MVTec AD, IJCV): at each threshold the overlap is the share of a ground-truth component
    (8-connected) that lies above it, averaged over all components of all pictures; the false-positive rate is over
    all defect-free pixels. Exact: every distinct score is a threshold, the last step is interpolated.

    NaN where there is no defect or no defect-free pixel.
    """
    _same_sizes(maps, masks)
    weights = _region_weights(masks)
    values = np.concatenate([m.ravel() for m in maps])
    free = np.concatenate([~m.ravel() for m in masks])
    if not weights.any() or not free.any():
        return float("nan")
    order = np.argsort(-values, kind="stable")
    # A threshold admits all pixels of its score at once; between two distinct scores there is no curve.
    last = np.append(np.flatnonzero(np.diff(values[order])), len(order) - 1)
    rate = np.concatenate([[0.0], (np.cumsum(free[order]) / free.sum())[last]])
    overlap = np.concatenate([[0.0], np.cumsum(weights[order])[last]])
    end = int(np.searchsorted(rate, limit, side="right"))
    if end < len(rate):
        rest = (limit - rate[end - 1]) / (rate[end] - rate[end - 1])
        overlap = np.append(overlap[:end], overlap[end - 1] + rest * (overlap[end] - overlap[end - 1]))
        rate = np.append(rate[:end], limit)
    return float(np.sum(np.diff(rate) * (overlap[1:] + overlap[:-1])) / 2 / limit)


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Confidence interval of a share (Wilson 1927), 95 % unless told. (0, 1) where n is 0."""
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * float(np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def _region_weights(masks: Sequence[NDArray[np.bool_]]) -> NDArray[np.float64]:
    """For each pixel what it adds to the mean overlap: 1 / (its component's pixels · components), 0 outside."""
    weights = []
    count = 0
    for mask in masks:
        n, image = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        labels = np.asarray(image, np.intp).ravel()
        sizes = np.bincount(labels, minlength=n).astype(np.float64)
        each = 1 / np.maximum(sizes, 1)
        each[0] = 0
        weights.append(each[labels])
        count += n - 1
    return np.concatenate(weights) / max(count, 1)


def _same_sizes(maps: Sequence[_Floats], masks: Sequence[NDArray[np.bool_]]) -> None:
    for i, (scores, mask) in enumerate(zip(maps, masks, strict=True)):
        if scores.shape != mask.shape:
            raise ValueError(f"map {i} is {scores.shape}, its mask {mask.shape}")
