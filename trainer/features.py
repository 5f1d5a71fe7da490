"""Good pictures through the frozen backbone, batch by batch, and what is kept of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edge.errors import RinglightError
from edge.parts import Image
from edge.tiles import Geometry, cut, load_image
from trainer.augment import Augmentation
from trainer.backbone import Backbone
from trainer.progress import progress

BATCH = 16
"""Pictures that go through the backbone at a time."""

Embed = Callable[[Sequence[Tensor]], Tensor]
"""The backbone's layers, [N, C, h, w] each → patch embeddings [N, P, D]."""

_AS_THEY_ARE = Augmentation()


class Features:
    """Patch embeddings of pictures, computed when they are asked for.

    Args:
        network: the frozen backbone. geometry: how a picture becomes tiles. embed: what a method makes of the layers.
    """

    def __init__(self, network: Backbone, geometry: Geometry, embed: Embed) -> None:
        self._network = network
        self._geometry = geometry
        self._embed = embed

    def of_pictures(
        self, pictures: Sequence[Path], what: str, augment: Augmentation = _AS_THEY_ARE
    ) -> Iterator[Tensor]:
        """Batch by batch float32 [tiles, P, D], copies included. `what` names the progress."""
        step = max(1, BATCH // augment.factor)
        for batch in progress(self._tiles(pictures, augment, step), what, -(-len(pictures) // step)):
            yield self.of_tiles(batch)

    def of_tiles(self, tiles: Image) -> Tensor:
        """uint8 [N, H, W, 3] → float32 [N, P, D]."""
        with torch.no_grad():
            return torch.cat([self._embed(self._network(part)) for part in torch.from_numpy(tiles).split(BATCH)])

    def tiles_of(self, pictures: Sequence[Path]) -> Image:
        """All tiles of some pictures at once, uint8 [tiles, H, W, 3]."""
        return np.concatenate([cut(load_image(path), self._geometry).pixels for path in pictures])

    def _tiles(self, pictures: Sequence[Path], augment: Augmentation, step: int) -> Iterator[Image]:
        for at in range(0, len(pictures), step):
            yield np.concatenate([augment(self.tiles_of([path]), path.name) for path in pictures[at : at + step]])


class Shelf:
    """Arrays [N, P, D] on disk in half precision, filled once from batches and read through a memory map: features of
    a few hundred pictures are larger than the memory of a small workstation.

    Args:
        file: where it lies; whoever owns the folder removes it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._shape: tuple[int, ...] = ()

    def fill(self, batches: Iterator[Tensor]) -> None:
        """Writes the batches one behind the other.

        Raises:
            RinglightError: a value exceeds half precision.
        """
        n = 0
        with self._file.open("wb") as out:
            for batch in batches:
                half = batch.half().numpy()
                if not np.isfinite(half).all():
                    raise RinglightError("a feature exceeds half precision: choose another layer with --layers.")
                half.tofile(out)
                n += len(half)
                self._shape = (n, *half.shape[1:])

    def read(self) -> NDArray[np.float16]:
        """All of it, mapped, not loaded: float16 [N, P, D]."""
        return np.memmap(self._file, np.float16, "r", shape=self._shape)

    def batches(self, n: int | None = None) -> Iterator[Tensor]:
        """The first `n` of N, or all, as float32."""
        kept = self.read()[:n]
        for at in range(0, len(kept), BATCH):
            yield torch.from_numpy(kept[at : at + BATCH].astype(np.float32))
