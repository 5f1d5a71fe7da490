"""A stream of 30 frames a second over a network that stands still."""

import pytest

from edge.camera.pace import Pace
from edge.clock import NS_PER_MS

PERIOD_MS = 33.0


def fresh(*gaps_ms: float, expected_ms: float = PERIOD_MS) -> list[bool]:
    """Whether each frame is young, after so many milliseconds each."""
    pace, now = Pace(round(expected_ms * NS_PER_MS)), 0.0
    pace.fresh(0)
    found = []
    for gap in gaps_ms:
        now += gap
        found.append(pace.fresh(round(now * NS_PER_MS)))
    return found


def test_frames_that_come_at_their_pace_are_young():
    assert all(fresh(*[33, 30, 38, 25, 44] * 20))


def test_the_first_of_all_is_not_known_to_be():
    assert Pace(33 * NS_PER_MS).fresh(5) is False


def test_after_a_standstill_nothing_is_young_until_the_pace_is_back():
    """Twelve pictures came in a burst, and all of them counted as taken at that instant."""
    after = fresh(*[33] * 10, 400, *[1] * 11, 33, 33)[10:]
    assert after == [False] * 12 + [True, True]


@pytest.mark.parametrize("real_ms", [3.3, 200.0, 1000.0])
def test_a_pace_that_is_not_the_configured_one_is_learnt(real_ms):
    found = fresh(*[real_ms] * 60)
    assert found[-40:] == [True] * 40


def test_frames_that_come_in_pairs_give_every_second_one():
    assert fresh(*[0.5, 66] * 20)[-10:] == [False, True] * 5
