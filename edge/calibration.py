"""From scores of held-out good parts to a threshold.

A factory has good parts in plenty and hardly any bad ones, so the threshold is chosen by the only thing that can be
measured beforehand: how many good parts may be thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from edge.errors import UsageError

_LEAST = 4
_RESAMPLES = 200
_SHAPES = (-0.5, 0.5)
# Weighed on six distributions (normal to Student's t with 5 degrees of freedom), 12 to 400 scores, 10 and 100 false
# rejects in 10,000: against no prior fewer false rejects and no thresholds far beyond all good parts, on each of them.
_PRIOR = 20
_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A part whose score is above `value` is rejected.

    `low` to `high` is the 90 % range that the same number of other good parts would have given. `how` says whether
    enough of the good parts lie beyond to count them (empirical), or the fitted tail was asked. `warning` is empty,
    or says why the value is a guess.
    """

    value: float
    low: float
    high: float
    how: Literal["empirical", "tail"]
    warning: str = ""


class Calibration(BaseModel):
    """Scores of held-out good parts, ascending, and the generalised Pareto tail of the highest of them.

    The tail says: a share of `exceedance` of good parts scores above `location`, and what lies above it follows
    P(excess > y) = (1 + shape · y / scale)^(−1 / shape) (Pickands 1975; fitted by probability-weighted moments,
    Hosking & Wallis 1987, which need no iteration and bear small samples). A dozen excesses say little of the shape, so
    it is drawn towards that of an exponential tail, 0, as if `_PRIOR` excesses had said so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scores: Annotated[tuple[FiniteFloat, ...], Field(min_length=_LEAST, max_length=1_000_000)]
    location: FiniteFloat
    scale: Annotated[FiniteFloat, Field(ge=0)]
    shape: Annotated[FiniteFloat, Field(ge=_SHAPES[0], le=_SHAPES[1])]
    exceedance: Annotated[float, Field(gt=0, le=0.5)]
    n: Annotated[int, Field(ge=_LEAST)]

    @model_validator(mode="after")
    def _scores_are_in_order(self) -> Calibration:
        if self.n != len(self.scores):
            raise ValueError(f"n is {self.n}, but there are {len(self.scores)} scores")
        if any(a > b for a, b in zip(self.scores, self.scores[1:], strict=False)):
            raise ValueError("the scores are not in ascending order")
        return self

    @classmethod
    def fit(cls, scores: Sequence[float] | NDArray[np.floating]) -> Calibration:
        """Fits the tail to the scores of good parts that the model did not learn from.

        Raises:
            UsageError: fewer than 4 scores, or one that is no number.
        """
        ordered = np.sort(np.asarray(scores, np.float64))
        if ordered.size < _LEAST:
            raise UsageError(f"calibration needs {_LEAST} held-out good pictures, there are {ordered.size}: add some.")
        if not np.isfinite(ordered).all():
            raise UsageError("calibration: a score is no finite number. The model is broken; train it again.")
        k = _tail_size(ordered.size)
        location, scale, shape = (float(value[0]) for value in _fit_tails(ordered[None], k))
        return cls(
            scores=tuple(ordered.tolist()),
            location=location,
            scale=scale,
            shape=shape,
            exceedance=k / ordered.size,
            n=ordered.size,
        )

    def threshold(self, false_rejects_per_10000: float) -> Threshold:
        """The score that `false_rejects_per_10000` (above 0, below 10,000) of good parts exceed.

        Never falls when the rate falls. Raises UsageError for a rate out of range.
        """
        if not 0 < false_rejects_per_10000 < 10_000:
            raise UsageError(f"false_rejects_per_10000 is {false_rejects_per_10000:g}: write more than 0, below 10000.")
        rate = false_rejects_per_10000 / 10_000
        ordered = np.asarray(self.scores)
        k = round(self.exceedance * self.n)
        value = float(_quantile(ordered[None], rate, self.exceedance, self._tail())[0])
        # Always the same resamples: the same bundle gives the same threshold on every box.
        drawn = np.random.default_rng(0).integers(0, self.n, (_RESAMPLES, self.n))
        others = np.sort(ordered[drawn], axis=1)
        values = _quantile(others, rate, k / self.n, _fit_tails(others, k))
        low, high = np.quantile(values, [0.05, 0.95])
        how = "empirical" if rate >= self.exceedance else "tail"
        return Threshold(value, min(float(low), value), max(float(high), value), how, self._warning(rate))

    def _tail(self) -> tuple[_Array, _Array, _Array]:
        return np.array([self.location]), np.array([self.scale]), np.array([self.shape])

    def _warning(self, rate: float) -> str:
        needed = int(np.ceil(1 / rate))
        if self.n >= needed:
            return ""
        return (
            f"calibrated on {self.n} good pictures; {needed} or more are needed to see {rate * 10_000:g} false rejects "
            "in 10,000. The threshold is extrapolated: record more good parts."
        )


def _tail_size(n: int) -> int:
    """How many of the highest scores make the tail: enough to fit, few enough to be a tail."""
    return min(n // 2, max(10, round(2 * n**0.5)))


def _fit_tails(ordered: _Array, k: int) -> tuple[_Array, _Array, _Array]:
    """Location, scale and shape [R] of the k highest of each row of [R, n]."""
    location = _empirical(ordered, k / ordered.shape[1])
    excess = np.maximum(ordered[:, -k:] - location[:, None], 0)
    mean = excess.mean(axis=1)
    if k < 5:
        return location, mean, np.zeros_like(mean)
    share = (np.arange(k, 0, -1) - 0.65) / k
    second = (excess * share).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shape = 2 - mean / (mean - 2 * second)
    shape = np.clip(np.nan_to_num(shape), *_SHAPES) * k / (k + _PRIOR)
    return location, mean * (1 - shape), shape


def _quantile(ordered: _Array, rate: float, exceedance: float, tail: tuple[_Array, _Array, _Array]) -> _Array:
    """The score [R] that a share of `rate` exceeds; both branches meet at `exceedance`."""
    if rate >= exceedance:
        return _empirical(ordered, rate)
    location, scale, shape = tail
    beyond = np.log(exceedance / rate)
    near_zero = np.abs(shape) < 1e-9
    safe = np.where(near_zero, 1.0, shape)
    return location + scale * np.where(near_zero, beyond, np.expm1(safe * beyond) / safe)


def _empirical(ordered: _Array, rate: float) -> _Array:
    """Quantile 1 − rate of each row, unbiased whatever the distribution (Hyndman & Fan 1996, type 8)."""
    return np.quantile(ordered, 1 - rate, axis=1, method="median_unbiased")
