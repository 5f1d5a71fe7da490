"""What a list of image scores is worth: `scores` [N] are raw, larger is worse; `bad` [N] says which are defective."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Floats = NDArray[np.floating]
Scores = Floats | Sequence[float]
Bad = NDArray[np.bool_] | Sequence[bool]
Curve = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def auroc(scores: Scores, bad: Bad) -> float:
    """Area under the ROC curve: the chance that a bad one scores above a good one, ties counting half.

    NaN where one of the two kinds is missing.
    """
    bad = np.asarray(bad, bool)
    n_bad, n_good = int(bad.sum()), int((~bad).sum())
    if not n_bad or not n_good:
        return float("nan")
    ranks = rankdata(np.asarray(scores, np.float64))
    return float((ranks[bad].sum() - n_bad * (n_bad + 1) / 2) / (n_bad * n_good))


def roc_curve(scores: Scores, bad: Bad) -> Curve:
    """False-positive rate, true-positive rate and threshold, [K + 1] each, from (0, 0) at an infinite threshold on;
    K is the number of distinct scores, each of which is a threshold that admits itself (Fawcett 2006).

    NaN rates where one of the two kinds is missing.
    """
    good_above, bad_above, thresholds = _admitted(scores, bad)
    with np.errstate(invalid="ignore"):
        false = np.concatenate([[0.0], good_above / good_above[-1]])
        true = np.concatenate([[0.0], bad_above / bad_above[-1]])
    return false, true, np.concatenate([[np.inf], thresholds])


def average_precision(scores: Scores, bad: Bad) -> float:
    """Mean of the precision over the recall gained, Σ (Rₖ − Rₖ₋₁) Pₖ over descending distinct scores, without
    interpolation (the definition of scikit-learn and of TREC). Depends on the share of bad pictures. NaN without bad.
    """
    good_above, bad_above, _ = _admitted(scores, bad)
    if not bad_above[-1]:
        return float("nan")
    precision = bad_above / (good_above + bad_above)
    return float(np.sum(np.diff(bad_above, prepend=0) * precision) / bad_above[-1])


def f1_max(scores: Scores, bad: Bad) -> tuple[float, float]:
    """The highest F1 (harmonic mean of precision and recall; van Rijsbergen 1979) that any threshold reaches, and
    that threshold: what scores above it is rejected. It lies halfway to the next lower score; the higher one of two
    that are equally good.

    It is chosen on the pictures it is measured on, so it flatters: a comparison between models, no threshold to ship.
    NaN without bad.
    """
    good_above, bad_above, thresholds = _admitted(scores, bad)
    if not bad_above[-1]:
        return float("nan"), float("nan")
    f1 = 2 * bad_above / (good_above + bad_above + bad_above[-1])
    best = int(np.argmax(f1))
    if best + 1 == len(thresholds):
        return float(f1[best]), float(np.nextafter(thresholds[best], -np.inf))
    return float(f1[best]), float((thresholds[best] + thresholds[best + 1]) / 2)


def balanced_accuracy(scores: Scores, bad: Bad, threshold: float) -> float:
    """Mean of the share of bad ones that score above the threshold and the share of good ones that do not
    (Brodersen et al. 2010): 0.5 is a coin. NaN where one of the two kinds is missing."""
    bad = np.asarray(bad, bool)
    if bad.all() or not bad.any():
        return float("nan")
    above = np.asarray(scores, np.float64) > threshold
    return float((above[bad].mean() + (~above[~bad]).mean()) / 2)


def cost_curve(scores: Scores, bad: Bad) -> Curve:
    """What every threshold would cost: thresholds [K + 1] ascending, the share of good ones above each (false
    rejects), the share of bad ones not above it (escapes).

    The thresholds are the distinct scores and one just below the lowest, so the curve begins with everything
    rejected and ends with everything passed. NaN shares where a kind is missing.
    """
    good_above, bad_above, thresholds = _admitted(scores, bad)
    just_below = np.nextafter(thresholds[-1], -np.inf)
    # Above the k-th highest score lie those that the threshold before it admits.
    good = np.concatenate([good_above[::-1], [0.0]])
    found = np.concatenate([bad_above[::-1], [0.0]])
    with np.errstate(invalid="ignore"):
        return np.concatenate([[just_below], thresholds[::-1]]), good / good_above[-1], 1 - found / bad_above[-1]


def _admitted(scores: Scores, bad: Bad) -> Curve:
    """For each distinct score, descending: how many good and how many bad ones score at least that, and the score."""
    values, bad = np.asarray(scores, np.float64), np.asarray(bad, bool)
    if not values.size or values.shape != bad.shape:
        raise ValueError(f"{values.shape} scores and {bad.shape} marks do not fit: one mark a score, one score or more")
    order = np.argsort(-values, kind="stable")
    last = np.append(np.flatnonzero(np.diff(values[order])), len(order) - 1)
    found = np.cumsum(bad[order])[last].astype(np.float64)
    return last + 1 - found, found, values[order][last]
