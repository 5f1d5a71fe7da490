"""Pictures in, part scores and maps out, by the box's own tiles and runtime. No torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from edge.clock import RealClock
from edge.parts import PartMap
from edge.runtime import Runtime
from edge.tiles import Geometry, cut, load_image, stitch
from trainer.progress import progress


def score_pictures(
    runtime: Runtime, pictures: Sequence[Path], geometry: Geometry, what: str = "score"
) -> Iterator[tuple[PartMap, int, int]]:
    """For each picture its stitched map, its number of tiles, and the nanoseconds that cutting, scoring and
    stitching took (reading the file is not counted: on the box no file is read)."""
    clock = RealClock()
    for path in progress(pictures, what, len(pictures)):
        image = load_image(path)
        began = clock.now_ns()
        tiles = cut(image, geometry)
        part = stitch(runtime.score(tiles.pixels), tiles, image.shape[:2])
        yield part, len(tiles.places), clock.now_ns() - began
