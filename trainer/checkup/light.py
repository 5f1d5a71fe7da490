"""Exposure, sharpness and vignette: whether they drift, stand out, or tell train from test and good from bad."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau, theilslopes

from edge.health import Level
from trainer.checkup.findings import Finding, Shown
from trainer.checkup.looks import Look, some
from trainer.metrics import auroc

_OUTLIER = 6.0
_SURE = 0.001
_LEAST = 12
_MOST = 12
_THINNED = 1000
_TRACKS: dict[str, tuple[Callable[[Look], float], str]] = {
    "brightness": (lambda look: look.brightness, "grey levels"),
    "sharpness": (lambda look: look.sharpness, "1/px"),
    "vignette": (lambda look: look.vignette, "corners over middle"),
}


def light_findings(looks: Sequence[Look]) -> list[Finding]:
    """Clipping; then for each of brightness, sharpness and vignette: drift over train/good in the order of names,
    outliers of train/good, train/good against test/good, and good against defective test pictures."""
    found = [_clipped(looks)]
    for name, (measure, unit) in _TRACKS.items():
        train = some(looks, train=True)
        found += [_drift(name, unit, train, measure), _outliers(name, unit, train, measure)]
        found.append(_apart(f"light.{name}_split", name, train, some(looks, train=False), measure, split=True))
        good, bad = some(looks, train=False), some(looks, train=False, bad=True)
        found.append(_apart(f"light.{name}_shortcut", name, good, bad, measure, split=False))
    return [finding for finding in found if finding]


def _clipped(looks: Sequence[Look]) -> Finding:
    burnt = sorted((look for look in looks if look.bright > 0.01), key=lambda look: -look.bright)
    black = sum(look.dark > 0.25 for look in looks)
    share = len(burnt) / len(looks)
    mean = float(np.mean([look.brightness for look in looks]))
    numbers = {"mean_brightness": mean, "over_1_percent_white": len(burnt), "over_25_percent_black": black}
    text = f"mean brightness {mean:.0f} of 255; {len(burnt)} pictures ({share:.1%}) have more than 1 % "
    text += f"of their pixels at 255, {black} more than 25 % at 0"
    mend = "Lower exposure or light until highlights stay below 255: what is clipped is lost." if share > 0.05 else ""
    shown = tuple(Shown(look.name, f"{look.bright:.1%} at 255") for look in burnt[:_MOST])
    return Finding("light.clipped", Level.WARNING if share > 0.05 else Level.OK, text, mend, numbers, shown)


def _drift(name: str, unit: str, looks: Sequence[Look], measure: Callable[[Look], float]) -> Finding | None:
    """Theil–Sen slope, and Kendall's τ for whether it is more than chance (Theil 1950, Sen 1968)."""
    values = _values(looks, measure)
    if len(values) < _LEAST:
        return None
    kept = np.linspace(0, len(values) - 1, min(len(values), _THINNED)).astype(int)
    total = float(np.asarray(theilslopes(values[kept], kept / (len(values) - 1)), float)[0])
    chance = float(np.asarray(kendalltau(kept, values[kept]), float)[1])
    spread = _spread(values)
    numbers = {"first_to_last": total, "spread": spread, "p": chance, "median": float(np.median(values))}
    drifts = chance < _SURE and abs(total) > spread
    text = f"{name} of train/good from first name to last: {total:+.3g} {unit} (median {np.median(values):.3g}, spread "
    text += f"{spread:.2g})"
    if not drifts:
        return Finding(f"light.{name}_drift", Level.OK, text + ": no drift", numbers=numbers)
    mend = "If names follow time: lock the camera, let the light warm up, clean the lens; record again what drifted."
    return Finding(f"light.{name}_drift", Level.WARNING, text + ": it drifts", mend, numbers)


def _outliers(name: str, unit: str, looks: Sequence[Look], measure: Callable[[Look], float]) -> Finding | None:
    values = np.array([measure(look) for look in looks], float)
    if np.isfinite(values).sum() < _LEAST:
        return None
    far = (values - np.nanmedian(values)) / _spread(values[np.isfinite(values)])
    order = [i for i in np.argsort(-np.abs(far)).tolist() if abs(far[i]) > _OUTLIER]
    check, numbers = f"light.{name}_outliers", {"outliers": len(order)}
    if not order:
        return Finding(check, Level.OK, f"{name} of train/good: no picture stands out", numbers=numbers)
    text = f"{name} of train/good: {len(order)} of {len(looks)} lie more than {_OUTLIER:g} spreads from the median"
    mend = "Look at them: a picture taken with the light off or out of focus teaches the model that this is good."
    shown = tuple(Shown(looks[i].name, f"{values[i]:.3g} {unit}") for i in order[:_MOST])
    return Finding(check, Level.WARNING, text, mend, numbers, shown)


def _apart(
    check: str, name: str, one: Sequence[Look], other: Sequence[Look], measure: Callable[[Look], float], *, split: bool
) -> Finding | None:
    """AUROC of one plain number: 0.5 where it knows nothing. Direction does not count."""
    a, b = _values(one, measure), _values(other, measure)
    if min(len(a), len(b)) < _LEAST:
        return None
    value = auroc(np.concatenate([a, b]), np.repeat([False, True], [len(a), len(b)]))
    value = max(value, 1 - value)
    numbers = {"auroc": value, "median_first": float(np.median(a)), "median_second": float(np.median(b))}
    sides = "train/good from test/good" if split else "defective from good test pictures"
    text = (
        f"{name} alone tells {sides} with an AUROC of {value:.2f} (medians {np.median(a):.3g} and {np.median(b):.3g})"
    )
    mend = ""
    if split and value > 0.65:
        mend = (
            "Shuffle good pictures between train and test, by part: the two were recorded under different conditions."
        )
    elif not split and value > 0.8:
        # The defect itself may be what darkens the picture; only a person can tell.
        mend = "If the defects do not explain it: record good and bad parts mixed, else any model looks good here."
    level = Level.WARNING if split else Level.INFO
    return Finding(check, level if mend else Level.OK, text, mend, numbers)


def _values(looks: Sequence[Look], measure: Callable[[Look], float]) -> NDArray[np.float64]:
    values = np.array([measure(look) for look in looks], float)
    return values[np.isfinite(values)]


def _spread(values: NDArray[np.float64]) -> float:
    """Robust standard deviation (1.4826 · MAD), never nought."""
    return max(float(1.4826 * np.median(np.abs(values - np.median(values)))), 1e-9)
