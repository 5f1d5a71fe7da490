"""Parts that lie askew, under a lamp that ages and a lens that is knocked."""

import pytest

from edge.imaging.watch import ImagingWatch
from edge.virtual.closed_loop import Plan, amiss, ride
from edge.virtual.closed_loop.amiss import what_deceives_the_model_is_told
from edge.virtual.faults import Fault

TURNS = (-38.0, -12.0, 0.0, 7.0, 25.0, 39.0)


def rode(*faults, parts=90):
    bad = tuple(n % 4 == 1 for n in range(parts))
    return ride(Plan(bad, (40.0,), (20.0,), faults, turns_deg=TURNS, line="askew"))


def test_parts_that_lie_askew_are_judged_upright():
    loop = rode(parts=24)
    assert [part.ejected for part in loop.parts] == [part.bad for part in loop.parts]
    assert loop.imaging.said == {}


@pytest.mark.parametrize(
    ("fault", "check", "says"),
    [
        (Fault(kind="light_aged", at_s=26, value=0.75), "imaging.brightness", "light 2"),
        (Fault(kind="blur", at_s=26, value=2.5), "imaging.sharpness", "along both axes"),
    ],
)
def test_lamp_and_lens_are_named(fault, check, says):
    loop = rode(fault)
    assert says in loop.imaging.said[check]
    assert set(loop.imaging.said) == {check}
    assert amiss(loop) == []


def test_a_lens_that_hides_defects_is_told_within_the_window():
    """Blurred, each bad part looks good: the box cannot know of any, and must say that its pictures changed."""
    loop = rode(Fault(kind="blur", at_s=26, value=5))
    assert len(loop.imaging.deceived) >= 5
    assert amiss(loop) == []


def test_an_imaging_watch_that_is_silent_is_found_out(monkeypatch):
    monkeypatch.setattr(ImagingWatch, "checks", lambda self: [])
    loop = rode(Fault(kind="blur", at_s=26, value=5))
    assert list(what_deceives_the_model_is_told(loop))


def test_a_camera_that_was_knocked_aside_misses_no_defect():
    loop = rode(Fault(kind="lens_knocked", at_s=3, value=12), parts=24)
    assert [part.ejected for part in loop.parts] == [part.bad for part in loop.parts]
