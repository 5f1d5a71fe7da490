"""Pusher and flap at 100 mm, on a belt of 100 mm/s: 1 mm is 10 ms. The part is 40 mm long; its front comes at 1 s."""

import numpy as np
import pytest

from edge.clock import NS_PER_MS, VirtualClock
from edge.virtual.actuators import Flap, Pusher
from edge.virtual.belt import LaidPart
from edge.virtual.line import Layout, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory


def passed(actuator, *moves_ms, strength=1.0, back_ms=None) -> LaidPart:
    """Lets a part ride by while the pin rises and falls at these instants; the belt may run back at one."""
    clock = VirtualClock()
    pins = VirtualPinFactory(clock)
    optics = Optics(width_px=20, height_px=10, mm_per_px=4.0)
    line = VirtualLine(clock, pins, Layout(ejector_mm=100.0), optics, speed_mm_s=100.0, actuator=actuator)
    line.faults.jet = strength
    part = LaidPart(1, 0.0, 40.0, np.full((5, 10, 3), 200, np.uint8), bad=True)
    line.lay(part)
    pin = pins.pin(27)
    pin.function = "output"
    for n, ms in enumerate(moves_ms):
        clock.at(ms * NS_PER_MS, lambda high=n % 2 == 0: setattr(pin, "state", high))
    for ms in range(0, 6000, 5):
        clock.advance(5 * NS_PER_MS)
        line.advance()
        if ms == back_ms:
            line.set_speed(-100.0)
        elif back_ms is not None and ms == back_ms + 1000:
            line.set_speed(100.0)
    return part


@pytest.mark.parametrize(
    ("rise_ms", "ejected"),
    [(880, False), (950, False), (970, True), (1200, True), (1430, True), (1450, False), (1520, False)],
)
def test_a_pusher_throws_what_lies_before_a_third_of_it(rise_ms, ejected):
    """The plate reaches from 90 to 110 mm: the front is there at 0.9 s, the tail has left it at 1.5 s."""
    assert passed(Pusher(20.0, back_ms=0.0), rise_ms, rise_ms + 10).ejected is ejected


@pytest.mark.parametrize(("fall_ms", "ejected"), [(800, False), (830, True), (890, True)])
def test_a_pusher_on_its_way_back_is_in_the_way(fall_ms, ejected):
    assert passed(Pusher(20.0, back_ms=80.0), 700, fall_ms).ejected is ejected


@pytest.mark.parametrize(
    ("across_ms", "ejected"),
    [((900, 1040), False), ((900, 1060), True), ((1100, 1110), True), ((1190, 1300), True), ((1210, 1500), False)],
)
def test_a_flap_turns_away_what_has_no_more_than_its_front_half_past_it(across_ms, ejected):
    assert passed(Flap(depth_mm=5.0), *across_ms).ejected is ejected


@pytest.mark.parametrize("actuator", [Pusher(), Flap()])
def test_one_that_is_too_weak_moves_nothing_and_it_is_known(actuator):
    part = passed(actuator, 1100, 1150, strength=0.3)
    assert part.ejected is False
    assert part.spared_by_weakness


def test_a_part_that_comes_back_runs_against_a_pusher_that_is_out():
    assert not passed(Pusher(20.0), 1600, 1900).ejected
    assert passed(Pusher(20.0), 1600, 1900, back_ms=1595).ejected
