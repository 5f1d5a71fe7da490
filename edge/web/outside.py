"""Web that passes and belongs to no roll: nobody looks at it, so somebody has to count it."""

from __future__ import annotations


class Outside:
    """Rows of web that passed the camera's axis between two rolls, before the first and after the last.

    Args:
        row: where the axis is as the box starts.
    """

    def __init__(self, row: int) -> None:
        self._passed = 0
        self._open: list[tuple[int, int | None]] = [(row, None)]

    def begin(self, row: int) -> None:
        """A roll begins at `row`, which may still be on its way to the camera."""
        if self._open and self._open[-1][1] is None:
            self._open[-1] = self._open[-1][0], row

    def end(self, row: int) -> None:
        """The roll ends before `row`. One that ends where it begins, before it came to the camera, was none."""
        if self._open and self._open[-1][1] == row:
            self._open[-1] = self._open[-1][0], None
        else:
            self._open.append((row, None))

    def rows(self, axis_row: int) -> int:
        """How many there are while the axis is at `axis_row`. Axes come in their order."""
        while self._open and (last := self._open[0][1]) is not None and last <= axis_row:
            self._passed += max(0, last - self._open[0][0])
            self._open.pop(0)
        return self._passed + sum(max(0, axis_row - first) for first, _ in self._open)

    def since(self, axis_row: int) -> int:
        """How many of them passed in one piece, up to the axis; 0 while a roll is before the camera."""
        self.rows(axis_row)
        return max(0, axis_row - self._open[0][0]) if self._open else 0
