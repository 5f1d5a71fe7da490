"""SimpleNet's modules: patches, normalisation, adapter, discriminator, map and score."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from trainer.maps import Smoothing, image_score, to_grid
from trainer.padim import white
from trainer.simplenet.settings import Settings


def patches(features: Sequence[Tensor], grid: tuple[int, int]) -> Tensor:
    """Feature maps [N, C, h, w] of several layers → patch embeddings [N, P, D]: each layer averaged over 3 × 3
    neighbourhoods at its own scale, brought to one grid, stacked."""
    near = [functional.avg_pool2d(feature, 3, 1, 1, count_include_pad=False) for feature in features]
    return torch.cat([to_grid(feature, grid) for feature in near], dim=1).flatten(2).transpose(1, 2)


class Head(nn.Module):
    """Adapter and discriminator: normalised patches [M, r] → [M], high where a patch looks good.

    Args:
        width: r. hidden: width of the discriminator as a share of r.
    """

    def __init__(self, width: int, hidden: float) -> None:
        super().__init__()
        inner = max(8, round(width * hidden))
        self.adapter = nn.Linear(width, width, bias=False)
        self.discriminator = nn.Sequential(
            nn.Linear(width, inner), nn.BatchNorm1d(inner), nn.LeakyReLU(0.2), nn.Linear(inner, 1, bias=False)
        )
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_normal_(module.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.discriminator(self.adapter(x))[:, 0]


class SimpleNet(nn.Module):
    """The taught model: uint8 tiles [N, H, W, 3] → score [N], anomaly_map [N, h, w]; larger is worse.

    Args:
        backbone: turns tiles into feature maps. grid: rows and columns of the map.
        mean: float [P, D]; whiten: float [P, r, D], in half precision as in the file; P is 1 with alignment "free".
        head: adapter and discriminator. cell_px: pixels of the input that a cell of the map stands for.
    """

    mean: Tensor
    whiten: Tensor

    def __init__(
        self,
        backbone: nn.Module,
        grid: tuple[int, int],
        mean: Tensor,
        whiten: Tensor,
        head: Head,
        settings: Settings,
        cell_px: float,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.grid = grid
        self.register_buffer("mean", mean.float())
        self.register_buffer("whiten", whiten.half())
        self.head = head
        self.top = settings.top
        self.smooth = Smoothing(settings.smoothing_px / cell_px)

    def forward(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        embeddings = patches(self.backbone(tiles), self.grid)
        cells = -judge(self.head, white(embeddings, self.mean, self.whiten.float()))
        return image_score(cells, self.top), self.smooth(cells.unflatten(1, self.grid))


def judge(head: Head, normalised: Tensor) -> Tensor:
    """[N, P, r] → [N, P], high where a patch looks good."""
    places = normalised.shape[1]
    return head(normalised.flatten(0, 1)).view(-1, places)
