"""What looks at parts, changed as one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge.camera.aim import Sight
from edge.parts import PartMap
from edge.verdict import Judge


@dataclass(frozen=True, slots=True)
class Scoring:
    """A model and the threshold that goes with it: unless a person fixed one for all models, a score is never held
    against another model's threshold.

    `look` scores a part's picture, uint8 [H, W, 3] → PartMap.
    """

    look: Callable[[Sight], PartMap]
    judge: Judge
    model_id: str
