"""PaDiM (Defard et al. 2021): what a good patch looks like, as one Gaussian for each place of the part.

Three things differ from the paper. Its random choice of features is replaced by a semi-orthogonal projection on the
directions in which good patches vary least (Rippel et al. 2021): a defect shows there first, and measured on magnetic
tiles it beats both the random choice and the whole covariance, at a tenth of the size. The covariance is shrunk towards
a multiple of the identity, which keeps it invertible when good parts are few. And there are forms between one Gaussian
for each place and one for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from edge.errors import UsageError
from trainer.alignments import ALIGNMENTS, CHOICES, Alignment
from trainer.maps import Smoothing, image_score, to_grid

RANK = 32
"""Directions kept for each place where the pictures are many."""
_MOST = 128
"""And where they are few. More were hardly better, and the file grows with each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How PaDiM is fitted and scored.

    alignment: "fixed" learns each place by itself, for parts that always lie the same way; "near" gives each place
    its own mean and the covariance of its 3 × 3 neighbourhood, for parts that lie nearly so; "free" learns one
    Gaussian for all places, for parts that lie anyhow; "auto" leaves it to `trainer.methods.alignment`, and no model
    can be built with it. rank: directions kept for each place, 0 keeps all, None is left to `settled`; twice as many
    are kept with "free", where one place costs nothing. shrinkage: λ of Σ ← (1 − λ) Σ + λ · tr(Σ)/d · I, 0 < λ ≤ 1.
    smoothing: σ of the Gaussian over the map, in cells of the grid. top: share of the cells whose mean is the image
    score; the cell with the highest distance alone where it is 0. A tenth was measured best on magnetic tiles and
    solar cells, and not worse for the smallest defects: a network of this depth sees even a pinhole in many cells.
    budget_mb: how large the bundle may become, 0 for any size; see `trainer.methods.budget`.
    """

    alignment: Alignment = "auto"
    rank: int | None = None
    shrinkage: float = 0.05
    smoothing: float = 0.7
    top: float = 0.1
    budget_mb: float = 0.0

    def __post_init__(self) -> None:
        if self.alignment not in CHOICES:
            raise UsageError(f"alignment is {self.alignment!r}: write {', '.join(CHOICES)}.")
        if self.rank is not None and self.rank < 0:
            raise UsageError(f"rank is {self.rank}: write a number of directions, or 0 for all.")
        if not 0 < self.shrinkage <= 1:
            raise UsageError(f"shrinkage is {self.shrinkage}: write more than 0, at most 1.")
        if self.smoothing < 0 or not 0 <= self.top <= 1:
            raise UsageError("smoothing must not be negative, and top must be from 0 to 1.")
        if self.budget_mb < 0:
            raise UsageError(f"budget_mb is {self.budget_mb}: write megabytes, or 0 for any size.")


class Moments:
    """Mean and covariance of embeddings, accumulated in one pass in float64.

    Memory is P · D² · 8 bytes, however many pictures come. The first batch's mean is taken off everything, so that
    the products do not cancel.
    """

    def __init__(self) -> None:
        self.n = 0
        self._shift = self._sum = self._products = torch.zeros(0, dtype=torch.float64)

    def add(self, embeddings: Tensor) -> None:
        """embeddings: float [N, P, D], N ≥ 1."""
        x = embeddings.double().transpose(0, 1)
        if not self.n:
            self._shift = x.mean(1, keepdim=True)
            self._sum = torch.zeros_like(self._shift)
            self._products = x.new_zeros(x.shape[0], x.shape[2], x.shape[2])
        x = x - self._shift
        self._sum += x.sum(1, keepdim=True)
        self._products.baddbmm_(x.transpose(1, 2), x)
        self.n += embeddings.shape[0]

    @property
    def width(self) -> int:
        """D; 0 before anything was added."""
        return self._shift.shape[-1]

    def mean(self) -> Tensor:
        """float64 [P, D]."""
        return (self._shift + self._sum / self.n)[:, 0]

    def covariance(self) -> Tensor:
        """float64 [P, D, D], unbiased. Needs two pictures or more."""
        if self.n < 2:
            raise UsageError("a covariance needs two good pictures or more: record more.")
        mean = self._sum / self.n
        return (self._products - self.n * mean.transpose(1, 2) @ mean) / (self.n - 1)


def embed(features: Sequence[Tensor], grid: tuple[int, int]) -> Tensor:
    """Feature maps [N, C, h, w] of several stages, brought to one grid and stacked → [N, P, D]."""
    same = [to_grid(feature, grid) for feature in features]
    return torch.cat(same, dim=1).flatten(2).transpose(1, 2)


def by_place(embeddings: Tensor, alignment: Alignment) -> Tensor:
    """What shares a mean lies along the first axis: [N, P, D] as it is where places are known, [N · P, 1, D] with
    "free"."""
    return embeddings.flatten(0, 1).unsqueeze(1) if alignment == "free" else embeddings


def pooled(covariance: Tensor, grid: tuple[int, int]) -> Tensor:
    """Each place's covariance averaged with those of its neighbours, 3 × 3, fewer at the border: [P, D, D], P = h · w.
    Each place keeps its own mean, so the neighbourhood lends how good patches vary, not what they are."""
    cells = covariance.unflatten(0, grid)
    total, count = torch.zeros_like(cells), covariance.new_zeros(*grid, 1, 1)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            to_y, from_y = _overlap(dy, grid[0])
            to_x, from_x = _overlap(dx, grid[1])
            total[to_y, to_x] += cells[from_y, from_x]
            count[to_y, to_x] += 1
    return (total / count).flatten(0, 1)


def _overlap(shift: int, n: int) -> tuple[slice, slice]:
    """Where a shifted row of n cells still lies on the row, and which cells lie there."""
    return slice(max(0, -shift), n - max(0, shift)), slice(max(0, shift), n - max(0, -shift))


def settled(settings: Settings, n: int, width: int) -> Settings:
    """The settings with a rank, of `n` samples for each mean and `width` features.

    n samples show n - 1 directions at most. Of those that they did not show none is better than another, and a model
    that keeps only some of them is blind to whatever lies in the others: measured with 25 to 100 pictures of magnetic
    tiles, keeping more is worth 0.01 to 0.03 of image AUROC. With pictures enough the few directions of least variance
    are as good or better, and smaller.
    """
    if settings.rank is not None:
        return settings
    return replace(settings, rank=max(RANK, min(_MOST, width - (n - 1))))


def statistics(moments: Moments, settings: Settings, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Mean float64 [P, D] and whitening float64 [P, r, D] of an alignment that has been chosen; P is 1 with "free"."""
    covariance = moments.covariance()
    settings = settled(settings, moments.n, moments.width)
    if settings.alignment == "near":
        covariance = pooled(covariance, grid)
    return moments.mean(), whitening(covariance, settings)


def whitening(covariance: Tensor, settings: Settings) -> Tensor:
    """Rows that whiten: W [P, r, D] with W Σ Wᵀ = I over the directions of least variance, least first.

    The settings' rank is settled. From float64 eigenvectors; the shrinkage bounds the condition, so that the single-
    precision result is exact to single precision. Signs are fixed: the same covariance gives the same rows.
    """
    d = covariance.shape[-1]
    asked = settings.rank or d
    rank = min(d, 2 * asked if settings.alignment == "free" else asked)
    rows = covariance.new_empty(covariance.shape[0], rank, d)
    for place, sigma in enumerate(covariance):
        values, vectors = torch.linalg.eigh(sigma)
        spread = (1 - settings.shrinkage) * values.clamp_min(0) + settings.shrinkage * values.mean()
        if not spread[0] > 0:
            raise UsageError("the good pictures do not differ at all: record real parts, not copies of one picture.")
        kept = vectors[:, :rank]
        signs = torch.sign(kept.gather(0, kept.abs().argmax(0, keepdim=True)))
        rows[place] = (kept * signs / spread[:rank].sqrt()).T
    return rows


def white(embeddings: Tensor, mean: Tensor, whiten: Tensor) -> Tensor:
    """Embeddings in units of the good parts' deviation: [N, P, D] → [N, P, r]; mean [P, D] and whiten [P, r, D] of
    each place, or of all places together where they hold one."""
    # W (x − μ) = W x − W μ, but taking μ off first loses less.
    centred = embeddings - mean
    if whiten.shape[0] == 1:
        return centred @ whiten[0].T
    return (centred.transpose(0, 1) @ whiten.transpose(1, 2)).transpose(0, 1)


def white_everywhere(features: Sequence[Tensor], mean: Tensor, whiten: Tensor, grid: tuple[int, int]) -> Tensor:
    """What `white` makes of `embed` where all places share one Gaussian: feature maps [N, C, h, w] → [N, P, r].

    Each layer is projected on its own grid, and the few directions instead of the many features are brought to the
    common one. Both are linear, so nothing changes but the rounding, and it takes half the time.
    """
    found, at = [], 0
    for feature in features:
        own = slice(at, at := at + feature.shape[1])
        projected = functional.conv2d(feature - mean[0, own].view(1, -1, 1, 1), whiten[0, :, own, None, None])
        found.append(to_grid(projected, grid))
    return sum(found[1:], found[0]).flatten(2).transpose(1, 2)


class Padim(nn.Module):
    """The fitted model: uint8 tiles [N, H, W, 3] → score [N], anomaly_map [N, h, w]; larger is worse.

    Args:
        backbone: turns tiles into feature maps.
        grid: rows and columns of the map.
        mean: float [P, D]; whiten: float [P, r, D]; P is 1 with alignment "free". Kept in half precision, as in the
            file: what was calibrated is what is shipped.
    """

    mean: Tensor
    whiten: Tensor

    def __init__(self, backbone: nn.Module, grid: tuple[int, int], mean: Tensor, whiten: Tensor, settings: Settings):
        super().__init__()
        if settings.alignment == "auto":
            raise UsageError(f"alignment is auto: a model is built with what was chosen: {', '.join(ALIGNMENTS)}.")
        self.backbone = backbone
        self.grid = grid
        self.settings = settings
        half = whiten.half()
        if not half.isfinite().all():
            raise UsageError("the whitening exceeds half precision: raise the shrinkage.")
        self.register_buffer("whiten", half)
        self.register_buffer("mean", mean.float())
        self.smooth = Smoothing(settings.smoothing)

    def forward(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        features = self.backbone(tiles)
        if len(self.whiten) == 1:
            cells = _length(white_everywhere(features, self.mean, self.whiten.float(), self.grid))
        else:
            cells = self.distance(embed(features, self.grid))
        return image_score(cells, self.settings.top), self.smooth(cells.unflatten(1, self.grid))

    def distance(self, embeddings: Tensor) -> Tensor:
        """Mahalanobis distance per place, divided by √r, so that good parts score about 1: [N, P, D] → [N, P]."""
        return _length(white(embeddings, self.mean, self.whiten.float()))


def _length(whitened: Tensor) -> Tensor:
    return whitened.square().mean(-1).sqrt()


def gathered(batches: Iterable[Tensor], alignment: Alignment) -> Moments:
    """The moments of embeddings of good pictures, [N, P, D] a batch, P = h · w of the grid, as an alignment needs
    them."""
    moments = Moments()
    for embeddings in batches:
        moments.add(by_place(embeddings, alignment))
    return moments


def fit(batches: Iterable[Tensor], settings: Settings, grid: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Fits the Gaussians to embeddings of good pictures, [N, P, D] a batch, P = h · w of the grid.

    Returns:
        mean float64 [P, D] and whitening float64 [P, r, D]; P is 1 with alignment "free".
    """
    return statistics(gathered(batches, settings.alignment), settings, grid)
