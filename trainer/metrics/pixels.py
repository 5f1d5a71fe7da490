"""How well an anomaly map says where the defect is. `maps` are raw scores [H, W], each at the size of its mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from trainer.metrics.ranking import Floats

Maps = Sequence[Floats]
Masks = Sequence[NDArray[np.bool_]]


def pixel_auroc(maps: Maps, masks: Masks) -> float:
    """AUROC over all pixels of all pictures, each map at its mask's size; ties count half. NaN where there is no
    defect or no defect-free pixel."""
    _same_sizes(maps, masks)
    # Ranks of a hundred million pixels need gigabytes; the few defective ones are looked up among the sorted others.
    free = np.sort(np.concatenate([m[~mask] for m, mask in zip(maps, masks, strict=True)]))
    bad = np.concatenate([m[mask] for m, mask in zip(maps, masks, strict=True)])
    if not bad.size or not free.size:
        return float("nan")
    below = np.searchsorted(free, bad, side="left").mean() + np.searchsorted(free, bad, side="right").mean()
    return float(below / 2 / free.size)


def aupro(maps: Maps, masks: Masks, limit: float = 0.3) -> float:
    """Area under the per-region overlap curve up to a false-positive rate of `limit`, divided by it.

    Bergmann et al. 2021 (MVTec AD, IJCV): see `pro_curve`. Exact: every distinct score is a threshold, the last step
    is interpolated. NaN where there is no defect or no defect-free pixel.
    """
    rate, overlap = pro_curve(maps, masks, limit)
    return float(np.sum(np.diff(rate) * (overlap[1:] + overlap[:-1])) / 2 / limit)


def pro_curve(maps: Maps, masks: Masks, limit: float = 1.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The per-region overlap curve: false-positive rate [K], ascending from 0 to `limit`, and mean overlap [K].

    At each threshold the overlap is the share of a ground-truth component (8-connected) that lies above it, averaged
    over all components of all pictures; the false-positive rate is over all defect-free pixels (Bergmann et al. 2021).
    NaN where there is no defect or no defect-free pixel.
    """
    regions, steps = _regions(masks), _steps(maps, masks, limit)
    if steps is None or not regions.sizes.size:
        return np.array([0.0, limit]), np.full(2, np.nan)
    weights = np.concatenate([[0.0], 1 / (regions.sizes * regions.sizes.size)])
    rate = np.concatenate([[0.0], steps.rate])
    overlap = np.concatenate([[0.0], np.cumsum(weights[regions.label[steps.pixel]])[steps.last]])
    end = int(np.searchsorted(rate, limit, side="right"))
    if end == len(rate):
        return rate, overlap
    rest = (limit - rate[end - 1]) / (rate[end] - rate[end - 1])
    last = overlap[end - 1] + rest * (overlap[end] - overlap[end - 1])
    return np.append(rate[:end], limit), np.append(overlap[:end], last)


def region_areas(maps: Maps, masks: Masks, limit: float = 0.3) -> list[NDArray[np.float64]]:
    """What each component adds: for each picture the areas [its components] under their own overlap curves up to
    `limit`, divided by it. Their mean over all pictures is `aupro`; the false-positive rate is that of all pictures.

    Empty where a picture has no defect, NaN where no picture has a defect-free pixel.
    """
    regions, steps = _regions(masks), _steps(maps, masks, limit)
    ends = np.cumsum(regions.counts)[:-1]
    if steps is None:
        return np.split(np.full(regions.sizes.size, np.nan), ends)
    before = np.concatenate([[0.0], steps.rate[:-1]])
    # A pixel's overlap rises linearly over its own step and stays: that is what a trapezoid says.
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.clip((limit - before) / (steps.rate - before), 0, 1)
        inside = np.where(steps.rate > before, inside, before <= limit)
    gain = inside * (inside * (steps.rate - before) / 2 + np.maximum(limit - steps.rate, 0)) / limit
    each = np.repeat(gain, np.diff(steps.last, prepend=-1))
    sums = np.bincount(regions.label[steps.pixel], each, minlength=regions.sizes.size + 1)
    return np.split(sums[1:] / regions.sizes, ends)


def pro(maps: Maps, masks: Masks, threshold: float) -> tuple[float, float]:
    """Per-region overlap at one threshold, and the false-positive rate there: what lies above the threshold counts.

    NaN where there is no defect or no defect-free pixel.
    """
    _same_sizes(maps, masks)
    overlaps: list[float] = []
    false = free = 0
    for scores, mask in zip(maps, masks, strict=True):
        above = scores > threshold
        n, image = components(mask)
        sizes, hits = np.bincount(image.ravel(), minlength=n + 1), np.bincount(image[above], minlength=n + 1)
        overlaps += (hits[1:] / sizes[1:]).tolist()
        false, free = false + int(hits[0]), free + int(sizes[0])
    return (
        float(np.mean(overlaps)) if overlaps else float("nan"),
        false / free if free else float("nan"),
    )


@dataclass(frozen=True, slots=True)
class _Regions:
    """The components of all masks laid end to end: label int32 [pixels], 0 outside, numbered on from 1; sizes [R] in
    pixels; counts: for each mask how many it has."""

    label: NDArray[np.int32]
    sizes: NDArray[np.intp]
    counts: list[int]


@dataclass(frozen=True, slots=True)
class _Steps:
    """The pixels that matter up to a limit, by descending score, in steps of one score each.

    pixel [n]: number in all pictures laid end to end; last [K]: the last pixel of each step; rate [K]: the
    false-positive rate after it.
    """

    pixel: NDArray[np.intp]
    last: NDArray[np.intp]
    rate: NDArray[np.float64]


def _regions(masks: Masks) -> _Regions:
    labels, counts = [], []
    for mask in masks:
        n, image = components(mask)
        labels.append(np.where(image, image + sum(counts), 0).astype(np.int32).ravel())
        counts.append(n)
    label = np.concatenate(labels)
    return _Regions(label, np.bincount(label, minlength=sum(counts) + 1)[1:], counts)


def _steps(maps: Maps, masks: Masks, limit: float) -> _Steps | None:
    """None where there is no defect-free pixel."""
    _same_sizes(maps, masks)
    values = np.concatenate([m.ravel() for m in maps])
    free = np.concatenate([~m.ravel() for m in masks])
    n_free = int(free.sum())
    if not n_free:
        return None
    if limit < 1:
        # Most pixels score below anything that matters up to the limit; only the others are sorted.
        lowest = n_free - min(int(np.ceil(limit * n_free)) + 1, n_free)
        kept = np.flatnonzero(values >= np.partition(values[free], lowest)[lowest])
    else:
        kept = np.arange(len(values))
    pixel = kept[np.argsort(-values[kept], kind="stable")]
    # A threshold admits all pixels of its score at once; between two distinct scores there is no curve.
    last = np.append(np.flatnonzero(np.diff(values[pixel])), len(pixel) - 1)
    return _Steps(pixel, last, (np.cumsum(free[pixel]) / n_free)[last])


def components(mask: NDArray[np.bool_]) -> tuple[int, NDArray[np.intp]]:
    """Number of 8-connected components, and their numbers from 1 on, [H, W]."""
    n, image = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return n - 1, np.asarray(image, np.intp)


def _same_sizes(maps: Maps, masks: Masks) -> None:
    for i, (scores, mask) in enumerate(zip(maps, masks, strict=True)):
        if scores.shape != mask.shape:
            raise ValueError(f"map {i} is {scores.shape}, its mask {mask.shape}")
