"""Whether parts lie the same way in every picture, asked of the data.

Statistics of each place win clearly where parts lie in a jig and lose as clearly where they lie freely or the surface
is a texture; between them lie places that share with their neighbours how good patches vary. Nobody has to know which:
all are fitted to most of the good pictures, and the one that tells the rest of them from synthetic defects best is
taken. No test picture and no calibration picture is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from edge.errors import UsageError
from edge.parts import Image
from edge.tiles import Geometry
from trainer.alignments import ALIGNMENTS, Aligned
from trainer.apart import Parts, hold_back
from trainer.features import BATCH, Features
from trainer.maps import image_score
from trainer.metrics import auroc
from trainer.padim import Moments, Settings, by_place, statistics, white
from trainer.synthetic import defects

Grid = tuple[int, int]

_SHARE, _LEAST, _MOST = 0.2, 2, 100
_COPIES = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """What was taken, and the image AUROC of each on `good` pictures against `defective` synthetic ones."""

    chosen: Aligned
    fixed: float
    near: float
    free: float
    good: int
    defective: int

    def to_dict(self) -> dict[str, Any]:
        """For the run's notes."""
        return asdict(self)


class _Aligned(Protocol):
    @property
    def alignment(self) -> str: ...


def refuse(geometry: Geometry, settings: _Aligned) -> None:
    """Raises UsageError where places are asked for that tiles of a grid cannot know."""
    if geometry.mode == "grid" and settings.alignment in ("fixed", "near"):
        raise UsageError("tiles of a grid share one model, which cannot know their places: add --alignment free.")


def choose(
    told: Iterable[Tensor], good: Image, features: Features, settings: Settings, seed: int, grid: Grid
) -> tuple[Choice, Moments]:
    """Chooses between the alignments.

    Args:
        told: embeddings of the good pictures to fit to, float [N, P, D] a batch, P = h · w of the grid.
        good: tiles of other good pictures, uint8 [N, H, W, 3]; synthetic defects are drawn on copies of them.
        features: makes embeddings of tiles. settings: as PaDiM takes them, but for the alignment.
        seed: of the defects.

    Returns:
        The choice, and the moments that it needs, to which the good pictures of `told` and `good` have been added:
        those that were asked join the fit once they have answered, so that none is lost.
    """
    by: dict[bool, Moments] = {places: Moments() for places in (True, False)}
    for embeddings in told:
        _add(by, embeddings)
    bad, _ = defects(good, seed, _COPIES)
    looked_at = [features.of_tiles(good), features.of_tiles(bad)]
    labels = [False] * len(good) + [True] * len(bad)
    found: dict[Aligned, float] = {}
    for alignment in ALIGNMENTS:
        judge = _judge(by[alignment != "free"], replace(settings, alignment=alignment), grid)
        found[alignment] = auroc(torch.cat([judge(embeddings) for embeddings in looked_at]).numpy(), labels)
    for embeddings in looked_at[0].split(BATCH):
        _add(by, embeddings)
    # Where several see everything the places are worth having: they see smaller things. `max` takes the first.
    chosen = max(ALIGNMENTS, key=lambda alignment: found[alignment])
    return Choice(chosen, **found, good=len(good), defective=len(bad)), by[chosen != "free"]


def describe(notes: Mapping[str, Any]) -> list[str]:
    """How the alignment was chosen, a line; none where it was not chosen."""
    if "alignment" not in notes:
        return []
    choice = notes["alignment"]
    values = ", ".join(f"{choice[name]:.4f} {name}" for name in ALIGNMENTS if name in choice)
    return [
        f"alignment {choice['chosen']}: image AUROC {values}, on "
        f"{choice['good']} good pictures and {choice['defective']} synthetic defects"
    ]


def part(pictures: Sequence[Path], seed: int, parts: Parts) -> tuple[list[Path], list[Path]]:
    """Pictures that are learned from at once, and a fifth (2 to 100) that are asked first; no part is in both."""
    return hold_back(pictures, min(_MOST, max(_LEAST, round(_SHARE * len(pictures)))), seed, parts)


def _add(by: Mapping[bool, Moments], embeddings: Tensor) -> None:
    """Adds to the moments of each place (True) and of all (False)."""
    for places, gathered in by.items():
        gathered.add(by_place(embeddings, "fixed" if places else "free"))


def _judge(moments: Moments, settings: Settings, grid: Grid) -> Callable[[Tensor], Tensor]:
    """Image scores [N] of embeddings [N, P, D]."""
    mean, rows = (value.float() for value in statistics(moments, settings, grid))

    def score(embeddings: Tensor) -> Tensor:
        return image_score(white(embeddings, mean, rows).square().mean(-1).sqrt(), settings.top)

    return score
