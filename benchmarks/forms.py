"""What PaDiM might have been: forms between one Gaussian for each place and one for all, input sizes, several at once.

    python benchmarks/forms.py --data DIR [--data DIR ...] [--sizes 192,256,320,384] [--half] --json OUT

For each data set in MVTec AD layout and each size of the input:
- fixed, near, free: the alignments of `ringlight train`.
- rows, columns: one Gaussian for each row or column of the grid, as for material that runs through the picture.
- shift: each cell is judged by the best of its own place and the eight around it.
- registered: pictures are shifted onto the mean picture (phase correlation) before they are cut; then as fixed.
And for each pair of sizes, next to each other, the mean of their two maps (fixed).

All with 32 directions (twice as many where places are shared) and the mean of the worst tenth of the cells. With --half
only the validation half of the test pictures is asked (every second file of each folder), so that what is chosen by
these numbers can still be measured on the rest. Nothing is chosen here.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mtd import halves
from torch import Tensor
from torch.nn import functional

from edge.parts import Image
from edge.tiles import Geometry, cut, load_image
from trainer import padim
from trainer.alignments import ALIGNMENTS
from trainer.backbone import Backbone
from trainer.dataset import open_dataset
from trainer.features import BATCH, Features
from trainer.maps import image_score
from trainer.metrics import auroc
from trainer.padim import Moments, Settings, by_place, statistics, white, whitening

Grid = tuple[int, int]
Judge = Callable[[Tensor], Tensor]
"""Embeddings [N, P, D] to distances [N, P]."""

_TOP, _CELL = 0.1, 16


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--sizes", default="192,256,320,384")
    parser.add_argument("--half", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    network = Backbone()
    rows: list[dict[str, Any]] = []
    for root in args.data:
        for row in study(root, [int(size) for size in args.sizes.split(",")], args.half, network):
            rows.append({"data": root.name, **row})
            print(
                f"{root.name:<12} {row['size']:<8} {row['form']:<11} image AUROC {row['image_auroc']:.4f}", flush=True
            )
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Pictures of a data set, read: good ones to learn from, and those to ask."""

    learned: list[Image]
    tested: list[Image]
    bad: np.ndarray

    def groups(self) -> tuple[list[Image], list[Image]]:
        return self.learned, self.tested


def study(root: Path, sizes: Sequence[int], half: bool, network: Backbone) -> Iterator[dict[str, Any]]:
    """A row for each form and size of one data set."""
    data = open_dataset(root, need_test=True)
    test = [sample for sample, first in zip(data.test, halves(data.test), strict=True) if first or not half]
    bad = np.array([sample.bad for sample in test])
    pictures = Asked([*map(load_image, data.train)], [load_image(sample.path) for sample in test], bad)
    moved = registered(pictures, Geometry(max(sizes), max(sizes)))
    maps: dict[int, Tensor] = {}
    for size in sizes:
        grid = (size // _CELL, size // _CELL)
        features = Features(network, Geometry(size, size), partial(padim.embed, grid=grid))
        learned, tested = (_embed(features, group, size) for group in pictures.groups())
        for form, judge in forms(learned, grid):
            cells = judge(tested)
            if form == "fixed":
                maps[size] = cells.unflatten(1, grid)
            yield {"size": str(size), "form": form, "image_auroc": _auroc(cells, pictures.bad)}
        learned, tested = (_embed(features, group, size) for group in moved.groups())
        cells = _places(learned, grid, "fixed")(tested)
        yield {"size": str(size), "form": "registered", "image_auroc": _auroc(cells, pictures.bad)}
    for coarse, fine in pairwise(sorted(sizes)):
        shape = maps[fine].shape[-2:]
        upon = functional.interpolate(maps[coarse][:, None], size=shape, mode="bilinear", align_corners=False)[:, 0]
        both = ((upon + maps[fine]) / 2).flatten(1)
        yield {"size": f"{coarse}+{fine}", "form": "fixed", "image_auroc": _auroc(both, pictures.bad)}


def forms(learned: Tensor, grid: Grid) -> Iterator[tuple[str, Judge]]:
    """Name and judge of each form that needs no other pictures."""
    for alignment in ALIGNMENTS:
        yield alignment, _places(learned, grid, alignment)
    yield "rows", _bands(learned, grid, 0)
    yield "columns", _bands(learned, grid, 1)
    yield "shift", _shifted(learned, grid)


def registered(pictures: Asked, geometry: Geometry) -> Asked:
    """Each picture, cut to one size, moved onto the mean of those to learn from."""
    learned, tested = ([cut(picture, geometry).pixels[0] for picture in group] for group in pictures.groups())
    mean = np.asarray(np.mean([_grey(picture) for picture in learned], axis=0), np.float32)
    window = cv2.createHanningWindow((mean.shape[1], mean.shape[0]), cv2.CV_32F)

    def onto(picture: Image) -> Image:
        (dx, dy), _ = cv2.phaseCorrelate(mean, _grey(picture), window)
        move = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        h, w = picture.shape[:2]
        return np.asarray(cv2.warpAffine(picture, move, (w, h), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return Asked([*map(onto, learned)], [*map(onto, tested)], pictures.bad)


def _places(learned: Tensor, grid: Grid, alignment: Any) -> Judge:
    moments = Moments()
    for batch in learned.split(64):
        moments.add(by_place(batch.float(), alignment))
    mean, rows = (v.float() for v in statistics(moments, Settings(alignment=alignment, rank=padim.RANK), grid))
    return partial(_distance, mean=mean, rows=rows)


def _bands(learned: Tensor, grid: Grid, axis: int) -> Judge:
    """One Gaussian for each row (axis 0) or column (axis 1)."""
    band = torch.arange(grid[0] * grid[1]).view(grid)
    band = (band // grid[1] if axis == 0 else band % grid[1]).flatten()
    moments = Moments()
    for batch in learned.split(64):
        moments.add(torch.stack([batch[:, band == i].float().flatten(0, 1) for i in range(grid[axis])], dim=1))
    rows = whitening(moments.covariance(), Settings("fixed", rank=2 * padim.RANK)).float()
    return partial(_distance, mean=moments.mean().float()[band], rows=rows[band])


def _shifted(learned: Tensor, grid: Grid) -> Judge:
    """The least distance to the Gaussians of a place and its neighbours."""
    moments = Moments()
    for batch in learned.split(64):
        moments.add(batch.float())
    mean, rows = (v.float() for v in statistics(moments, Settings("fixed", rank=padim.RANK), grid))
    places = torch.arange(grid[0] * grid[1]).view(grid)
    padded = np.pad(places.numpy(), 1, mode="edge")
    around = [padded[y : y + grid[0], x : x + grid[1]].flatten() for y in range(3) for x in range(3)]

    def judge(embeddings: Tensor) -> Tensor:
        found = [_distance(embeddings, mean[neighbour], rows[neighbour]) for neighbour in map(torch.from_numpy, around)]
        return torch.stack(found).amin(0)

    return judge


def _distance(embeddings: Tensor, mean: Tensor, rows: Tensor) -> Tensor:
    batches = (white(batch.float(), mean, rows) for batch in embeddings.split(64))
    return torch.cat([batch.square().mean(-1).sqrt() for batch in batches])


def _embed(features: Features, pictures: Sequence[Image], size: int) -> Tensor:
    """float16 [N, P, D]: nothing is kept at full precision of a few thousand pictures."""
    geometry = Geometry(size, size)
    batches = (pictures[at : at + BATCH] for at in range(0, len(pictures), BATCH))
    tiles = (np.concatenate([cut(picture, geometry).pixels for picture in batch]) for batch in batches)
    return torch.cat([features.of_tiles(batch).half() for batch in tiles])


def _grey(picture: Image) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _auroc(cells: Tensor, bad: np.ndarray) -> float:
    return auroc(image_score(cells, _TOP).numpy(), bad)


if __name__ == "__main__":
    sys.exit(main())
