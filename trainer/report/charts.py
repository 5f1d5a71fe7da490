"""The charts of the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from edge.calibration import Calibration, Threshold
from trainer.metrics import cost_curve
from trainer.report.plot import Plot, ticks
from trainer.report.words import percent, rate, score

_BINS = 44
_ROC_TO = 0.25

_Floats = NDArray[np.float64]


def histogram(good: _Floats, bad: _Floats, threshold: Threshold) -> Markup:
    """How the scores of good parts (upwards) and bad ones (downwards) are spread about the threshold, as shares of
    each kind. `bad` may be empty. What scores far above everything else is gathered in the last bar."""
    edges = _edges(good, bad, threshold)
    shares = [np.histogram(np.clip(s, edges[0], edges[-1]), edges)[0] / max(s.size, 1) for s in (good, bad)]
    top, foot = (max(float(share.max()) * 1.08, 0.02) for share in shares)
    if not bad.size:
        foot = 0.0
    words = f"Scores of {good.size} good and {bad.size} bad pictures about the threshold {score(threshold.value)}"
    plot = Plot((float(edges[0]), float(edges[-1])), (-foot, top), words)
    plot.band(threshold.low, threshold.high, "band")
    for sign, cls, share in ((1, "good", shares[0]), (-1, "bad", shares[1])):
        for left, right, value in zip(edges, edges[1:], share, strict=False):
            if value:
                plot.bar(left, right, min(0, sign * value), max(0, sign * value), cls)
    plot.upright(threshold.value, "threshold", f"threshold {score(threshold.value)}")
    step = ticks(0, max(top, foot), 4)
    marks = [(sign * v, percent(v)) for v in step for sign in (1, -1) if -foot <= sign * v <= top]
    plot.axes("score", "share of pictures", _score_ticks(edges), marks)
    if bad.size:
        plot.label(float(edges[-1]), top * 0.9, "good ↑", "end good")
        plot.label(float(edges[-3]), -foot * 0.9, "bad ↓", "end bad")
    return plot.svg()


def roc(
    points: Sequence[tuple[float, float]], here: tuple[float, float], wide: Sequence[float], high: Sequence[float]
) -> Markup:
    """The left of the ROC curve: (false-positive rate, true-positive rate), and where the threshold puts the model,
    with the intervals of both."""
    plot = Plot((0, _ROC_TO), (0, 1), f"ROC: finds {percent(here[1])} of the bad at {percent(here[0])} false rejects")
    plot.axes("good parts thrown away", "bad parts found", _percents(0, _ROC_TO), _percents(0, 1))
    return plot.filled(points, "found").line(points, "found").point(*here, wide, high).svg()


def pro_chart(points: Sequence[tuple[float, float]], here: tuple[float, float]) -> Markup:
    """The per-region overlap curve, and where the threshold lies on it."""
    end = points[-1][0]
    plot = Plot((0, end), (0, 1), f"PRO: at the threshold {percent(here[1])} of each defect is covered")
    plot.axes("sound surface marked", "share of each defect marked", _percents(0, end), _percents(0, 1))
    return plot.filled(points, "found").line(points, "found").point(*here).svg()


def costs(scores: _Floats, bad: NDArray[np.bool_], threshold: Threshold) -> Markup:
    """What every threshold would cost: the share of good parts thrown away, and that of bad parts that escape."""
    thresholds, false_rejects, escapes = cost_curve(scores, bad)
    low = float(min(np.quantile(scores[~bad], 0.1), threshold.low))
    high = float(max(np.quantile(scores[bad], 0.7), threshold.high, scores[~bad].max()))
    plot = Plot((low, high), (0, 1), "False rejects and escapes at every threshold")
    plot.axes("threshold", "share of pictures", _score_ticks((low, high)), _percents(0, 1))
    plot.band(threshold.low, threshold.high, "band").upright(
        threshold.value, "threshold", f"threshold {score(threshold.value)}"
    )
    shown = _few(thresholds, low, high)
    plot.steps([(float(thresholds[i]), float(false_rejects[i])) for i in shown], "good")
    plot.steps([(float(thresholds[i]), float(escapes[i])) for i in shown], "bad dashed")
    return plot.svg()


def thresholds_chart(calibration: Calibration, threshold: Threshold, per_10000: float) -> Markup:
    """The threshold against the number of false rejects that is allowed, with its 90 % range."""
    rates = np.geomspace(1, 1000, 25)
    found = [calibration.threshold(float(value)) for value in rates]
    low, high = min(t.low for t in found), max(t.high for t in found)
    plot = Plot((1, 1000), (low, high), "Threshold against allowed false rejects", log_x=True)
    plot.between([(float(r), t.low, t.high) for r, t in zip(rates, found, strict=True)], "band")
    plot.line([(float(r), t.value) for r, t in zip(rates, found, strict=True)], "found")
    plot.axes(
        "false rejects allowed in 10,000",
        "threshold",
        [(value, f"{value:,}") for value in (1, 10, 100, 1000)],
        [(value, f"{value:g}") for value in ticks(low, high, 6)],
    )
    return plot.point(per_10000, threshold.value).label(per_10000 * 1.15, threshold.value, rate(per_10000)).svg()


def tracker_chart(meta_epochs: Sequence[Mapping[str, float]], chosen: int | None) -> Markup:
    """What a discriminator answers to good and to noisy features, mean and deviation, meta-epoch by meta-epoch (the
    tables of `trainer.simplenet.tracker`); `chosen` is the number, from 1, of the one that was kept."""
    sides = [
        [(i, float(row[f"{name}_mean"]), float(row[f"{name}_std"])) for i, row in enumerate(meta_epochs, start=1)]
        for name in ("real", "noisy")
    ]
    ends = [mean + sign * std for side in sides for _, mean, std in side for sign in (-1, 1)]
    plot = Plot((1, len(meta_epochs)), (min(ends), max(ends)), "Answers of the discriminator over the meta-epochs")
    for side, cls in zip(sides, ("good", "bad dashed"), strict=True):
        plot.between([(i, mean - std, mean + std) for i, mean, std in side], f"{cls} faint")
        plot.line([(i, mean) for i, mean, _ in side], cls)
    x_ticks = [(value, f"{value:g}") for value in ticks(1, max(2, len(meta_epochs)), 7) if value == int(value)]
    plot.axes("meta-epoch", "answer", x_ticks, [(value, f"{value:g}") for value in ticks(min(ends), max(ends), 6)])
    if chosen is not None:
        plot.upright(chosen, "threshold", f"kept: {chosen}")
    return plot.svg()


def _edges(good: _Floats, bad: _Floats, threshold: Threshold) -> _Floats:
    """Bins; the highest bad scores, which may be ten times all others, do not flatten the rest."""
    low = min(float(good.min()), float(bad.min()) if bad.size else float("inf"), threshold.low)
    high = max(float(good.max()), threshold.high)
    if bad.size:
        high = max(high, min(float(bad.max()), max(float(np.quantile(bad, 0.9)), threshold.value + (high - low))))
    return np.linspace(low, high + 0.02 * (high - low or 1), _BINS + 1)


def _few(thresholds: _Floats, low: float, high: float, most: int = 400) -> list[int]:
    """Numbers of thresholds worth drawing: those in sight and one to each side, evenly thinned."""
    first = max(0, int(np.searchsorted(thresholds, low)) - 1)
    last = min(len(thresholds) - 1, int(np.searchsorted(thresholds, high)) + 1)
    return np.unique(np.linspace(first, last, min(most, last - first + 1)).astype(int)).tolist()


def _percents(low: float, high: float) -> list[tuple[float, str]]:
    return [(value, f"{100 * value:.0f} %") for value in ticks(low, high, 6)]


def _score_ticks(ends: Sequence[float] | _Floats) -> list[tuple[float, str]]:
    return [(value, f"{value:g}") for value in ticks(float(ends[0]), float(ends[-1]), 7)]
