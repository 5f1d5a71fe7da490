"""From scored test pictures to the numbers of an evaluation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge.bundle import Bundle
from trainer.calibrate import RATES
from trainer.dataset import GOOD
from trainer.doubts import doubts
from trainer.metrics import (
    auroc,
    average_precision,
    balanced_accuracy,
    bootstrap,
    delong,
    f1_max,
    pixel_auroc,
    pro,
    pro_curve,
    region_areas,
    resample_mean,
    roc_curve,
    wilson,
)

if TYPE_CHECKING:
    from trainer.evaluate import Scored

PRO_LIMIT = 0.3
"""False-positive rate of pixels up to which the per-region overlap is integrated (Bergmann et al. 2021)."""

_POINTS = 200

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PerClass:
    """One folder of `test/`: pictures, their AUROC against good (None for good itself), the share rejected with its
    interval. What rests on masks is None without them: aupro, the mean over the components of this kind; pointed_at,
    the share of pictures whose map is highest at the defect (see `points_at`); the pixels of the smallest defect (all
    of a picture's mask) among the rejected pictures, and of the largest among the others."""

    n: int
    image_auroc: float | None
    rejected: float
    rejected_interval: Interval
    aupro: float | None
    pointed_at: float | None
    smallest_found_px: int | None
    largest_missed_px: int | None


@dataclass(frozen=True, slots=True)
class AtRate:
    """What another number of allowed false rejects in 10,000 would have done on these pictures."""

    false_rejects_per_10000: float
    threshold: float
    low: float
    high: float
    how: str
    false_reject_rate: float
    false_reject_interval: Interval
    escape_rate: float
    escape_interval: Interval


@dataclass(frozen=True, slots=True)
class Result:
    """The evaluation; the fields are the keys of `--json`, explained in docs/evaluate.md. Rates are shares, intervals
    are 95 % (shares: Wilson; AUROC and average precision: stratified bootstrap; AUPRO: bootstrap of pictures).

    What rests on masks is None where the data set has none; an interval is None where there are too few pictures.
    """

    model_id: str
    image_auroc: float
    image_auroc_interval: Interval | None
    image_auroc_delong: Interval | None
    average_precision: float
    average_precision_interval: Interval | None
    f1_max: float
    f1_max_threshold: float
    pixel_auroc: float | None
    aupro: float | None
    aupro_interval: Interval | None
    pro_at_threshold: float | None
    pixel_false_positive_rate: float | None
    pointed_at: float | None
    per_class: dict[str, PerClass]
    threshold: float
    threshold_low: float
    threshold_high: float
    threshold_how: str
    false_rejects_per_10000: float
    threshold_warning: str
    false_reject_rate: float
    false_reject_interval: Interval
    escape_rate: float
    escape_interval: Interval
    balanced_accuracy: float
    rates: tuple[AtRate, ...]
    roc_curve: tuple[tuple[float, float], ...]
    pro_curve: tuple[tuple[float, float], ...] | None
    tiles_per_second: float
    provider: str
    bundle_mb: float
    pictures: int
    good: int
    bad: int

    def to_dict(self) -> dict[str, Any]:
        """For JSON; `warnings` says in words what the numbers cannot bear."""
        return asdict(self) | {"warnings": list(doubts(self))}


def judge(bundle: Bundle, scored: Scored, provider: str, false_rejects_per_10000: float = 100.0) -> Result:
    """The numbers, from scored pictures."""
    threshold = bundle.manifest.calibration.threshold(false_rejects_per_10000)
    scores, bad = scored.scores, np.array([sample.bad for sample in scored.samples])
    here = _at_rate(bundle, scores, bad, false_rejects_per_10000)
    by_pixel = _by_pixel(scored, threshold.value)
    best_f1 = f1_max(scores, bad)
    return Result(
        model_id=bundle.manifest.model_id,
        image_auroc=auroc(scores, bad),
        image_auroc_interval=_known(bootstrap(scores, bad)),
        image_auroc_delong=_known(delong(scores, bad)),
        average_precision=average_precision(scores, bad),
        average_precision_interval=_known(bootstrap(scores, bad, average_precision)),
        f1_max=best_f1[0],
        f1_max_threshold=best_f1[1],
        pixel_auroc=by_pixel and by_pixel.auroc,
        aupro=by_pixel and by_pixel.aupro,
        aupro_interval=by_pixel and by_pixel.aupro_interval,
        pro_at_threshold=by_pixel and by_pixel.pro,
        pixel_false_positive_rate=by_pixel and by_pixel.false_positive_rate,
        pointed_at=by_pixel and _share(by_pixel.pointed),
        per_class=_per_class(scored, scores > threshold.value, by_pixel),
        threshold=threshold.value,
        threshold_low=threshold.low,
        threshold_high=threshold.high,
        threshold_how=threshold.how,
        false_rejects_per_10000=false_rejects_per_10000,
        threshold_warning=threshold.warning,
        false_reject_rate=here.false_reject_rate,
        false_reject_interval=here.false_reject_interval,
        escape_rate=here.escape_rate,
        escape_interval=here.escape_interval,
        balanced_accuracy=balanced_accuracy(scores, bad, threshold.value),
        rates=tuple(_at_rate(bundle, scores, bad, rate) for rate in RATES),
        roc_curve=_thin(*roc_curve(scores, bad)[:2]),
        pro_curve=by_pixel and by_pixel.curve,
        tiles_per_second=scored.tiles / (scored.ns / 1e9),
        provider=provider,
        bundle_mb=bundle.size / 1e6,
        pictures=len(scored.samples),
        good=int((~bad).sum()),
        bad=int(bad.sum()),
    )


def _at_rate(bundle: Bundle, scores: NDArray[np.float64], bad: NDArray[np.bool_], rate: float) -> AtRate:
    threshold = bundle.manifest.calibration.threshold(rate)
    rejected = scores > threshold.value
    false_rejects, escapes = int((rejected & ~bad).sum()), int((~rejected & bad).sum())
    n_good, n_bad = int((~bad).sum()), int(bad.sum())
    return AtRate(
        false_rejects_per_10000=rate,
        threshold=threshold.value,
        low=threshold.low,
        high=threshold.high,
        how=threshold.how,
        false_reject_rate=false_rejects / n_good,
        false_reject_interval=wilson(false_rejects, n_good),
        escape_rate=escapes / n_bad,
        escape_interval=wilson(escapes, n_bad),
    )


@dataclass(frozen=True, slots=True)
class _ByPixel:
    """What rests on masks. areas: for each picture those of its components (see `region_areas`), None without
    mask. pointed: for each picture whether its map is highest at its defect, None without one."""

    auroc: float
    aupro: float
    aupro_interval: Interval | None
    pro: float
    false_positive_rate: float
    curve: tuple[tuple[float, float], ...]
    areas: tuple[NDArray[np.float64] | None, ...]
    pointed: tuple[bool | None, ...]


def _by_pixel(scored: Scored, threshold: float) -> _ByPixel | None:
    both = [(m, mask) for m, mask in zip(scored.maps, scored.masks, strict=True) if mask is not None]
    maps, masks = [m for m, _ in both], [mask for _, mask in both]
    if not any(mask.any() for mask in masks):
        return None
    areas = region_areas(maps, masks, PRO_LIMIT)
    waiting = iter(areas)
    return _ByPixel(
        pixel_auroc(maps, masks),
        float(np.concatenate(areas).mean()),
        _known(resample_mean(areas)),
        *pro(maps, masks, threshold),
        _thin(*pro_curve(maps, masks, PRO_LIMIT)),
        tuple(None if mask is None else next(waiting) for mask in scored.masks),
        tuple(
            None if mask is None or not mask.any() else points_at(m, mask)
            for m, mask in zip(scored.maps, scored.masks, strict=True)
        ),
    )


def _per_class(scored: Scored, rejected: NDArray[np.bool_], by_pixel: _ByPixel | None) -> dict[str, PerClass]:
    kinds = np.array([sample.kind for sample in scored.samples])
    good = kinds == GOOD
    result = {}
    for kind in sorted(set(kinds.tolist())):
        mine = kinds == kind
        numbers = np.flatnonzero(mine)
        sizes = [(scored.defect_px[i], rejected[i]) for i in numbers] if kind != GOOD else []
        areas = [area for i in numbers if by_pixel and (area := by_pixel.areas[i]) is not None and area.size]
        result[kind] = PerClass(
            n=int(mine.sum()),
            image_auroc=None if kind == GOOD else auroc(scored.scores[mine | good], mine[mine | good]),
            rejected=float(rejected[mine].mean()),
            rejected_interval=wilson(int(rejected[mine].sum()), int(mine.sum())),
            aupro=float(np.concatenate(areas).mean()) if areas else None,
            pointed_at=_share(by_pixel.pointed[i] for i in numbers) if by_pixel else None,
            smallest_found_px=min((size for size, found in sizes if size and found), default=None),
            largest_missed_px=max((size for size, found in sizes if size and not found), default=None),
        )
    return result


def points_at(anomaly_map: NDArray[np.floating], mask: NDArray[np.bool_]) -> bool:
    """The pointing game (Zhang et al. 2018): whether the highest place of a map [H, W] lies on the defect, or beside
    it by no more than a sixteenth of the longer side, a cell of the coarsest map."""
    y, x = np.unravel_index(int(np.argmax(anomaly_map)), anomaly_map.shape)
    reach = max(1, round(max(mask.shape) / 16))
    return bool(mask[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1].any())


def _share(answers: Iterable[bool | None]) -> float | None:
    known = [answer for answer in answers if answer is not None]
    return float(np.mean(known)) if known else None


def _known(interval: Interval) -> Interval | None:
    return None if np.isnan(interval).any() else interval


def _thin(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """At most `_POINTS` corners of a rising curve, the ends among them, evenly spread along its length."""
    along = np.concatenate([[0], np.cumsum(np.abs(np.diff(x)) / max(float(np.ptp(x)), 1e-12) + np.abs(np.diff(y)))])
    kept = np.unique(np.searchsorted(along, np.linspace(0, along[-1], _POINTS)))
    kept = np.unique(np.append(kept[kept < len(x)], len(x) - 1))
    return tuple((float(a), float(b)) for a, b in zip(x[kept], y[kept], strict=True))
