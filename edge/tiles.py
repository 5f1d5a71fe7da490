"""The grid: a part's picture is cut into tiles, and the tiles' maps are stitched back over the picture.

Desk and box share these functions; what the model learned from is what the line shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError
from edge.parts import Image, PartMap, Place, Scores, Tiles
from edge.picture import load_image, resize

__all__ = ["MAP_SIDE", "Geometry", "cut", "load_image", "places", "resize", "stitch"]

MAP_SIDE = 1024
"""Longest side of a stitched map, in pixels. Larger pictures get a proportionally smaller map."""

_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Geometry:
    """How a picture becomes tiles of `input_h` × `input_w` pixels, the size that the model was made for.

    mode "whole": one tile, the whole picture resized. mode "grid": squares of `tile_px` pixels at the picture's own
    scale, `overlap_px` shared by neighbours, each resized to the model's size if that differs.

    Raises:
        UsageError: a size is out of range; the message names it.
    """

    input_h: int
    input_w: int
    mode: Literal["whole", "grid"] = "whole"
    tile_px: int = 0
    overlap_px: int = 0

    def __post_init__(self) -> None:
        for name in ("input_h", "input_w", "tile_px", "overlap_px"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise UsageError(f"geometry.{name} is {value!r}: write a whole number of pixels.")
        for name in ("input_h", "input_w"):
            if not 16 <= getattr(self, name) <= _LIMIT:
                raise UsageError(f"geometry.{name} is {getattr(self, name)}: 16 to {_LIMIT} pixels are possible.")
        if self.mode not in ("whole", "grid"):
            raise UsageError(f"geometry.mode is {self.mode!r}: write 'whole' or 'grid'.")
        if self.mode == "grid" and not 16 <= self.tile_px <= _LIMIT:
            raise UsageError(f"geometry.tile_px is {self.tile_px}: a grid needs tiles of 16 to {_LIMIT} pixels.")
        if self.mode == "grid" and not 0 <= self.overlap_px <= self.tile_px // 2:
            raise UsageError(f"geometry.overlap_px is {self.overlap_px}: 0 to half of tile_px ({self.tile_px}) works.")
        if self.mode == "whole" and (self.tile_px or self.overlap_px):
            raise UsageError("geometry.tile_px and overlap_px belong to mode 'grid': set them to 0 with 'whole'.")

    def to_dict(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Geometry:
        """The reverse of `to_dict`. Raises UsageError for unknown, missing or wrong fields."""
        known = cls.__dataclass_fields__
        unknown = sorted(set(values) - set(known))
        missing = sorted({"input_h", "input_w"} - set(values))
        if unknown or missing:
            raise UsageError(f"geometry: unknown {unknown or 'nothing'}, missing {missing or 'nothing'}.")
        return cls(**values)


def places(size: tuple[int, int], geometry: Geometry) -> tuple[Place, ...]:
    """Where the tiles of a picture of `size` (h, w) lie, row by row.

    The last row and column are shifted inwards so that they end at the border. Only where the picture is smaller
    than a tile does a place reach beyond it, to the right or below: that part is filled by reflection.
    """
    h, w = size
    if h < 1 or w < 1:
        raise UsageError(f"a picture of {w} × {h} pixels has nothing to look at: check the region in [part].")
    if geometry.mode == "whole":
        return (Place(0, 0, w, h),)
    side, step = geometry.tile_px, geometry.tile_px - geometry.overlap_px
    return tuple(Place(x, y, side, side) for y in _starts(h, side, step) for x in _starts(w, side, step))


def cut(image: Image, geometry: Geometry) -> Tiles:
    """Cuts a picture, uint8 RGB [H, W, 3], into tiles: pixels uint8 [N, input_h, input_w, 3] and their places."""
    h, w = image.shape[:2]
    where = places((h, w), geometry)
    below = max(0, max(place.y + place.h for place in where) - h)
    right = max(0, max(place.x + place.w for place in where) - w)
    if below or right:
        image = np.pad(image, ((0, below), (0, right), (0, 0)), mode="symmetric")
    pixels = np.empty((len(where), geometry.input_h, geometry.input_w, 3), np.uint8)
    for tile, place in zip(pixels, where, strict=True):
        view = image[place.y : place.y + place.h, place.x : place.x + place.w]
        tile[:] = resize(view, geometry.input_h, geometry.input_w)
    return Tiles(pixels, where)


def stitch(
    scores: Scores,
    tiles: Tiles,
    size: tuple[int, int],
    *,
    aggregate: Callable[[NDArray[np.float32]], Any] = np.max,
    max_side: int = MAP_SIDE,
) -> PartMap:
    """Lays the tiles' maps over the picture of `size` (h, w) that they were cut from.

    The map has the picture's proportions and its size, bounded to `max_side` pixels on the longer side: a place
    (x, y) of the picture is at (x · map_w / w, y · map_h / h) of the map. Where tiles overlap, each counts less
    towards its own border, where it saw the least context. The part's score is `aggregate` of the tiles' scores.
    """
    h, w = size
    scale = min(1.0, max_side / max(h, w))
    map_h, map_w = max(1, round(h * scale)), max(1, round(w * scale))
    total = np.zeros((map_h, map_w), np.float32)
    weight = np.zeros((map_h, map_w), np.float32)
    for tile_map, place in zip(scores.anomaly_map, tiles.places, strict=True):
        x, x_end = round(place.x * map_w / w), round((place.x + place.w) * map_w / w)
        y, y_end = round(place.y * map_h / h), round((place.y + place.h) * map_h / h)
        x, y = min(x, map_w - 1), min(y, map_h - 1)
        full = (max(1, x_end - x), max(1, y_end - y))
        there = np.s_[y : y + full[1], x : x + full[0]]
        inside = np.s_[: min(full[1], map_h - y), : min(full[0], map_w - x)]
        values = np.asarray(cv2.resize(tile_map, full, interpolation=cv2.INTER_LINEAR))[inside]
        if len(tiles.places) == 1:
            return PartMap(np.ascontiguousarray(values), float(aggregate(scores.score)))
        ramp = np.minimum.outer(_ramp(full[1]), _ramp(full[0]))[inside]
        total[there] += values * ramp
        weight[there] += ramp
    return PartMap(total / weight, float(aggregate(scores.score)))


def _starts(length: int, side: int, step: int) -> list[int]:
    """Left edges of tiles that cover `length` pixels."""
    if length <= side:
        return [0]
    return [*range(0, length - side, step), length - side]


def _ramp(n: int) -> NDArray[np.float32]:
    """1 in the middle, falling towards both ends, nowhere 0."""
    at = np.arange(n, dtype=np.float32)
    return np.minimum(at + 1, n - at) * np.float32(2 / (n + 1))
