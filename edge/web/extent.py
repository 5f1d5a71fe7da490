"""How large a defect is. The map answers wherever the network's view touches a defect, which is wider than the defect:
a hole of 0.15 mm makes a spot of 5 mm. Its cells say that something is there and what belongs together; the cells
of its core say where it is.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image
from edge.web.cells import Cells, Hot

# The network's view beyond a defect, in pixels: what is less than half as high as a place so near is its skirt.
_VIEW_PX = 40
# Sides of the surroundings from which a pixel differs, in cells: the next where all of one is hot.
_AROUND = (11, 31)
# A cell shows the defect if it differs from its surroundings more than all but this share of the good cells do, and by
# so much more.
_CHANCE = 1 / 2000
_CLEARLY = 1.25
_LEAST_GOOD = 200


def with_core(cells: Cells, image: Image, cell_px: int, above: float) -> Cells:
    """The cells of a strip, with the core of what is hot; sure is the core of what is sure somewhere.

    A defect that can be seen in the picture is where its pixels differ from those around them, at least half as much as
    its clearest ones. One that cannot, such as a soft shadow, is where the map is higher than halfway from `above`
    to its highest value near by. No connected place is left without a core.

    Args:
        image: the strip, uint8 [h, W, 3]. cell_px: side of a cell. above: what hot cells exceed.
    """
    if not cells.hot.any():
        return cells
    reach = -(-_VIEW_PX // cell_px)
    height = np.where(cells.hot, cells.value - above, 0).astype(np.float32)
    ridge = cells.hot & (height >= 0.5 * _highest_near(height, reach))
    count, drawn = cv2.connectedComponents(cells.hot.astype(np.uint8), connectivity=8)
    labels = np.asarray(drawn, np.int32)
    seen = cells.hot & _seen(cells.hot, image, cell_px, reach)
    core = _where(_where(seen, labels, count, ridge), labels, count, cells.hot)
    certain = np.zeros(count, bool)
    certain[labels[cells.certain]] = True
    return replace(cells, core=core, sure=core & certain[labels])


def _where(first: Hot, labels: NDArray[np.int32], count: int, otherwise: Hot) -> Hot:
    """For each label the cells of `first`, or those of `otherwise` where it has none."""
    there = np.zeros(count, bool)
    there[labels[first]] = True
    return np.where(there[labels], first, otherwise)


def _seen(hot: Hot, image: Image, cell_px: int, reach: int) -> Hot:
    """Cells in which pixels differ from their surroundings as they do nowhere on good web."""
    if (~hot).sum() < _LEAST_GOOD:
        return np.zeros_like(hot)  # nothing to compare with
    contrast = _contrast(hot, image, cell_px)
    usual = float(np.quantile(contrast[~hot], 1 - _CHANCE)) * _CLEARLY
    return contrast > np.maximum(usual, 0.5 * _highest_near(np.where(hot, contrast, 0), reach))


def _contrast(hot: Hot, image: Image, cell_px: int) -> NDArray[np.float32]:
    """The largest difference of a cell's pixels from good web near by, in grey levels, in any channel."""
    h, w = hot.shape
    below, right = h * cell_px - len(image), w * cell_px - image.shape[1]
    if below or right:
        image = np.pad(image, ((0, below), (0, right), (0, 0)), mode="edge")
    means = np.asarray(cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA), np.float32)
    level = np.rint(_level(means, ~hot)).astype(np.uint8)
    off = cv2.absdiff(image, cv2.resize(level, (w * cell_px, h * cell_px), interpolation=cv2.INTER_LINEAR))
    rows = np.asarray(off, np.uint8).reshape(h, cell_px, -1).max(axis=1)
    return rows.reshape(h, w, 3 * cell_px).max(axis=2).astype(np.float32)


def _level(means: NDArray[np.float32], good: Hot) -> NDArray[np.float32]:
    """The mean of the good cells around each cell, [h, w, 3]: a large defect is not its own surroundings."""
    weight = good.astype(np.float32)
    level = np.broadcast_to(means[good].mean(axis=0), means.shape)
    for side in sorted(_AROUND, reverse=True):
        share = np.asarray(cv2.blur(weight, (side, side)))[..., None]
        total = np.asarray(cv2.blur(means * weight[..., None], (side, side)))
        level = np.where(share > 0.5 / side**2, total / np.maximum(share, 1e-6), level)
    return level


def _highest_near(values: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    return np.asarray(cv2.dilate(values, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)), np.float32)
