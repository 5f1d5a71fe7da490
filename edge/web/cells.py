"""From the tiles' scores of a strip to its grid of cells: how anomalous, and whether that is too much.

Where tiles overlap, the worse word counts: a defect on the seam of two tiles is whole in the one that shows it whole,
and the half of it that the other saw spares it nothing. The same holds for strips that overlap.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Scores, Tiles

Hot = NDArray[np.bool_]
Values = NDArray[np.float32]

# Share of a strip's cells. Of good web 1 in 1,000 is warm, of one with a streak along it 1 in 100.
_MOST_WARM = 0.05


@dataclass(frozen=True, slots=True)
class Cells:
    """hot bool [h, w] and value float32 [h, w], in raw scores; `scores` float32 [N] are those of the strip's tiles.

    Hot cells that touch belong together, and make an event if one of them is `sure`, None all of them: a faint streak
    is sure here and there only. `core` are those in which the defect itself lies, None all of them (`edge.web.extent`).
    """

    hot: Hot
    value: Values
    scores: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    core: Hot | None = None
    sure: Hot | None = None

    @property
    def certain(self) -> Hot:
        """The cells that make an event."""
        return self.hot if self.sure is None else self.sure

    @property
    def measured(self) -> Hot:
        """The cells that make an event's extent."""
        return self.hot if self.core is None else self.core


def strip_cells(
    scores: Scores, tiles: Tiles, size: tuple[int, int], cell_px: int, threshold: float, warm: float | None = None
) -> Cells:
    """The cells of a strip of `size` (h, w) pixels; a cell is `cell_px` pixels wide and high.

    As with a part, a tile is bad if its score exceeds the threshold. Sure are then its cells above the threshold, or
    the worst one where none is. The cells of all tiles above `warm` (None: none) are hot besides, so that what is faint
    between two sure places joins them (hysteresis, Canny 1986); but not where so much of the strip is warm that it
    would join all that is on it.

    Raises:
        ValueError: a score is no number. Such a strip was not inspected.
    """
    if not (np.isfinite(scores.score).all() and np.isfinite(scores.anomaly_map).all()):
        raise ValueError("the model's score is no number")
    h, w = -(-size[0] // cell_px), -(-size[1] // cell_px)
    value, sure = np.full((h, w), -np.inf, np.float32), np.zeros((h, w), bool)
    for score, tile_map, place in zip(scores.score, scores.anomaly_map, tiles.places, strict=True):
        top, left = round(place.y / cell_px), round(place.x / cell_px)
        bottom = min(h, max(top + 1, round((place.y + place.h) / cell_px)))
        right = min(w, max(left + 1, round((place.x + place.w) / cell_px)))
        grid = max(1, round(place.w / cell_px)), max(1, round(place.h / cell_px))
        part = np.asarray(cv2.resize(tile_map, grid, interpolation=cv2.INTER_LINEAR))[: bottom - top, : right - left]
        there = np.s_[top : top + part.shape[0], left : left + part.shape[1]]
        np.maximum(value[there], part, out=value[there])
        if score > threshold:
            over = part > threshold
            if not over.any():
                over = part == part.max()
                # The map is smoother than the score: what is told is the score.
                np.maximum(value[there], np.where(over, np.float32(score), -np.inf), out=value[there])
            sure[there] |= over
    near = np.zeros_like(sure) if warm is None else value > warm
    hot = sure | near if near.mean() <= _MOST_WARM else sure
    return Cells(hot, value, scores.score, sure=sure)


class Seams:
    """Lays the cells of strips that overlap one over the other, and hands out each row of cells once, when no later
    strip shows it again."""

    def __init__(self) -> None:
        self._top: int | None = None
        self._hot: Hot = np.empty((0, 0), bool)
        self._core: Hot = np.empty((0, 0), bool)
        self._sure: Hot = np.empty((0, 0), bool)
        self._value: Values = np.empty((0, 0), np.float32)

    def add(self, top: int, cells: Cells, until: int) -> tuple[int, Cells]:
        """A strip whose first row of cells is `top`; no later one reaches above the row `until`.

        Returns:
            The first row and the cells of the rows up to `until`.
        """
        hot, core, sure, value = cells.hot, cells.measured, cells.certain, cells.value
        if self._top is None:
            self._top, self._hot, self._core, self._sure = top, hot.copy(), core.copy(), sure.copy()
            self._value = value.copy()
        else:
            # The last strip of a piece reaches back to rows that were handed out already.
            back = max(0, self._top - top)
            hot, core, sure, value, top = hot[back:], core[back:], sure[back:], value[back:], top + back
            shared = min(len(hot), max(0, self._top + len(self._hot) - top))
            there = np.s_[top - self._top : top - self._top + shared]
            self._hot[there] |= hot[:shared]
            self._core[there] |= core[:shared]
            self._sure[there] |= sure[:shared]
            np.maximum(self._value[there], value[:shared], out=self._value[there])
            self._hot = np.concatenate([self._hot, hot[shared:]])
            self._core = np.concatenate([self._core, core[shared:]])
            self._sure = np.concatenate([self._sure, sure[shared:]])
            self._value = np.concatenate([self._value, value[shared:]])
        return self._cut(until)

    def finish(self) -> tuple[int, Cells]:
        """The web is broken here: hands out what is left."""
        first, cells = self._cut((self._top or 0) + len(self._hot))
        self._top = None
        return first, cells

    def _cut(self, until: int) -> tuple[int, Cells]:
        first = self._top or 0
        n = max(0, until - first)
        out = Cells(self._hot[:n], self._value[:n], core=self._core[:n], sure=self._sure[:n])
        self._hot, self._core, self._sure = self._hot[n:], self._core[n:], self._sure[n:]
        self._value, self._top = self._value[n:], first + n
        return first, out
