"""Polygons over a part's picture: what is not looked at, and what has a threshold of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError
from edge.parts import Image, PartMap

PAINT = 128
"""The grey that masked places have, on the desk and on the box."""

Polygons = Mapping[str, Sequence[Sequence[float]]]


class Zones:
    """The polygons in pixels of the part's picture, drawn once for each size that comes."""

    def __init__(self, masks: Polygons, zones: Polygons, thresholds: Mapping[str, float]) -> None:
        self._masks = masks
        self._zones = zones
        self._thresholds = thresholds
        self._drawn: dict[tuple[object, ...], NDArray[np.bool_]] = {}

    def paint(self, image: Image) -> Image:
        """The picture uint8 [H, W, 3] with masked places painted grey; itself where none is."""
        if not self._masks:
            return image
        painted = image.copy()
        for name in self._masks:
            painted[self._draw(name, self._masks, image.shape[:2], image.shape[:2])] = PAINT
        return painted

    def hush(self, part_map: PartMap, size: tuple[int, int]) -> None:
        """Sets the map to 0 where the part of `size` (h, w) is masked: at a mask's border it is of no meaning."""
        for name in self._masks:
            part_map.anomaly_map[self._draw(name, self._masks, size, part_map.anomaly_map.shape)] = 0

    def exceeded(self, part_map: PartMap, size: tuple[int, int]) -> list[str]:
        """Which zones' thresholds the map exceeds, in words, the worst in proportion first."""
        found = []
        for name, threshold in self._thresholds.items():
            inside = self._draw(name, self._zones, size, part_map.anomaly_map.shape)
            peak = float(part_map.anomaly_map[inside].max())
            if not peak <= threshold:
                found.append((peak - threshold, f"zone {name}: {peak:.4g} above threshold {threshold:.4g}"))
        return [words for _, words in sorted(found, key=lambda one: -one[0])]

    def _draw(
        self, name: str, polygons: Polygons, size: tuple[int, ...], drawn_size: Sequence[int]
    ) -> NDArray[np.bool_]:
        """Where the polygon lies, bool [h, w] of `drawn_size`, for a picture of `size` (h, w).

        Raises:
            UsageError: it lies outside of the picture, where nobody would ever look.
        """
        key = (name, polygons is self._masks, size, tuple(drawn_size))
        if key not in self._drawn:
            drawn = np.zeros(size, np.uint8)
            cv2.fillPoly(drawn, [np.rint(np.asarray(polygons[name], float)).astype(np.int32)], 1)
            if not drawn.any():
                raise UsageError(
                    f"the region {name} lies outside the part's picture of {size[1]} × {size[0]} pixels: correct it "
                    "under [regions]."
                )
            if tuple(drawn_size) != size:
                # Whatever the region touches belongs to it, however small the map is.
                shrunk = cv2.resize(
                    drawn.astype(np.float32), (drawn_size[1], drawn_size[0]), interpolation=cv2.INTER_AREA
                )
                drawn = (np.asarray(shrunk) > 0).astype(np.uint8)
            self._drawn[key] = drawn.astype(bool)
        return self._drawn[key]
