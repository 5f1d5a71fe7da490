"""What a lower precision did to the scores, the verdicts and the speed, measured with the box's runtime."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from edge.calibration import Calibration
from edge.errors import RinglightError
from edge.parts import Image
from edge.runtime import Runtime
from edge.tiles import Geometry, cut, load_image
from trainer.dataset import Sample
from trainer.metrics import auroc
from trainer.scoring import score_pictures
from trainer.synthetic import defects

VERDICTS = 0.05
"""Share of the verdicts that may change."""
AUROC = 0.005
"""Image AUROC on test pictures that may be lost. Synthetic defects are too few to say it so finely."""
RATE = 100.0
"""False rejects in 10,000 whose threshold decides these verdicts."""
_MARRED = 100
_BATCH, _ROUNDS = 4, 15

Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Change:
    """From single precision to another.

    score: largest difference of a picture's distance to the threshold of its own model, in standard deviations of its
    own model's scores of good parts. rank: Spearman's correlation of both models' scores. verdicts: share of the
    verdicts that changed, at each model's own threshold for 1 % false rejects. auroc: image AUROC now, less before, on
    the test pictures if `tested`, or else on synthetic defects. pictures: how many were compared. size, speed: of the
    graph, as shares of those before; more than 1 of `speed` is faster.
    """

    score: float
    rank: float
    verdicts: float
    auroc: float
    tested: bool
    pictures: int
    size: float
    speed: float

    @property
    def what(self) -> str:
        """The pictures in words."""
        return "held-out and test" if self.tested else "held-out, and synthetic defects"

    def metrics(self) -> dict[str, float | None]:
        """For the manifest."""
        names = ("score", "rank", "verdicts", "auroc", "size", "speed")
        return {f"precision_{name}": round(float(getattr(self, name)), 6) for name in names}

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"against fp32, on {self.pictures} pictures ({self.what}): {self.verdicts:.2%} of the verdicts changed, "
            f"image AUROC {self.auroc:+.4f}, rank correlation {self.rank:.4f}, scores moved by {self.score:.2f} "
            "deviations of good parts at most",
            f"graph {self.size:.2f} times as large, {self.speed:.2f} times as fast on this machine's processor",
        ]

    def refuse(self) -> None:
        """Raises RinglightError where more than `VERDICTS` changed or more than `AUROC` was lost."""
        lost = -self.auroc if self.tested else 0.0
        if self.verdicts <= VERDICTS and lost <= AUROC:
            return
        raise RinglightError(
            f"{self.verdicts:.1%} of {self.pictures} verdicts ({self.what}) are not those of the model in single "
            f"precision (limit {VERDICTS:.0%}), image AUROC {self.auroc:+.4f} (limit -{AUROC:g} on test pictures). The "
            "bundle is not written. Export fp32, or say --accept-changed-verdicts if you want it all the same."
        )


@dataclass(frozen=True, slots=True)
class Looked:
    """Scores of one graph: of good pictures that were held out, and of others."""

    held_out: Scores
    others: Scores

    def margins(self) -> Scores:
        """Distance of all scores to the model's own threshold, in deviations of the held-out ones; above 0 is
        rejected."""
        threshold = Calibration.fit(self.held_out.tolist()).threshold(RATE).value
        return (np.concatenate([self.held_out, self.others]) - threshold) / max(float(self.held_out.std()), 1e-9)


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is compared on: held-out good pictures, and test pictures or, where there are none of both kinds, held-out
    tiles with synthetic defects."""

    held_out: Sequence[Path]
    test: Sequence[Sample]
    geometry: Geometry
    seed: int

    @property
    def tested(self) -> bool:
        return len({sample.bad for sample in self.test}) == 2

    def look(self, runtime: Runtime, held_out: Sequence[float]) -> Looked:
        """Scores of everything by a graph that has scored the held-out pictures already."""
        scored = np.asarray(held_out, np.float64)
        if self.tested:
            parts = score_pictures(runtime, [sample.path for sample in self.test], self.geometry, "compare")
            return Looked(scored, np.array([part.score for part, _, _ in parts]))
        return Looked(scored, runtime.score(self._marred()).score.astype(np.float64))

    def auroc(self, looked: Looked) -> float:
        """Image AUROC."""
        if self.tested:
            return auroc(looked.others, [sample.bad for sample in self.test])
        labels = [False] * len(looked.held_out) + [True] * len(looked.others)
        return auroc(np.concatenate([looked.held_out, looked.others]), labels)

    def _marred(self) -> Image:
        tiles = [cut(load_image(path), self.geometry).pixels[0] for path in self.held_out[:_MARRED]]
        return defects(np.stack(tiles), self.seed)[0]


def compare(pictures: Pictures, before: Runtime, now: Runtime, looked: tuple[Looked, Looked], size: float) -> Change:
    """What changed between two graphs of one model.

    Args:
        looked: what `before` and `now` made of the pictures. size: bytes of the new graph as a share of the old one's.
    """
    margins = [some.margins() for some in looked]
    then, later = (np.concatenate([some.held_out, some.others]) for some in looked)
    return Change(
        score=float(np.abs(margins[1] - margins[0]).max()),
        rank=float(np.asarray(spearmanr(then, later))[0]),
        verdicts=float(((margins[0] > 0) != (margins[1] > 0)).mean()),
        auroc=pictures.auroc(looked[1]) - pictures.auroc(looked[0]),
        tested=pictures.tested,
        pictures=len(margins[0]),
        size=size,
        speed=_faster(before, now),
    )


def _faster(before: Runtime, now: Runtime) -> float:
    """How many times as many tiles in the same time. They take turns, so that what else the machine does falls on
    both."""
    tiles = np.random.default_rng(0).integers(0, 256, (_BATCH, before.input_h, before.input_w, 3), np.uint8)
    for runtime in (before, now):
        runtime.score(tiles)
    return median(_seconds(before, tiles) / _seconds(now, tiles) for _ in range(_ROUNDS))


def _seconds(runtime: Runtime, tiles: Image) -> float:
    began = time.perf_counter()
    runtime.score(tiles)
    return time.perf_counter() - began
