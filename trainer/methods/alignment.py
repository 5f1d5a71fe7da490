"""Whether parts lie the same way in every picture, asked of the data.

Statistics of each place win clearly where parts lie in a jig and lose as clearly where they lie freely or the surface
is a texture. Nobody has to know which: both models are fitted to most of the good pictures, and the one that tells the
rest of them from synthetic defects better is taken. No test picture and no calibration picture is looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from edge.parts import Image
from edge.tiles import cut, load_image
from trainer.features import BATCH, feature_maps
from trainer.methods.base import Lesson
from trainer.metrics import auroc
from trainer.padim import Moments, Padim, Settings, by_place, embed, whitening
from trainer.synthetic import defects

Aligned = Literal["fixed", "free"]

ALIGNMENTS: tuple[Aligned, ...] = ("fixed", "free")
_SHARE, _LEAST, _MOST = 0.2, 2, 100
_COPIES = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """What was taken, and the image AUROC of both on `good` pictures against `defective` synthetic ones."""

    chosen: Aligned
    fixed: float
    free: float
    good: int
    defective: int

    def to_dict(self) -> dict[str, Any]:
        """For the run's notes."""
        return asdict(self)


def choose(lesson: Lesson, grid: tuple[int, int], settings: Settings) -> tuple[Choice, Moments]:
    """Chooses, and gathers the chosen one's moments over all of the lesson's pictures.

    The pictures that were asked join the fit once they have answered: nothing is computed twice, and none is lost.
    """
    told, asked = part(lesson.fitted, lesson.seed)
    moments: dict[Aligned, Moments] = {alignment: Moments() for alignment in ALIGNMENTS}
    for maps in feature_maps(lesson.network, told, lesson.geometry, "fit"):
        embeddings = embed(maps, grid)
        for alignment in ALIGNMENTS:
            moments[alignment].add(by_place(embeddings, alignment))
    good = np.concatenate([cut(load_image(path), lesson.geometry).pixels for path in asked])
    bad, _ = defects(good, lesson.seed, _COPIES)
    looked_at = [_embeddings(lesson, grid, tiles) for tiles in (good, bad)]
    found = {}
    for alignment in ALIGNMENTS:
        model = _model(lesson, grid, replace(settings, alignment=alignment), moments[alignment])
        scores = [model.image_score(model.distance(embeddings)) for embeddings in looked_at]
        found[alignment] = auroc(torch.cat(scores).numpy(), [False] * len(good) + [True] * len(bad))
    # Where both see everything the places are worth having: they see smaller things.
    chosen: Aligned = "fixed" if found["fixed"] >= found["free"] else "free"
    for embeddings in looked_at[0].split(BATCH):
        moments[chosen].add(by_place(embeddings, chosen))
    return Choice(chosen, found["fixed"], found["free"], len(good), len(bad)), moments[chosen]


def part(pictures: Sequence[Path], seed: int) -> tuple[list[Path], list[Path]]:
    """Pictures that are learned from at once, and a fifth (2 to 100) that are asked first."""
    n = min(_MOST, max(_LEAST, round(_SHARE * len(pictures))))
    asked = set(np.random.default_rng(seed).permutation(len(pictures))[:n].tolist())
    told = [path for i, path in enumerate(pictures) if i not in asked]
    return told, [path for i, path in enumerate(pictures) if i in asked]


def _model(lesson: Lesson, grid: tuple[int, int], settings: Settings, moments: Moments) -> Padim:
    return Padim(lesson.network, grid, moments.mean(), whitening(moments.covariance(), settings), settings)


def _embeddings(lesson: Lesson, grid: tuple[int, int], tiles: Image) -> Tensor:
    with torch.no_grad():
        batches = torch.from_numpy(tiles).split(BATCH)
        return torch.cat([embed(lesson.network(batch), grid) for batch in batches])
