"""Frames become one long picture of the web, cut into strips: every row of it once, or told as missing.

The web's rows are counted on a grid of the camera's pixel pitch: row k lies between k and k + 1 pitches of belt
travel. A row belongs to the first frame that shows it. A row that no frame showed is a `Gap`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from edge.parts import Image


class Lost(str, Enum):
    """Why a length of web was not inspected."""

    GAP = "gap"  # two frames that follow each other do not overlap: the web is too fast, or a frame was dropped
    NO_FRAME = "no_frame"  # the camera gave no picture while the web went by
    DARK = "dark"  # the lamp was off, or not warm yet
    BUSY = "busy"  # more strips waited than the box can score
    MODEL_FAULT = "model_fault"  # the model raised an error or gave a score that is no number
    STOPPED = "stopped"  # the box was stopped
    CUT_OFF = "cut_off"  # the box lost its power, or crashed: the roll ended there


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture of the web's full width: rows from `first_row` on, uint8 [h, W, 3].

    `new_row` is the first row that no earlier strip showed; what lies before it is shared with the strip before.
    `origin_row` is where the unbroken piece of web began: strips of a piece lie on one grid.
    """

    origin_row: int
    first_row: int
    new_row: int
    image: Image

    @property
    def end_row(self) -> int:
        return self.first_row + len(self.image)

    @property
    def rows(self) -> int:
        """How many rows this strip is the first to show."""
        return self.end_row - self.new_row


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows that nobody inspected: from `first_row` up to `end_row`, which is not among them."""

    first_row: int
    end_row: int
    why: Lost

    @property
    def rows(self) -> int:
        return self.end_row - self.first_row


class Stitcher:
    """Takes frames in the order in which they were taken; hands out strips of `height` rows, each `step` further.

    Args:
        start_row: where the web begins to count.
        height, step: rows of a strip, and from one to the next; the difference is shared. Both are multiples of `grid`.
        grid: strips of an unbroken piece begin at multiples of this many rows from its origin.
    """

    def __init__(self, start_row: int, *, height: int, step: int, grid: int = 1) -> None:
        if not 0 < step <= height or height % grid or step % grid:
            raise ValueError(f"strips of {height} rows every {step} rows do not lie on a grid of {grid}")
        self.next_row = start_row
        self._height, self._step, self._grid = height, step, grid
        self._begin()

    @property
    def pending(self) -> int:
        """Rows that were taken in and are in no strip yet."""
        return self.next_row - self._new_row

    def frame(
        self, first_row: int, image: Image, end_row: int | None = None, why: Lost = Lost.GAP
    ) -> list[Strip | Gap]:
        """A frame whose row 0 is the web's `first_row`; of it, what lies before `end_row`. `why` is what kept the box
        from rows that the frames before did not show."""
        out: list[Strip | Gap] = []
        last = first_row + len(image)
        if end_row is not None:
            last = min(last, end_row)
        if last <= self.next_row:
            return out
        if first_row > self.next_row:
            out += self.lose(min(first_row, last), why)
            if first_row >= last:
                return out
        self._rows = (
            np.concatenate([self._rows, image[self.next_row - first_row : last - first_row]])
            if len(self._rows)
            else image[self.next_row - first_row : last - first_row].copy()
        )
        self.next_row = last
        while self.next_row - self._first_row >= self._height:
            out.append(self._strip(self._first_row, self._first_row + self._height))
            self._first_row += self._step
            self._keep_from(self._first_row - self._step)
        return out

    def lose(self, until_row: int, why: Lost) -> list[Strip | Gap]:
        """The rows up to `until_row` went by unseen. What was seen before them is handed out first."""
        if until_row <= self.next_row:
            return []
        out = self.finish()
        out.append(Gap(self.next_row, until_row, why))
        self.next_row = until_row
        self._begin()
        return out

    def finish(self) -> list[Strip | Gap]:
        """The unbroken piece ends here: hands out what is in no strip yet, with as much of the rows before it as fills
        a strip."""
        if not self.pending:
            self._begin()
            return []
        wished = max(self._base_row, self.next_row - self._height)
        first = self._origin_row + (wished - self._origin_row) // self._grid * self._grid
        strip = self._strip(max(first, self._base_row), self.next_row)
        self._begin()
        return [strip]

    def _begin(self) -> None:
        self._rows: Image = np.empty((0, 0, 3), np.uint8)
        self._origin_row = self._base_row = self._first_row = self._new_row = self.next_row

    def _strip(self, first: int, end: int) -> Strip:
        strip = Strip(self._origin_row, first, self._new_row, self._rows[first - self._base_row : end - self._base_row])
        self._new_row = end
        return strip

    def _keep_from(self, row: int) -> None:
        """Rows before `row` are needed by no later strip."""
        if row > self._base_row:
            self._rows = self._rows[row - self._base_row :]
            self._base_row = row
