"""Anomalous cells become events: connected across strips, tiles and small distances, while the web runs.

What is connected is told by the hot cells, how large it is by those of its core, and whether it is an event by those of
them that are sure.

Labels connected components row block by row block and joins them over the blocks' borders, so that memory is bounded
by the open events, not by the length of the roll.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.parts import Image

Hot = NDArray[np.bool_]
Values = NDArray[np.float32]


@dataclass(slots=True)
class Found:
    """One event, in cells of the grid: rows and columns from `top`, `left` up to `bottom`, `right`, not among them.

    `cells` is the area of its core, `sure_top` its first sure row (None: it is no event), `peak` the highest value and
    `peak_at` its (row, column). `continues`: it was cut off here because it is too long, and goes on in the next one.
    `announced` and `picture`, which shows a cell of the value `pictured`, are for whoever forms events.
    """

    top: int
    bottom: int
    left: int
    right: int
    cells: int
    peak: float
    peak_at: tuple[int, int]
    sure_top: int | None
    continues: bool = False
    announced: bool = False
    picture: Image | None = field(default=None, repr=False)
    pictured: float = -np.inf

    def join(self, other: Found) -> None:
        """Takes in another piece of the same event."""
        self.top, self.bottom = min(self.top, other.top), max(self.bottom, other.bottom)
        self.left, self.right = min(self.left, other.left), max(self.right, other.right)
        self.cells += other.cells
        tops = [top for top in (self.sure_top, other.sure_top) if top is not None]
        self.sure_top = min(tops, default=None)
        self.announced |= other.announced
        if other.pictured > self.pictured:
            self.picture, self.pictured = other.picture, other.pictured
        if other.peak > self.peak:
            self.peak, self.peak_at = other.peak, other.peak_at


class EventFormer:
    """Takes rows of cells in their order.

    Args:
        join: cells that are no more than this many cells apart belong to one event.
        longest: an event of more rows is cut off and goes on as another.
    """

    def __init__(self, join: int, longest: int) -> None:
        # Two places whose surroundings of half that distance touch are joined.
        self._reach = (join + 1) // 2
        self._longest = longest
        self._disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * self._reach + 1, 2 * self._reach + 1))
        self._clear()

    def add(self, top: int, hot: Hot, values: Values, core: Hot | None = None, sure: Hot | None = None) -> list[Found]:
        """Rows of cells from `top` on, which follow those before: bool and float32 [n, w]; `core`, bool, are the hot
        cells that count for the extent, `sure` those of them that make an event; None is all.

        Returns:
            The events that are complete, in the order of their beginnings.
        """
        if not len(hot):
            return []
        core = hot if core is None else core
        sure = core if sure is None else core & sure
        if self._waiting is None:
            self._waiting, self._core, self._sure, self._values, self._top = hot, core, sure, values, top
            self._done = top
        else:
            self._waiting = np.concatenate([self._waiting, hot])
            self._core = np.concatenate([self._core, core])
            self._sure = np.concatenate([self._sure, sure])
            self._values = np.concatenate([self._values, values])
        # The last rows' surroundings depend on what comes next.
        return self._take(self._top + len(self._waiting) - self._reach)

    def finish(self) -> list[Found]:
        """The web is broken here: all events are complete."""
        if self._waiting is None:
            return []
        out = self._take(self._top + len(self._waiting))
        out += self.open
        self._clear()
        return sorted(out, key=lambda found: found.top)

    @property
    def open(self) -> list[Found]:
        """Events that may still grow."""
        return [found for found in self._open.values() if found is not None]

    def _clear(self) -> None:
        self._waiting: Hot | None = None
        self._core: Hot = np.empty((0, 0), bool)
        self._sure: Hot = np.empty((0, 0), bool)
        self._values: Values = np.empty((0, 0), np.float32)
        self._top = self._done = 0
        # An event is open from the first row of its surroundings on, before any of its own cells came.
        self._open: dict[int, Found | None] = {}
        # Those of which a piece that was an event was cut off.
        self._cut: set[int] = set()
        self._border: NDArray[np.int64] | None = None
        self._next = 1

    def _take(self, until: int) -> list[Found]:
        """Labels the rows up to `until`, links them to those before, and lets go of what nobody needs."""
        if until <= self._done or self._waiting is None:
            return []
        begin, end = self._done - self._top, until - self._top
        if self._open or self._waiting.any():
            near = np.asarray(cv2.dilate(self._waiting.astype(np.uint8), self._disc), np.uint8)[begin:end]
            self._link(near, self._core[begin:end], self._sure[begin:end], self._values[begin:end])
        keep = max(0, end - self._reach)
        self._waiting, self._core, self._sure = self._waiting[keep:], self._core[keep:], self._sure[keep:]
        self._values = self._values[keep:]
        self._top += keep
        self._done = until
        return self._complete()

    def _link(self, near: NDArray[np.uint8], core: Hot, sure: Hot, values: Values) -> None:
        """Gives each component of a block the name of the open event that it touches, and joins those that meet."""
        count, drawn = cv2.connectedComponents(near, connectivity=8)
        labels = np.asarray(drawn, np.int32)
        names = np.zeros(count, np.int64)
        now: dict[int, int] = {}  # where two events were joined, the name that is left
        for label, met in _touching(labels[0], self._border):
            name = now.get(met, met)
            if not names[label]:
                names[label] = name
            elif names[label] != name:
                left = int(names[label])
                self._join(left, name)
                names[names == name] = left
                now = {old: left if new == name else new for old, new in now.items()} | {name: left}
        for label in np.flatnonzero(names[1:] == 0) + 1:
            names[label], self._next = self._next, self._next + 1
        for name in names[1:]:
            self._open.setdefault(int(name), None)
        for label, piece in _pieces(labels, self._done, core, sure, values):
            self._grow(int(names[label]), piece)
        self._border = names[labels[-1]]

    def _grow(self, name: int, piece: Found | None) -> None:
        if piece is not None and piece.sure_top is None and name in self._cut:
            piece.sure_top = piece.top  # what it goes on from was sure
        there = self._open.get(name)
        if there is None:
            self._open[name] = piece
        elif piece is not None:
            there.join(piece)

    def _join(self, name: int, other: int) -> None:
        if other in self._cut:
            self._cut.add(name)
        self._grow(name, self._open.pop(other, None))

    def _complete(self) -> list[Found]:
        """Takes out the events that no row to come can touch, and what is too long of those that go on."""
        border = set() if self._border is None else set(np.unique(self._border).tolist())
        out = []
        for name, found in list(self._open.items()):
            if name not in border:
                del self._open[name]
                self._cut.discard(name)
            elif found is not None and found.bottom - found.top >= self._longest:
                found.continues = True
                self._open[name] = None
                if found.sure_top is not None:
                    self._cut.add(name)
            else:
                continue
            if found is not None:
                out.append(found)
        return sorted(out, key=lambda found: found.top)


def _touching(first: NDArray[np.int32], border: NDArray[np.int64] | None) -> list[tuple[int, int]]:
    """Pairs of a block's label and an open event's name that meet in its first row, by side or corner."""
    if border is None:
        return []
    around = np.pad(border, 1)
    pairs = {
        (int(label), int(name))
        for shift in range(3)
        for label, name in np.unique(np.stack([first, around[shift : shift + len(first)]]), axis=1).T
        if label and name
    }
    return sorted(pairs)


def _pieces(labels: NDArray[np.int32], top: int, core: Hot, sure: Hot, values: Values) -> list[tuple[int, Found]]:
    """The part of each component that counts, as an event of its own."""
    y, x = np.nonzero(core)
    if not len(y):
        return []
    # Sorted by component, and within it by value: the last one of each is its worst cell.
    of, heights = labels[y, x], values[y, x]
    order = np.lexsort((heights, of))
    of, y, x, heights = of[order], y[order], x[order], heights[order]
    first = np.flatnonzero(np.diff(of, prepend=-1))
    last = np.append(first[1:], len(of)) - 1
    sure_tops = np.minimum.reduceat(np.where(sure[y, x], y, len(core)), first).tolist()
    sides = [low.reduceat(side, first).tolist() for side in (y, x) for low in (np.minimum, np.maximum)]
    return [
        (
            int(of[a]),
            Found(
                top + above,
                top + below + 1,
                left,
                right + 1,
                int(worst - a + 1),
                float(heights[worst]),
                (top + int(y[worst]), int(x[worst])),
                top + certain if certain < len(core) else None,
            ),
        )
        for a, worst, certain, above, below, left, right in zip(first, last, sure_tops, *sides, strict=True)
    ]
