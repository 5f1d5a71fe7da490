import threading

import pytest

from edge.clock import VirtualClock
from edge.config import LightConfig
from edge.errors import LightError
from edge.health import Check, Level
from edge.light.warming import warm_up


class Lamp:
    """Goes dark once it was not asked for 60 s, as the sketch's does."""

    lapses = 0

    def __init__(self, clock, level=Level.OK) -> None:
        self._clock, self._level, self._asked_ns = clock, level, 0
        self.longest_ns = 0

    def set(self, brightness: float) -> None:
        self._asked_ns = self._clock.now_ns()

    def check(self) -> Check:
        self.longest_ns = max(self.longest_ns, self._clock.now_ns() - self._asked_ns)
        self._asked_ns = self._clock.now_ns()
        return Check("light", self._level, "dark", "Look at its cable.")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("seconds", [0, 3, 5, 301.5])
def test_a_lamp_is_warm_after_its_time_and_was_asked_meanwhile(seconds):
    """A lamp that nobody asked for a minute went dark while it warmed up."""
    clock = VirtualClock()
    lamp = Lamp(clock)
    warm_up(lamp, LightConfig(warm_up_s=seconds), clock)
    assert clock.now_ns() == seconds * 1e9
    assert lamp.longest_ns <= 5e9


def test_a_lamp_that_fails_meanwhile_is_told():
    clock = VirtualClock()
    with pytest.raises(LightError, match=r"dark\. Look at its cable"):
        warm_up(Lamp(clock, Level.FAULT), LightConfig(warm_up_s=10), clock)


def test_who_stops_does_not_wait():
    clock, stop = VirtualClock(), threading.Event()
    stop.set()
    warm_up(Lamp(clock), LightConfig(warm_up_s=600), clock, stop)
    assert clock.now_ns() == 0
