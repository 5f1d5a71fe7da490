"""Whether parts lie the same way in every picture, asked of the data.

Statistics of each place win clearly where parts lie in a jig and lose as clearly where they lie freely or the surface
is a texture. Nobody has to know which: both models are fitted to most of the good pictures, and the one that tells the
rest of them from synthetic defects better is taken. No test picture and no calibration picture is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor

from edge.errors import UsageError
from edge.parts import Image
from edge.tiles import Geometry
from trainer.features import BATCH, Features
from trainer.maps import image_score
from trainer.metrics import auroc
from trainer.padim import Moments, Settings, by_place, white, whitening
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


class _Aligned(Protocol):
    @property
    def alignment(self) -> str: ...


def refuse(geometry: Geometry, settings: _Aligned) -> None:
    """Raises UsageError where places are asked for that tiles of a grid cannot know."""
    if geometry.mode == "grid" and settings.alignment == "fixed":
        raise UsageError("tiles of a grid share one model, which cannot know their places: add --alignment free.")


def choose(
    told: Iterable[Tensor], good: Image, features: Features, settings: Settings, seed: int
) -> tuple[Choice, dict[Aligned, Moments]]:
    """Chooses between both alignments.

    Args:
        told: embeddings of the good pictures to fit to, float [N, P, D] a batch.
        good: tiles of other good pictures, uint8 [N, H, W, 3]; synthetic defects are drawn on copies of them.
        features: makes embeddings of tiles. settings: as PaDiM takes them, but for the alignment.
        seed: of the defects.

    Returns:
        The choice, and the moments of both, to which the good pictures of `told` and `good` have been added: those
        that were asked join the fit once they have answered, so that none is lost.
    """
    moments: dict[Aligned, Moments] = {alignment: Moments() for alignment in ALIGNMENTS}
    for embeddings in told:
        _add(moments, embeddings)
    bad, _ = defects(good, seed, _COPIES)
    looked_at = [features.of_tiles(good), features.of_tiles(bad)]
    labels = [False] * len(good) + [True] * len(bad)
    found = {}
    for alignment in ALIGNMENTS:
        judge = _judge(moments[alignment], replace(settings, alignment=alignment))
        found[alignment] = auroc(torch.cat([judge(embeddings) for embeddings in looked_at]).numpy(), labels)
    for embeddings in looked_at[0].split(BATCH):
        _add(moments, embeddings)
    # Where both see everything the places are worth having: they see smaller things.
    chosen: Aligned = "fixed" if found["fixed"] >= found["free"] else "free"
    return Choice(chosen, found["fixed"], found["free"], len(good), len(bad)), moments


def describe(notes: Mapping[str, Any]) -> list[str]:
    """How the alignment was chosen, a line; none where it was not chosen."""
    if "alignment" not in notes:
        return []
    choice = notes["alignment"]
    return [
        f"alignment {choice['chosen']}: image AUROC {choice['fixed']:.4f} fixed, {choice['free']:.4f} free, on "
        f"{choice['good']} good pictures and {choice['defective']} synthetic defects"
    ]


def part(pictures: Sequence[Path], seed: int) -> tuple[list[Path], list[Path]]:
    """Pictures that are learned from at once, and a fifth (2 to 100) that are asked first."""
    n = min(_MOST, max(_LEAST, round(_SHARE * len(pictures))))
    asked = set(np.random.default_rng(seed).permutation(len(pictures))[:n].tolist())
    told = [path for i, path in enumerate(pictures) if i not in asked]
    return told, [path for i, path in enumerate(pictures) if i in asked]


def _add(moments: Mapping[Aligned, Moments], embeddings: Tensor) -> None:
    for alignment, gathered in moments.items():
        gathered.add(by_place(embeddings, alignment))


def _judge(moments: Moments, settings: Settings) -> Callable[[Tensor], Tensor]:
    """Image scores [N] of embeddings [N, P, D]."""
    mean, rows = moments.mean().float(), whitening(moments.covariance(), settings).float()

    def score(embeddings: Tensor) -> Tensor:
        return image_score(white(embeddings, mean, rows).square().mean(-1).sqrt(), settings.top)

    return score
