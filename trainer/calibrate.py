"""Calibration of an exported graph: held-out good pictures, scored by what will run on the box. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edge.runtime import Runtime
from edge.tiles import Geometry
from trainer.scoring import score_pictures

RATES = (1.0, 10.0, 100.0, 500.0)
"""False rejects in 10,000 whose thresholds are written into a bundle, for people."""


def score_held_out(runtime: Runtime, held_out: Sequence[Path], geometry: Geometry) -> list[float]:
    """The raw scores, in the order of the pictures, of good ones that the model did not learn from."""
    return [part.score for part, _, _ in score_pictures(runtime, held_out, geometry, "calibrate")]
