"""What a method is: it learns from the features of good parts, and gives a torch module that scores tiles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from torch import nn

from edge.tiles import Geometry
from trainer.apart import Parts
from trainer.augment import Augmentation
from trainer.backbone import Backbone
from trainer.runs import Run


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a method learns from.

    network: the frozen backbone. geometry: how a picture becomes tiles. fitted: the good pictures to learn from; those
    that are held out for the calibration are not among them, and no test picture ever is. held_out: those; to be
    looked at, never to be learned from. seed: of everything that is random. scratch: an existing folder for files that
    may go when the fit is done. augment: makes copies of what is learned from, and of nothing that is asked. parts:
    what must not be divided when some of the pictures are asked. grid: rows and columns of the anomaly map where that
    is settled; None leaves it to the method.
    """

    network: Backbone
    geometry: Geometry
    fitted: Sequence[Path]
    held_out: Sequence[Path]
    seed: int
    scratch: Path
    augment: Augmentation = field(default_factory=Augmentation)
    parts: Parts = field(default_factory=dict)
    grid: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """What a method learned.

    settings: the method's own, with everything automatic resolved. alignment: "fixed" where the model knows the places
    of the part, "free" where all places share one model. grid: rows and columns of the anomaly map. tensors: the
    method's arrays. notes: what was measured and chosen on the way, for people and reports; JSON.
    """

    settings: Mapping[str, Any]
    alignment: Literal["fixed", "free"]
    grid: tuple[int, int]
    tensors: Mapping[str, NDArray[np.generic]]
    notes: Mapping[str, Any] = field(default_factory=dict)


def warnings_of(notes: Mapping[str, Any]) -> list[str]:
    """The notes' "warnings", marked as such, a line each."""
    return [f"WARNING {text}" for text in notes.get("warnings", ())]


@dataclass(frozen=True, slots=True)
class Method:
    """A way to learn.

    settings: the frozen dataclass of its options; all have defaults. size: side of the model's input in pixels unless
    told. refuse: raises UsageError where geometry and settings do not fit each other, before any work. fit: learns.
    build: (network with the run's weights, run) → a module uint8 [N, H, W, 3] → (score [N], anomaly_map [N, h, w]),
    larger is worse, that can be exported. summary: what `Fitted.notes` says, a line each.
    """

    settings: Callable[..., Any]
    size: int
    refuse: Callable[[Geometry, Any], None]
    fit: Callable[[Lesson, Any], Fitted]
    build: Callable[[Backbone, Run], nn.Module]
    summary: Callable[[Mapping[str, Any]], Sequence[str]]
