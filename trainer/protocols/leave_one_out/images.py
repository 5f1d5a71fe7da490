"""A threshold on image scores, for each picture chosen without it: what the verdict on a picture is worth that had no
say in its threshold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.metrics import balanced_accuracy, f1_max, roc_curve

Scores = NDArray[np.float64]
Bad = NDArray[np.bool_]


def best_f1(scores: Scores, bad: Bad) -> float:
    """The threshold with the highest F1, see `trainer.metrics.f1_max`."""
    return f1_max(scores, bad)[1]


def best_balance(scores: Scores, bad: Bad) -> float:
    """The threshold with the highest balanced accuracy, halfway to the next lower score; the higher of two equals."""
    false, true, thresholds = roc_curve(scores, bad)
    best = int(np.argmax(np.round(true - false, 12)))
    if best + 1 == len(thresholds):
        return float(np.nextafter(thresholds[best], -np.inf))
    if best == 0:
        return float(thresholds[1])
    return float((thresholds[best] + thresholds[best + 1]) / 2)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """For each of N pictures: the threshold that was chosen without it, the balanced accuracy of the others there,
    and whether the picture is rejected by it."""

    threshold: Scores
    inner: Scores
    rejected: Bad


def leave_one_out(scores: Scores, bad: Bad, choose: Callable[[Scores, Bad], float]) -> Verdicts:
    """Leaves out each picture in turn, good ones too.

    Args:
        scores: [N], larger is worse. bad: [N]; two or more of each kind. choose: (scores, bad) of the others → a
            threshold; what scores above it is rejected.

    Raises:
        ValueError: there are fewer than two of a kind.
    """
    if min(bad.sum(), (~bad).sum()) < 2:
        raise ValueError(f"{bad.sum()} bad and {(~bad).sum()} good pictures: two of each are the least")
    thresholds, inner = np.empty(len(scores)), np.empty(len(scores))
    for i in range(len(scores)):
        others = np.arange(len(scores)) != i
        thresholds[i] = choose(scores[others], bad[others])
        inner[i] = balanced_accuracy(scores[others], bad[others], thresholds[i])
    return Verdicts(thresholds, inner, scores > thresholds)
