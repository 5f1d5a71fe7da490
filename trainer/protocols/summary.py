"""From folds to one number and the width that it can be believed to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy import stats

KEYS = ("image_auroc", "pixel_auroc", "aupro", "false_reject_rate", "escape_rate")


@dataclass(frozen=True, slots=True)
class Figure:
    """Mean over folds, its 95 % interval (None with fewer than two folds), and the extremes."""

    mean: float
    low: float | None
    high: float | None
    worst: float
    best: float
    folds: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def summarize(results: Sequence[dict[str, Any]], test_to_train: float | None) -> dict[str, Figure]:
    """A figure for each key that all folds have a number for.

    Args:
        results: the folds' evaluations.
        test_to_train: good pictures tested per picture trained on, where folds share their training pictures (random
            splits). The folds then are no independent samples, and the variance of their mean is widened by it
            (Nadeau & Bengio 2003). None where no picture is tested twice.
    """
    figures = {}
    for key in KEYS:
        values = [result[key] for result in results if result.get(key) is not None]
        if values and len(values) == len(results):
            figures[key] = _figure(values, test_to_train, higher_is_better=not key.endswith("_rate"))
    return figures


def _figure(values: Sequence[float], test_to_train: float | None, *, higher_is_better: bool) -> Figure:
    n = len(values)
    mean = math.fsum(values) / n
    best, worst = (max(values), min(values)) if higher_is_better else (min(values), max(values))
    if n < 2:
        return Figure(mean, None, None, worst, best, n)
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    width = float(stats.t.ppf(0.975, n - 1)) * math.sqrt(variance * (1 / n + (test_to_train or 0.0)))
    return Figure(mean, max(0.0, mean - width), min(1.0, mean + width), worst, best, n)
