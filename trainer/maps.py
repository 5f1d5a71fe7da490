"""From cells to a map and a score: what every method does last, inside the exported graph."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def image_score(cells: Tensor, top: float) -> Tensor:
    """The mean of the worst cells, [N, P] → [N]: of a share of `top` of them, of the worst alone where it is 0."""
    return cells.topk(max(1, round(top * cells.shape[1])), dim=1).values.mean(1)


class Smoothing(nn.Module):
    """A Gaussian over the map, [N, h, w] → [N, h, w]; the border is continued, not darkened.

    Args:
        sigma: in cells; nothing is smoothed where it is below a sixth.
    """

    kernel: Tensor

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.register_buffer("kernel", _gaussian(sigma))

    def forward(self, cells: Tensor) -> Tensor:
        r = self.kernel.shape[0] // 2
        if not r:
            return cells
        padded = functional.pad(cells[:, None], (r, r, r, r), mode="replicate")
        rows = functional.conv2d(padded, self.kernel.view(1, 1, 1, -1))
        return functional.conv2d(rows, self.kernel.view(1, 1, -1, 1))[:, 0]


def to_grid(feature: Tensor, grid: tuple[int, int]) -> Tensor:
    """[N, C, h, w] brought to another grid: a finer map is averaged over its cells, a coarser one interpolated. Only
    sizes that divide each other are averaged: what an exporter makes of anything else differs from box to box."""
    h, w = feature.shape[-2:]
    if (h, w) == grid:
        return feature
    if h % grid[0] == 0 and w % grid[1] == 0:
        return functional.avg_pool2d(feature, (h // grid[0], w // grid[1]))
    return functional.interpolate(feature, size=grid, mode="bilinear", align_corners=False)


def _gaussian(sigma: float) -> Tensor:
    """A normalised kernel of 3 σ to each side; one tap where σ is 0."""
    r = int(3 * sigma + 0.5)
    taps = torch.exp(-torch.arange(-r, r + 1).float().square() / (2 * sigma**2)) if r else torch.ones(1)
    return taps / taps.sum()
