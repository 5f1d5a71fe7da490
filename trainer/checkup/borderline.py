"""Good pictures that hardly look good: to be looked at before a model learns that they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.health import Level
from trainer.checkup.findings import Finding, Shown
from trainer.checkup.looks import Look
from trainer.checkup.twins import Likeness, Pair, groups
from trainer.dataset import Dataset

_MOST = 12
_SIDE = 8
_NEIGHBOURS = 5
_RATE = 100.0


def borderline_finding(data: Dataset, looks: Sequence[Look], pairs: Sequence[Pair], bundle: Path | None) -> Finding:
    """Ranks train/good, most doubtful first.

    With a bundle: its scores, by the box's own runtime. Without: `isolation`, a plain distance that sees light and
    coarse structure, not defects.
    """
    if bundle:
        return _by_bundle(data, bundle)
    train = [i for i, look in enumerate(looks) if look.train]
    if len(train) <= _NEIGHBOURS:
        return Finding("borderline.good", Level.INFO, "too few good pictures to rank them")
    parts = np.arange(len(looks))
    for group in groups(pairs, len(looks), Likeness.SAME_PART):
        parts[group] = group[0]
    scores = isolation([looks[i] for i in train], parts[train])
    text = (
        "good pictures that are least like any other, by a hand-made distance (light, contrast, sharpness on a coarse "
        "grid; no model). Look at the first ones; give --bundle for a model's own view."
    )
    return _ranked([looks[i].name for i in train], scores, text, {"by": "distance"}, Level.INFO)


def isolation(looks: Sequence[Look], parts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean distance [N] of each picture to its 5 nearest among the others, retakes of the same part (same number in
    `parts` [N]) left out: each is judged by a set that does not hold it.

    The space: brightness and contrast of 8 × 8 places, sharpness and vignette; each robustly scaled and clipped at 8,
    so that one odd place counts and cannot count without end.
    """
    rows = np.array([_describe(look) for look in looks])
    middle = np.median(rows, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(rows - middle), axis=0), 0.05 * np.abs(middle) + 1e-6)
    scaled = np.clip((rows - middle) / spread, -8, 8)
    scores = np.empty(len(rows))
    for i, row in enumerate(scaled):
        distance = np.linalg.norm(scaled - row, axis=1)[parts != parts[i]]
        k = min(_NEIGHBOURS, len(distance))
        scores[i] = np.partition(distance, k - 1)[:k].mean() if k else 0.0
    return scores


def _describe(look: Look) -> NDArray[np.float64]:
    grey = look.small.astype(np.float32)
    mean = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    square = cv2.resize(grey**2, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    contrast = np.sqrt(np.maximum(square - mean**2, 0))
    rest = np.nan_to_num([look.sharpness, look.vignette])
    return np.concatenate([mean.ravel(), contrast.ravel(), rest]).astype(np.float64)


def _by_bundle(data: Dataset, path: Path) -> Finding:
    from edge.bundle import Bundle
    from edge.runtime import Runtime
    from trainer.scoring import score_pictures

    bundle = Bundle.read(path)
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"], 1)
    parts = score_pictures(runtime, data.train, bundle.manifest.geometry, "score")
    scores = np.array([part.score for part, _, _ in parts])
    threshold = bundle.manifest.calibration.threshold(_RATE).value
    above = int((scores > threshold).sum())
    text = (
        f"good pictures ranked by {bundle.manifest.model_id}; {above} of {len(scores)} score above its threshold for "
        f"{_RATE:g} false rejects in 10,000. Pictures that the model was fitted to score lower than new ones would."
    )
    numbers = {"by": bundle.manifest.model_id, "above_threshold": above, "threshold": threshold}
    names = [p.relative_to(data.root).as_posix() for p in data.train]
    return _ranked(names, scores, text, numbers, Level.WARNING if above > 0.02 * len(scores) else Level.INFO)


def _ranked(
    names: Sequence[str], scores: NDArray[np.float64], text: str, numbers: dict[str, object], level: Level
) -> Finding:
    order: list[int] = np.argsort(-scores, kind="stable")[:_MOST].tolist()
    shown = tuple(Shown(names[i], f"score {scores[i]:.3g}") for i in order)
    mend = "Take out of train/good what you would not sell."
    return Finding("borderline.good", level, text, mend, numbers, shown)
