"""A model of so many megabytes and no more: how fine its grid is, and how many directions it keeps at each place.

Both cost file size, and which of them matters depends on the parts. So the good pictures are asked, as for the
alignment: of all combinations that fit, the one that tells held-back good pictures from synthetic defects best is
taken. The weights of the backbone and the whitening are in half precision already; what the backbone takes cannot be
bargained with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from edge.errors import UsageError
from trainer import padim
from trainer.features import Features
from trainer.maps import image_score
from trainer.methods.alignment import part
from trainer.methods.base import Lesson
from trainer.metrics import auroc
from trainer.synthetic import defects

Grid = tuple[int, int]

RANKS = (96, 64, 48, 32, 24, 16, 12, 8)
"""Numbers of directions that are tried."""

_GOLDEN_TILES = 8
_REST_MB = 1.2
"""Manifest, the graph's structure and the report, which takes 0.3 MB, and up to 0.8 with the doctor's pictures."""
_COPIES = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """A grid and a number of directions, the largest the bundle can become with them, and the image AUROC against
    synthetic defects."""

    grid: Grid
    rank: int
    mb: float
    auroc: float


Statistics = tuple[Tensor, Tensor]


def within(
    lesson: Lesson, settings: padim.Settings, finest: Grid, fitted: Statistics
) -> tuple[Grid, padim.Settings, Statistics, dict[str, Any]]:
    """A model that takes no more than `settings.budget_mb`.

    Args:
        settings: with an alignment that has been chosen. finest: the grid that is wanted. fitted: mean [P, D] and
            whitening [P, r, D] of the model as it would be without a budget; it is left alone where it fits.

    Returns:
        Grid, settings and statistics of the model, and what was offered, for the run's notes.

    Raises:
        UsageError: not even the smallest model fits.
    """
    places, rank, width = fitted[1].shape
    base = overhead_mb(lesson)
    whole = base + statistics_mb(places, rank, width)
    notes: dict[str, Any] = {"budget_mb": settings.budget_mb, "whole_mb": whole}
    if whole <= settings.budget_mb:
        return finest, settings, fitted, notes
    grids = [finest, *([(finest[0] // 2, finest[1] // 2)] if not (finest[0] % 2 or finest[1] % 2) else [])]
    ranks = [rank, *(fewer for fewer in RANKS if fewer < rank)]
    sizes = {(grid, rank): base + statistics_mb(grid[0] * grid[1], rank, width) for grid in grids for rank in ranks}
    least = whole if places == 1 else min(sizes.values())
    if least > settings.budget_mb:
        raise UsageError(
            f"--budget-mb {settings.budget_mb:g}: the smallest model of {lesson.network.name} with "
            f"{' and '.join(lesson.network.layers)} can take {least:.1f} MB. Allow that much, or take fewer layers "
            "(--layers) or a smaller network (--backbone)."
        )
    offers = [offer for grid in grids for offer in _asked(lesson, settings, grid, ranks, sizes)]
    # Where several see everything the larger one is worth having: it sees smaller things.
    taken = max((o for o in offers if o.mb <= settings.budget_mb), key=lambda offer: (offer.auroc, offer.mb))
    settings = replace(settings, rank=taken.rank)
    features = Features(lesson.network, lesson.geometry, partial(padim.embed, grid=taken.grid))
    fitted = padim.fit(features.of_pictures(lesson.fitted, "fit again", lesson.augment), settings, taken.grid)
    notes |= {"taken": asdict(taken), "without": asdict(offers[0]), "offers": [asdict(offer) for offer in offers]}
    return taken.grid, settings, fitted, notes


def describe(notes: Mapping[str, Any]) -> list[str]:
    """What the budget bought and what it cost, a line; none where there was none."""
    if "budget" not in notes:
        return []
    budget = notes["budget"]
    if "taken" not in budget:
        return [
            f"budget {budget['budget_mb']:g} MB: costs nothing, the model takes at most {budget['whole_mb']:.1f} MB"
        ]
    taken, without = (
        f"{offer['grid'][0]} × {offer['grid'][1]} cells, {offer['rank']} directions, at most {offer['mb']:.1f} MB: "
        f"{offer['auroc']:.4f}"
        for offer in (budget["taken"], budget["without"])
    )
    return [
        f"budget {budget['budget_mb']:g} MB: {taken} image AUROC on synthetic defects",
        f"without a budget: {without}",
    ]


def statistics_mb(places: int, rank: int, width: int) -> float:
    """Mean in single and whitening in half precision, for each place."""
    return places * width * (4 + 2 * rank) / 1e6


def overhead_mb(lesson: Lesson) -> float:
    """What a bundle takes without the statistics: the backbone with its convolutions in half precision, golden tiles,
    report. Not less than it will be, because golden tiles and report are compressed."""
    tensors = lesson.network.net.state_dict().values()
    weights = sum(tensor.numel() * (2 if tensor.dim() == 4 else 4) for tensor in tensors)
    golden = _GOLDEN_TILES * lesson.geometry.input_h * lesson.geometry.input_w * 3
    return (weights + golden) / 1e6 + _REST_MB


def _asked(
    lesson: Lesson, settings: padim.Settings, grid: Grid, ranks: Sequence[int], sizes: Mapping[tuple[Grid, int], float]
) -> list[Offer]:
    """The offers of one grid, most directions first. One whitening serves all ranks: its rows are in the order of their
    variance."""
    features = Features(lesson.network, lesson.geometry, partial(padim.embed, grid=grid))
    told, asked = part(lesson.fitted, lesson.seed, lesson.parts)
    most = replace(settings, rank=ranks[0])
    mean, rows = padim.fit(features.of_pictures(told, f"budget {grid[0]} × {grid[1]}", lesson.augment), most, grid)
    good = features.tiles_of(asked)
    bad, _ = defects(good, lesson.seed, _COPIES)
    whitened = [padim.white(features.of_tiles(tiles), mean.float(), rows.float()) for tiles in (good, bad)]
    labels = [False] * len(good) + [True] * len(bad)

    def value(rank: int) -> float:
        distances = [white[..., :rank].square().mean(-1).sqrt() for white in whitened]
        return auroc(torch.cat([image_score(cells, settings.top) for cells in distances]).numpy(), labels)

    return [Offer(grid, rank, sizes[grid, rank], value(rank)) for rank in ranks]
