"""The report on a training: good parts only, so it says what the threshold rests on and leaves open what escapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from edge.bundle import Manifest
from edge.calibration import Threshold
from edge.health import Level
from edge.runtime import Runtime
from trainer.checkup.checkup import Checkup
from trainer.report import charts
from trainer.report.doctor import section
from trainer.report.page import Chart, Gallery, Number, Page, Table, model_facts, render
from trainer.report.pictures import MOST, Example, example
from trainer.report.words import plural, rate, score
from trainer.scoring import score_pictures

MET = "held_out_met"
"""The manifest's metric: held-out pictures of parts that the model learned from."""

DEFAULT_RATE = 100.0
"""False rejects in 10,000 that the page speaks of first; the box is configured with its own."""


def training_report(
    manifest: Manifest,
    runtime: Runtime,
    held_out: Sequence[Path],
    scores: NDArray[np.floating] | Sequence[float],
    *,
    model_bytes: int,
    facts: Sequence[tuple[str, str]] = (),
    notes: Mapping[str, Any] | None = None,
    checkup: Checkup | None = None,
) -> bytes:
    """The page, UTF-8 HTML.

    Args:
        manifest: of the bundle that the page goes into; its list of files is not looked at.
        runtime: the bundle's graph, to draw the heat maps of a few pictures.
        held_out: the good pictures that calibrated it, and their raw scores, in the same order.
        model_bytes: size of the graph. facts: more rows about the run, (name, value).
        notes: what the method noted while it learned; a "tracker" is drawn, "warnings" are shown.
        checkup: what the data set doctor found; None where it was not asked.

    Raises DatasetError where a picture cannot be read again.
    """
    values = np.asarray(scores, np.float64)
    threshold = manifest.calibration.threshold(DEFAULT_RATE)
    return render(
        Page(
            flavour="Training",
            model_id=manifest.model_id,
            about=f"on “{manifest.dataset.name}”: good parts only",
            verdict=f"Throws away about 1 good part in {10_000 / DEFAULT_RATE:.0f}.",
            rests_on=_rests_on(manifest, threshold),
            numbers=_numbers(manifest, threshold, values),
            warnings=[*(notes or {}).get("warnings", ()), *_faults(checkup), *_warnings(manifest, threshold)],
            charts=[*_charts(manifest, threshold, values), *_tracker(notes or {})],
            tables=[_rates(manifest)],
            galleries=_galleries(manifest, runtime, held_out, values, threshold.value),
            facts=[*model_facts(manifest, f"{model_bytes / 1e6:.1f} MB of graph"), *facts],
            details=[],
            notes=_NOTES,
            doctor=section(checkup) if checkup else None,
        )
    )


def met_warning(manifest: Manifest) -> str:
    """What the threshold is worth where held-out pictures show parts that the model learned from; empty where none
    does, or nobody looked."""
    met = manifest.metrics.get(MET) or 0
    if not met:
        return ""
    return (
        f"{met:.0f} of the {manifest.dataset.held_out} held-out pictures show a part that the model learned from. The "
        "threshold is that of old acquaintances: of new parts far more are thrown away than was asked for. Train again "
        "with --apart."
    )


def _rests_on(manifest: Manifest, threshold: Threshold) -> str:
    return (
        f"Learned from {plural(manifest.dataset.fitted, 'good picture')}; "
        f"{plural(manifest.dataset.held_out, 'other')} that the model never saw set the threshold. As "
        f"many others might have set it anywhere from {score(threshold.low)} to {score(threshold.high)}. What escapes "
        "is not known yet, for no bad part was looked at: run “ringlight evaluate” on pictures of bad parts."
    )


def _numbers(manifest: Manifest, threshold: Threshold, values: NDArray[np.float64]) -> list[Number]:
    n = manifest.calibration.n
    low, high = float(values.min()), max(float(values.max()), threshold.high)
    at, left, right = ((v - low) / max(high - low, 1e-12) for v in (threshold.value, threshold.low, threshold.high))
    seen = min(1.0, n * DEFAULT_RATE / 10_000 / 3)
    return [
        Number(
            "Threshold",
            score(threshold.value),
            f"{score(threshold.low)} to {score(threshold.high)}",
            f"for {rate(DEFAULT_RATE)} false rejects; 90 % range",
            at,
            (left, right),
            (score(low), score(high)),
        ),
        Number(
            "Held-out good pictures",
            f"{n}",
            f"{round(3 * 10_000 / DEFAULT_RATE)} are enough",
            f"to confirm {rate(DEFAULT_RATE)}: the rule of three",
            seen,
            (0.0, seen),
            ("0", f"{round(3 * 10_000 / DEFAULT_RATE)}"),
        ),
    ]


def _faults(checkup: Checkup | None) -> list[str]:
    """What makes results on the data set wrong, before anybody has measured one."""
    return [finding.text for finding in checkup.findings if finding.level is Level.FAULT] if checkup else []


def _warnings(manifest: Manifest, threshold: Threshold) -> list[str]:
    rows = [row.warning for row in manifest.thresholds if row.warning and row.false_rejects_per_10000 >= 10]
    found = [met_warning(manifest), threshold.warning, *rows[-1:]]
    return [text for i, text in enumerate(found) if text and text not in found[:i]]


def _charts(manifest: Manifest, threshold: Threshold, values: NDArray[np.float64]) -> list[Chart]:
    return [
        Chart(
            "Scores of held-out good parts",
            charts.histogram(values, np.empty(0), threshold),
            "What lies right of the threshold would be thrown away. The band is where the threshold might as well "
            "have been.",
        ),
        Chart(
            "The price of fewer false rejects",
            charts.thresholds_chart(manifest.calibration, threshold, DEFAULT_RATE),
            "The fewer good parts may be thrown away, the higher the threshold, and the more must be guessed from the "
            "tail of the scores: the band widens.",
        ),
    ]


def _tracker(notes: Mapping[str, Any]) -> list[Chart]:
    if not notes.get("tracker"):
        return []
    chosen = notes.get("epoch", {}).get("number")
    return [
        Chart(
            "What the discriminator learned",
            charts.tracker_chart(notes["tracker"], chosen),
            "Solid: its answers to good features. Dashed: to features with noise. The two must part, and stay apart; "
            "where both tend to one side the training is saturated.",
        )
    ]


def _rates(manifest: Manifest) -> Table:
    how = {"empirical": "counted", "tail": "fitted tail"}
    rows: list[list[str | Markup]] = [
        [
            rate(row.false_rejects_per_10000),
            score(row.value),
            f"{score(row.low)} to {score(row.high)}",
            how[row.how],
            "extrapolated: too few good pictures" if row.warning else "",
        ]
        for row in manifest.thresholds
    ]
    head = ["false rejects allowed", "threshold", "90 % range", "how", ""]
    return Table("Thresholds", "The box computes its own from the rate in its configuration.", head, rows)


def _galleries(
    manifest: Manifest, runtime: Runtime, held_out: Sequence[Path], values: NDArray[np.float64], threshold: float
) -> list[Gallery]:
    order = np.argsort(-values, kind="stable").tolist()
    middle = max(0, (len(order) - 3) // 2)
    highest, usual = order[:MOST], order[max(middle, MOST) :][:3]
    drawn = _drawn(manifest, runtime, [held_out[i] for i in [*highest, *usual]], threshold)
    return [
        Gallery(
            "The strangest good parts",
            "Held-out good pictures with the highest scores. Look closely: one that is not good spoils the threshold.",
            drawn[: len(highest)],
            "",
        ),
        Gallery("Ordinary good parts", "Scores in the middle.", drawn[len(highest) :], "Too few pictures."),
    ]


def _drawn(manifest: Manifest, runtime: Runtime, paths: Sequence[Path], threshold: float) -> list[Example]:
    parts = score_pictures(runtime, paths, manifest.geometry, "report")
    return [example(path, "good", part, threshold, None, None) for path, (part, _, _) in zip(paths, parts, strict=True)]


_NOTES = (
    "Scores and maps come from the exported graph in the box's own runtime, with the cutting and resizing that the "
    "box uses.",
    "The range of a threshold is that of 200 resamples of the held-out scores. The tail is a generalised Pareto "
    "distribution (Pickands 1975; Hosking & Wallis 1987).",
    "Which good pictures were held out was chosen by the seed, before anything was fitted.",
)
