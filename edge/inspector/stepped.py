"""The line on the virtual clock, in one thread, step by step: every test of timing is deterministic.

The model is real or a stand-in; how long it takes is said by the caller, because real time does not exist here.
"""

from __future__ import annotations

from collections.abc import Callable

from edge.camera.aim import Sight
from edge.clock import VirtualClock
from edge.errors import NotLocated
from edge.inspector.core import Inspector
from edge.inspector.scoring import Scoring
from edge.parts import Frame, PartMap


class SteppedLine:
    """Drives an `Inspector` by events on a `VirtualClock`.

    Args:
        look: scores a part's picture, uint8 [H, W, 3] → PartMap; an exception is a fault of the model.
        takes_ns: how long scoring takes, asked for each part as it begins.
    """

    def __init__(
        self,
        inspector: Inspector,
        clock: VirtualClock,
        look: Callable[[Sight], PartMap],
        takes_ns: Callable[[Sight], int],
    ) -> None:
        self.inspector = inspector
        self._clock = clock
        self._look = look
        self._takes = takes_ns
        self._busy = False
        self._next: Scoring | None = None
        self._wake: int | None = None

    def trigger(self, at_ns: int) -> None:
        self.inspector.trigger(at_ns)
        self._poll()

    def tick(self, at_ns: int) -> None:
        """A pulse of an encoder with one channel."""
        self.step(1, at_ns)

    def step(self, direction: int, at_ns: int) -> None:
        """A step of an encoder with two channels."""
        self.inspector.step(direction, at_ns)
        self._poll()

    def cleared(self, at_ns: int) -> None:
        self.inspector.cleared(at_ns)
        self._poll()

    def arrived(self, at_ns: int) -> None:
        self.inspector.arrived(at_ns)
        self._poll()

    def departed(self, at_ns: int) -> None:
        self.inspector.departed(at_ns)
        self._poll()

    def passed(self, at_ns: int) -> None:
        self.inspector.passed(at_ns)
        self._poll()

    def ears(self) -> dict[str, Callable[..., object]]:
        """What `LinePins.listen` is given besides trigger and tick."""
        return {
            "cleared": self.cleared,
            "step": self.step,
            "arrived": self.arrived,
            "departed": self.departed,
            "passed": self.passed,
            "chute": self.chute,
            "acknowledge": self.inspector.acknowledge,
        }

    def chute(self, dark: bool, at_ns: int) -> None:
        """The sensor in the reject chute."""
        self.inspector.chute(dark, at_ns)
        self._poll()

    def frame(self, frame: Frame) -> None:
        self.inspector.frame(frame, self._clock.now_ns())
        self._score()
        self._poll()

    def swap(self, scoring: Scoring) -> None:
        """Another model scores from the next part on."""
        self._next = scoring
        self._score()

    def _score(self) -> None:
        if self._busy:
            return
        if self._next is not None:
            self._look = self._next.look
            self.inspector.adopt(self._next.judge, self._next.model_id)
            self._next = None
        sight = self.inspector.next_job()
        if sight is not None:
            self._busy = True
            self._clock.at(self._clock.now_ns() + self._takes(sight), lambda: self._scored(sight))

    def _scored(self, sight: Sight) -> None:
        self._busy = False
        now = self._clock.now_ns()
        try:
            part_map = self._look(sight)
        except NotLocated as error:
            self.inspector.unlocated(sight, now, error)
        except Exception as error:  # whatever the model raises, the part was not inspected
            self.inspector.failed(sight, f"{type(error).__name__}: {error}", now)
        else:
            self.inspector.judged(sight, part_map, now)
        self._score()
        self._poll()

    def _poll(self) -> None:
        now = self._clock.now_ns()
        wake = self.inspector.poll(now)
        # A wake booked earlier does no harm; one later than what is wanted now would.
        if wake is not None and (self._wake is None or wake < self._wake or self._wake <= now):
            self._wake = wake
            self._clock.at(wake, self._poll)
