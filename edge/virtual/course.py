"""What is due on the virtual line, and when: at places of the belt, which it may come to from either side, and at
instants."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from edge.virtual.belt import TrueBelt
from edge.virtual.encoder import VirtualEncoder

Action = Callable[[int], object]
_KEPT_MM = 2000.0  # the belt never runs back further than this


class _Mark(NamedTuple):
    mm: float
    order: tuple[int, int]
    forwards: Action
    backwards: Action | None


class Course:
    """The order of all that happens. A speed that changes moves what is to come and nothing that was.

    An action is called with its own instant, in whatever moment it is asked for.
    """

    def __init__(self, belt: TrueBelt, encoder: VirtualEncoder, start_ns: int) -> None:
        self._belt = belt
        self._encoder = encoder
        self._done_ns = start_ns
        self._order = itertools.count()
        self._ahead: list[_Mark] = []
        self._behind: deque[_Mark] = deque()
        self._timed: list[tuple[int, int, Action]] = []

    def at_place(self, mm: float, forwards: Action, backwards: Action | None = None, *, is_front: bool = False) -> None:
        """Books what happens when the belt comes to `mm`. Without `backwards` it happens once; with it, each time that
        the belt comes by, from this side or that. What lies behind the belt already has happened.

        Where one part ends and another begins, the front comes first: no light falls between parts that touch.
        """
        if mm >= self._belt.position(self._done_ns):
            order = (0 if is_front else 1, next(self._order))
            heapq.heappush(self._ahead, _Mark(mm, order, forwards, backwards))

    def at_instant(self, at_ns: int, action: Action) -> None:
        """Books what happens at an instant."""
        heapq.heappush(self._timed, (at_ns, next(self._order), action))

    def next_ns(self) -> int | None:
        """When something happens next if the belt keeps its speed; None if nothing does."""
        instants = [self._timed[0][0]] if self._timed else []
        crossing = self._crossing()
        if crossing is not None:
            instants.append(crossing[0])
        return min(instants) if instants else None

    def take(self, now_ns: int) -> tuple[Action, int] | None:
        """The next thing that is due by now, with its instant; None where there is none."""
        crossing = self._crossing()
        timed = self._timed[0][0] if self._timed else None
        if timed is not None and timed <= now_ns and (crossing is None or timed <= crossing[0]):
            return heapq.heappop(self._timed)[2], timed
        if crossing is None or crossing[0] > now_ns:
            return None
        at_ns, forwards = crossing
        self._done_ns = at_ns
        return (self._cross() if forwards else self._cross_back()), at_ns

    def _crossing(self) -> tuple[int, bool] | None:
        ahead, behind = self._encoder.ahead_mm, self._encoder.behind_mm
        if self._ahead:
            ahead = min(ahead, self._ahead[0].mm)
        if self._behind:
            behind = max(behind, self._behind[-1].mm)
        return self._belt.crossing(self._done_ns, ahead, behind)

    def _cross(self) -> Action:
        if not self._ahead or self._encoder.ahead_mm <= self._ahead[0].mm:
            return lambda at_ns: self._encoder.turned(True, at_ns)
        mark = heapq.heappop(self._ahead)
        if mark.backwards is not None:
            self._behind.append(mark)
            while self._behind[0].mm < mark.mm - _KEPT_MM:
                self._behind.popleft()
        return mark.forwards

    def _cross_back(self) -> Action:
        if not self._behind or self._encoder.behind_mm >= self._behind[-1].mm:
            return lambda at_ns: self._encoder.turned(False, at_ns)
        mark = self._behind.pop()
        heapq.heappush(self._ahead, mark)
        assert mark.backwards is not None
        return mark.backwards
