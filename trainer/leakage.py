"""What test pictures that the model has met are worth: the image AUROC with them and without them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from trainer.checkup.checkup import Checkup, examine
from trainer.checkup.findings import plural
from trainer.checkup.twins import Likeness
from trainer.metrics import auroc, bootstrap

if TYPE_CHECKING:
    from trainer.evaluate import Scored

_FEW = 10


@dataclass(frozen=True, slots=True)
class Leakage:
    """Test pictures that train/good holds too, and the image AUROC of all the others.

    Attributes:
        what: "copies", the same photograph on both sides; "parts", copies and other photographs of the same part.
        pictures, good: how many test pictures are left out, and how many of them are good ones.
        left_good, left_bad: how many are left.
        with_them: the image AUROC of all test pictures.
        without: that of those that are left, None where one side is empty; its 95 % bootstrap interval, None where
            there are too few.
    """

    what: Literal["copies", "parts"]
    pictures: int
    good: int
    left_good: int
    left_bad: int
    with_them: float
    without: float | None
    without_interval: tuple[float, float] | None

    def __str__(self) -> str:
        """For people, a sentence or two."""
        seen = "in train/good too" if self.what == "copies" else "of a part that train/good shows too"
        verb, they = ("is", "it") if self.pictures == 1 else ("are", "them")
        text = f"{plural(self.pictures, 'test picture')}, {self.good} good, {verb} {seen}. Without {they}"
        left = f"{self.left_good} good and {self.left_bad} bad ones are left"
        if self.without is None:
            return f"{text} no AUROC can be measured: {left}."
        low, high = self.without_interval or (0.0, 1.0)
        few = ", too few to tell" if min(self.left_good, self.left_bad) < _FEW else ""
        return (
            f"{text} the image AUROC is {self.without:.4f} ({low:.3f} to {high:.3f}), with all {self.with_them:.4f}: "
            f"{self.with_them - self.without:+.4f} by leakage; {left}{few}."
        )


@dataclass(frozen=True, slots=True)
class Examined:
    """What the data set doctor found on the data set of an evaluation, and what leaks are worth. `leakage` is empty
    where nothing leaks."""

    checkup: Checkup
    leakage: tuple[Leakage, ...]

    def to_dict(self) -> dict[str, Any]:
        """The keys `checkup` and `leakage` of `--json`."""
        return {"checkup": self.checkup.to_dict(), "leakage": [asdict(leak) for leak in self.leakage]}


def examine_scored(root: Path, scored: Scored, size: int) -> Examined:
    """Examines a data set and judges its leaks by the scores of its test pictures.

    Args:
        root: the data set. scored: its test pictures. size: side of the model's input in pixels.

    Raises:
        DatasetError: it is broken, or has no good pictures in train to compare with.
    """
    checkup = examine(root, size=size)
    return Examined(checkup, leakage(checkup, scored))


def leakage(checkup: Checkup, scored: Scored) -> tuple[Leakage, ...]:
    """Copies first, then copies and retaken parts where those are more."""
    copies, parts = checkup.leaked(Likeness.NEAR), checkup.leaked(Likeness.SAME_PART)
    found = [_without(scored, copies, "copies")] if copies else []
    return (*found, _without(scored, parts, "parts")) if len(parts) > len(copies) else tuple(found)


def _without(scored: Scored, leaked: frozenset[Path], what: Literal["copies", "parts"]) -> Leakage:
    bad = np.array([sample.bad for sample in scored.samples])
    left = np.array([sample.path not in leaked for sample in scored.samples])
    left_good, left_bad = int((left & ~bad).sum()), int((left & bad).sum())
    scores, labels = scored.scores[left], bad[left]
    possible = left_good > 0 and left_bad > 0
    low, high = bootstrap(scores, labels) if possible else (np.nan, np.nan)
    return Leakage(
        what=what,
        pictures=int((~left).sum()),
        good=int((~left & ~bad).sum()),
        left_good=left_good,
        left_bad=left_bad,
        with_them=auroc(scored.scores, bad),
        without=auroc(scores, labels) if possible else None,
        without_interval=None if np.isnan([low, high]).any() else (low, high),
    )
