"""Good pictures through the frozen backbone, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from edge.parts import Image
from edge.tiles import Geometry, cut, load_image
from trainer.backbone import Backbone
from trainer.progress import progress

BATCH = 16
"""Pictures that go through the backbone at a time."""


def feature_maps(network: Backbone, pictures: Sequence[Path], geometry: Geometry, what: str) -> Iterator[list[Tensor]]:
    """For each batch of pictures the backbone's layers, float32 [tiles, C, h, w] each. `what` names the progress."""
    for batch in progress(tile_batches(pictures, geometry), what, -(-len(pictures) // BATCH)):
        with torch.no_grad():
            yield network(torch.from_numpy(batch))


def tile_batches(pictures: Sequence[Path], geometry: Geometry) -> Iterator[Image]:
    """The pictures' tiles, uint8 [tiles, H, W, 3] for each `BATCH` pictures."""
    for at in range(0, len(pictures), BATCH):
        yield np.concatenate([cut(load_image(path), geometry).pixels for path in pictures[at : at + BATCH]])
