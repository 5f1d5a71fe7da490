"""The way of a part: one small frozen value a step, made in one room and read in the next.

Times are nanoseconds of `edge.clock` (monotonic), belt positions millimetres since start, images RGB uint8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
_KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
NOT_KINDS = frozenset({"good", "rejected"})
"""Folders of a data set that are named for something else than a kind of defect."""


class Decision(str, Enum):
    """What the model and the rules say of a part that was looked at."""

    PASS = "PASS"
    REJECT = "REJECT"


class State(str, Enum):
    """How a part's account ends. There is no fourth way."""

    PASSED = "passed"
    REJECTED = "rejected"
    UNINSPECTED = "uninspected"


class Reason(str, Enum):
    """Why a part ended uninspected."""

    LATE = "late"  # no verdict when the part reached the ejector
    NO_FRAME = "no_frame"  # the camera gave no picture while the part was in view
    BUSY = "busy"  # more parts in view than the box can score in time
    MODEL_FAULT = "model_fault"  # the model raised an error or gave a score that is no number
    NOT_LOCATED = "not_located"  # no part, or not the whole of one, was found in its rectangle
    TOO_DARK = "too_dark"  # its picture was taken in the dark, or before the lamp was warm
    BELT = "belt"  # nobody knows where it lies: the encoder or a photo-eye could not be trusted
    STOPPED = "stopped"  # the box was stopped with the part under way


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something came in front of the photo-eye: when the edge happened, and where the belt was then."""

    at_ns: int
    belt_mm: float


@dataclass(frozen=True, slots=True)
class Part:
    """One thing on the belt. `id` counts from 1 since the box started."""

    id: int
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture [H, W, 3] and the instant at which it was taken (middle of the exposure where that is known)."""

    image: Image
    taken_ns: int
    controls: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle in pixels: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Tiles:
    """What the model sees: pixels uint8 [N, H, W, 3] and where each tile lies in the part's picture."""

    pixels: Image
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model says: score float32 [N], anomaly_map float32 [N, h, w] on the feature grid. Larger is worse."""

    score: NDArray[np.float32]
    anomaly_map: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PartMap:
    """The tiles' maps stitched back: anomaly_map float32 [H, W] over the part's picture, and its image score.

    `image` is the picture that was scored where it is another than the one that was handed in: the part turned
    upright and cut out (`edge.regions`).
    """

    anomaly_map: NDArray[np.float32]
    score: float
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """PASS or REJECT, the score and the threshold that it was held against, and where the map exceeds it."""

    decision: Decision
    score: float
    threshold: float
    reasons: tuple[str, ...] = ()
    where: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """What an operator says that a part really was.

    `kind` names the defect as a folder of a data set does, and is empty for a good part. `who` says it, `wall_ns` is
    when, in nanoseconds since 1970.

    Raises:
        ValueError: a bad part without a kind, a good one with one, or a kind that no folder can be named.
    """

    good: bool
    kind: str
    who: str
    wall_ns: int

    def __post_init__(self) -> None:
        if self.good and self.kind:
            raise ValueError("a good part has no kind of defect")
        if not self.good and (not _KIND.fullmatch(self.kind) or self.kind in NOT_KINDS):
            raise ValueError(f"{self.kind[:40]!r} names no kind of defect: up to 32 letters, digits, - and _, not good")


@dataclass(frozen=True, slots=True)
class Account:
    """The closed account of a part. `verdict` is None where nobody looked; `reason` says why."""

    part: Part
    state: State
    closed_ns: int
    reason: Reason | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Ejection:
    """One part's turn at the ejector: where and when the pulse was due, and when the pin really rose.

    `done_ns` is None where no whole pulse was given. `confirmed` is None where no sensor has spoken yet, or none is
    wired; False where nobody knows that the part was thrown out. `note` says why not, or why a good part was ejected:
    `taken_with` then names the part for whose sake (None: the belt was being purged).
    """

    part_id: int
    due_mm: float
    due_ns: int
    done_ns: int | None
    confirmed: bool | None = None
    note: str = ""
    taken_with: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What crosses to the far side (store, telemetry, page) when an account closes.

    `image` [H, W, 3] and `part_map` are None where the part was never seen. They are not copied: whoever makes a
    record lets go of them. `taken_ns` is the instant of the picture, `scored_ns` that of the verdict.
    """

    account: Account
    model_id: str
    image: Image | None = None
    part_map: PartMap | None = None
    taken_ns: int | None = None
    scored_ns: int | None = None
