"""How far a number can be believed: 95 % confidence intervals unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from trainer.metrics.ranking import Bad, Scores, auroc

Z = 1.96
"""Standard deviations to each side of a 95 % interval."""


def wilson(hits: int, n: int, z: float = Z) -> tuple[float, float]:
    """Confidence interval of a share (Wilson 1927), 95 % unless told. (0, 1) where n is 0."""
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, z * z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * float(np.sqrt(share * (1 - share) / n + z2 / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def delong(scores: Scores, bad: Bad, z: float = Z) -> tuple[float, float]:
    """Confidence interval of the image AUROC (DeLong, DeLong & Clarke-Pearson 1988; by mid-ranks, Sun & Xu 2014),
    cut to 0…1. It shrinks to a point where the scores separate perfectly. NaN with fewer than two of a kind.
    """
    values, bad = np.asarray(scores, np.float64), np.asarray(bad, bool)
    n_bad, n_good = int(bad.sum()), int((~bad).sum())
    if min(n_bad, n_good) < 2:
        return float("nan"), float("nan")
    ranks = rankdata(values)
    # For each bad one the share of good ones below it, for each good one the share of bad ones above it.
    by_bad = (ranks[bad] - rankdata(values[bad])) / n_good
    by_good = 1 - (ranks[~bad] - rankdata(values[~bad])) / n_bad
    error = float(np.sqrt(by_bad.var(ddof=1) / n_bad + by_good.var(ddof=1) / n_good))
    area = float(by_bad.mean())
    return max(0.0, area - z * error), min(1.0, area + z * error)


def bootstrap(
    scores: Scores,
    bad: Bad,
    metric: Callable[[NDArray[np.float64], NDArray[np.bool_]], float] = auroc,
    *,
    resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of a metric of (scores, bad), stratified: good and bad are drawn apart, each as
    often as there are (Efron & Tibshirani 1993). The same seed gives the same interval. NaN where a kind is missing.
    """
    values, bad = np.asarray(scores, np.float64), np.asarray(bad, bool)
    kinds = values[~bad], values[bad]
    if not all(kind.size for kind in kinds):
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    marks = np.repeat([False, True], [kind.size for kind in kinds])
    drawn = (np.concatenate([rng.choice(kind, kind.size) for kind in kinds]) for _ in range(resamples))
    return _middle([metric(row, marks) for row in drawn], level)


def resample_mean(
    groups: list[NDArray[np.float64]], *, resamples: int = 2000, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Bootstrap interval of the mean over all values where the values of a group belong together, as the defects of
    one picture do: whole groups are drawn (Davison & Hinkley 1997, 3.8). Empty groups are left out; NaN where all are.
    """
    full = [group for group in groups if len(group)]
    if not full:
        return float("nan"), float("nan")
    sums, sizes = np.array([group.sum() for group in full]), np.array([len(group) for group in full])
    drawn = np.random.default_rng(seed).integers(0, len(full), (resamples, len(full)))
    return _middle(sums[drawn].sum(1) / sizes[drawn].sum(1), level)


def _middle(values: NDArray[np.float64] | list[float], level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
