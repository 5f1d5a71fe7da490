"""Two channels of an incremental encoder, a quarter of a period apart: direction, and pulses that went missing."""

from __future__ import annotations

from collections.abc import Callable

# The order in which (A, B) follow each other while the belt runs forwards.
_FORWARDS = {(0, 0): (1, 0), (1, 0): (1, 1), (1, 1): (0, 1), (0, 1): (0, 0)}


class Quadrature:
    """Counts every edge of both channels, four a period.

    An edge to the level that a channel already had says that one was missed in between: how far the belt went
    meanwhile, and where to, is unknown.

    Args:
        on_step: called with +1, -1, or 0 where an edge was missed, and the instant of the edge.
        a, b: levels of the channels now.
    """

    def __init__(self, on_step: Callable[[int, int], object], a: bool = False, b: bool = False) -> None:
        self._on_step = on_step
        self._state = (int(a), int(b))

    def edge_a(self, high: bool, at_ns: int) -> None:
        """Channel A became high or low."""
        self._edge((int(high), self._state[1]), at_ns)

    def edge_b(self, high: bool, at_ns: int) -> None:
        """Channel B became high or low."""
        self._edge((self._state[0], int(high)), at_ns)

    def _edge(self, state: tuple[int, int], at_ns: int) -> None:
        was, self._state = self._state, state
        if state == was:
            self._on_step(0, at_ns)
        else:
            self._on_step(1 if _FORWARDS[was] == state else -1, at_ns)
