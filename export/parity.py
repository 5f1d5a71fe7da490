"""Whether the exported graph computes what the trained model computes, on real tiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from edge.errors import RinglightError
from edge.parts import Image
from edge.runtime import Runtime

LIMIT = 0.01
"""Largest difference that is let through, as a share of the standard deviation of the scores."""


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest absolute differences between torch and ONNX Runtime, and the scores' standard deviation."""

    score: float
    anomaly_map: float
    spread: float

    @property
    def relative(self) -> float:
        """The larger of both differences as a share of the spread."""
        return max(self.score, self.anomaly_map) / max(self.spread, 1e-9)


def compare(model: nn.Module, runtime: Runtime, tiles: Image, limit: float = LIMIT) -> Parity:
    """Scores real tiles, uint8 [N, H, W, 3], with both.

    Raises:
        RinglightError: they differ by more than `limit` of the spread, or one gives no number.
    """
    with torch.inference_mode():
        score, anomaly_map = (value.numpy() for value in model(torch.from_numpy(tiles)))
    ours = runtime.score(tiles)
    parity = Parity(
        float(np.abs(ours.score - score).max()),
        float(np.abs(ours.anomaly_map - anomaly_map).max()),
        float(score.std()),
    )
    if not parity.relative <= limit:
        raise RinglightError(
            f"the exported graph differs from the trained model by {parity.relative:.2%} of the scores' spread "
            f"(limit {limit:.2%}; score {parity.score:.3g}, map {parity.anomaly_map:.3g}). It is not shipped. "
            "Export with another version of torch or onnxscript."
        )
    return parity
