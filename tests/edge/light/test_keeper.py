"""Off when idle, warm before anybody is judged."""

import pytest

from edge.clock import NS_PER_S, VirtualClock
from edge.config import LightConfig
from edge.errors import LightError, NotLocated
from edge.health import Check, Level
from edge.light import LightKeeper, NoLight


class Lamp:
    def __init__(self) -> None:
        self.told: list[float] = []
        self.broken = False
        self.lapses = 0

    def set(self, brightness: float) -> None:
        if self.broken:
            raise LightError("gone")
        self.told.append(brightness)

    def check(self) -> Check:
        return Check("light", Level.OK, "shines")

    def close(self) -> None:
        self.told.append(0.0)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def lamp() -> Lamp:
    return Lamp()


def started(lamp, clock, **settings) -> LightKeeper:
    keeper = LightKeeper(lamp, LightConfig(**{"kind": "serial", "brightness": 0.8, **settings}), clock)
    keeper.start()
    return keeper


def idle(keeper, clock, seconds, triggered=0) -> None:
    for _ in range(2 * seconds):
        clock.advance(NS_PER_S // 2)
        keeper.report(triggered)


def test_a_light_stays_on_unless_it_is_told_to_rest(lamp, clock):
    idle(started(lamp, clock), clock, 10_000)
    assert lamp.told == [0.8]


def test_without_parts_it_goes_off_and_comes_on_with_the_next(lamp, clock):
    keeper = started(lamp, clock, idle_off_s=60)
    idle(keeper, clock, 59)
    assert lamp.told == [0.8]
    idle(keeper, clock, 2)
    assert lamp.told == [0.8, 0.0]
    assert [check.text for check in keeper.checks()] == ["off: no part for 60 s"]
    idle(keeper, clock, 1, triggered=1)
    assert lamp.told == [0.8, 0.0, 0.8]
    assert [check.text for check in keeper.checks()] == ["shines"]


def test_no_part_is_judged_in_the_dark_or_before_the_lamp_is_warm(lamp, clock):
    """The first part after a break was black, scored like any other, and passed."""
    keeper = started(lamp, clock, idle_off_s=60, warm_up_s=5)
    with pytest.raises(NotLocated, match="not warm"):
        keeper.require(clock.now_ns())
    keeper.require(clock.now_ns() + 5 * NS_PER_S)
    idle(keeper, clock, 61)
    with pytest.raises(NotLocated):
        keeper.require(clock.now_ns())
    idle(keeper, clock, 1, triggered=1)
    with pytest.raises(NotLocated):
        keeper.require(clock.now_ns())
    keeper.require(clock.now_ns() + 5 * NS_PER_S)


def test_a_brightness_that_was_commanded_is_kept_over_a_rest(lamp, clock):
    keeper = started(lamp, clock, idle_off_s=60)
    assert keeper.command({"brightness": 0.5}) == {"brightness": 0.5}
    idle(keeper, clock, 61)
    idle(keeper, clock, 1, triggered=1)
    assert lamp.told == [0.8, 0.5, 0.0, 0.5]


@pytest.mark.parametrize("arguments", [{}, {"brightness": True}, {"brightness": "1"}])
def test_a_command_without_a_brightness_is_refused(lamp, clock, arguments):
    with pytest.raises(ValueError, match="brightness is missing"):
        started(lamp, clock).command(arguments)


def test_a_lamp_that_was_commanded_dark_judges_nobody(lamp, clock):
    """`{"brightness": 0}` was warm at once, and parts were judged in the dark."""
    keeper = started(lamp, clock, warm_up_s=5)
    idle(keeper, clock, 10)
    keeper.command({"brightness": 0})
    with pytest.raises(NotLocated):
        keeper.require(clock.now_ns())
    keeper.command({"brightness": 0.5})
    with pytest.raises(NotLocated):
        keeper.require(clock.now_ns())
    idle(keeper, clock, 5)
    keeper.require(clock.now_ns())


def test_who_has_no_lamp_judges_by_daylight_and_takes_no_command(clock):
    """`idle_off_s` without a light of one's own threw out the first part after each break."""
    keeper = started(NoLight(), clock, kind="none", idle_off_s=60)
    idle(keeper, clock, 61)
    keeper.require(clock.now_ns())
    with pytest.raises(ValueError, match="no light"):
        keeper.command({"brightness": 0.5})


def test_a_lamp_that_is_gone_stops_nobody(lamp, clock):
    lamp.broken = True
    keeper = started(lamp, clock, idle_off_s=60)
    idle(keeper, clock, 1)
    keeper.require(clock.now_ns())


def test_a_lamp_that_went_dark_by_itself_warms_up_anew(lamp, clock):
    """A controller that restarted was set again, and parts were judged by a cold lamp."""
    keeper = started(lamp, clock, warm_up_s=5)
    idle(keeper, clock, 10)
    keeper.require(clock.now_ns())
    lamp.check = lambda: lapse(lamp)
    idle(keeper, clock, 5)
    with pytest.raises(NotLocated, match="not warm"):
        keeper.require(clock.now_ns())
    idle(keeper, clock, 6)
    keeper.require(clock.now_ns())


def lapse(lamp) -> Check:
    lamp.lapses = 1
    return Check("light", Level.OK, "shines")
