"""A web that stops its line, on the virtual clock: the drive obeys the pin."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web_on_the_line import PITCH, ROWS, a_rig, assert_account_is_whole, end_roll, start_roll

from edge.health import Level
from edge.virtual.membrane import SPEED_MM_S, Pinhole
from edge.virtual.web_rig import WebRig
from edge.web.assemble import WebScoring
from edge.web.health import account_checks

STOP_PIN = 22


def stopping(holes: list[Pinhole] | None = None, **stop) -> WebRig:
    more = {key: stop.pop(key) for key in ("ejector", "takes_ms", "model", "overlap") if key in stop}
    return a_rig(holes, line_stop={"pin": STOP_PIN, **stop}, **more)


def stands(rig: WebRig) -> bool:
    return rig.belt.speed(rig.clock.now_ns()) == 0.0


def go_on(rig: WebRig) -> None:
    assert rig.line.watch.stop.acknowledge()
    rig.set_speed(SPEED_MM_S)


def test_a_camera_that_dies_stops_the_web_before_much_of_it_has_passed_unseen():
    rig = stopping(reasons=["uninspected"], uninspected_mm=20)
    start_roll(rig)
    rig.run(1.0)
    rig.camera_works = False
    rig.run(3.0)
    assert stands(rig)
    assert rig.line.watch.stop.raised == {"uninspected": 1}
    rig.camera_works = True
    go_on(rig)
    rig.run(1.0)
    assert not stands(rig)
    end_roll(rig)
    assert_account_is_whole(rig)
    assert sum(stretch.length_mm for stretch in rig.stretches) < 20 + 4 * ROWS * PITCH


def test_a_model_that_leaves_out_every_second_strip_stops_the_web_too():
    """Many short gaps were each too short to be noticed."""
    rig = stopping(reasons=["uninspected"], uninspected_mm=100, takes_ms=lambda: 90.0, model={"queue": 1})
    start_roll(rig)
    rig.run(20.0)
    assert stands(rig)


def test_a_web_that_is_full_of_holes_stops_where_that_is_asked_for():
    holes = [Pinhole(30.0 + 8.0 * i, 8.0, 0.4) for i in range(30)]
    rig = stopping(holes, reasons=["events"], events_per_m=5)
    start_roll(rig)
    rig.run(4.0)
    assert stands(rig)
    assert rig.belt.position(rig.clock.now_ns()) < holes[5].at_mm + 4 * ROWS * PITCH


def test_a_mark_that_came_too_late_is_an_alarm_that_names_the_place():
    rig = stopping([Pinhole(40.0, 8.0, 0.4)], ejector={"distance_mm": 101.0})
    start_roll(rig)
    rig.run(2.0)
    assert stands(rig)
    told = rig.line.watch.stop.checks()[0]
    assert "0.04 m" in told.text
    assert "ejector.distance_mm" in told.mend


def test_an_encoder_whose_edges_are_missed_stops_the_web():
    rig = stopping()
    start_roll(rig)
    rig.run(0.5)
    for _ in range(4):
        rig.line.step(0, rig.clock.now_ns())
    rig.run(0.1)
    assert stands(rig)


def test_an_encoder_that_falls_silent_under_a_running_web_stops_it():
    """Nothing travelled, so nothing was missed: the rest of the roll went by, and nobody was told."""
    rig = stopping()
    start_roll(rig)
    rig.run(4.0)
    rig.encoder_works = False
    rig.run(3.0)
    assert stands(rig)
    assert "its pulses do not arrive" in rig.line.watch.stop.checks()[0].text


def test_a_web_that_really_stands_is_believed_to():
    rig = stopping()
    start_roll(rig)
    for _ in range(3):
        rig.run(3.0)
        rig.set_speed(0.0)
        rig.run(10.0)
        rig.set_speed(SPEED_MM_S)
    rig.run(1.0)
    assert rig.line.watch.stop.raised == {}


def test_web_that_passes_without_a_roll_is_counted_told_and_stops_the_line_where_that_is_asked_for():
    """Between the end of one roll and the beginning of the next, web passed that nobody looked at, and nothing said
    so afterwards."""
    rig = stopping(reasons=["no_roll"], uninspected_mm=60)
    start_roll(rig)
    before = rig.line.account(rig.clock.now_ns()).outside_mm
    assert before == pytest.approx(0.1 * SPEED_MM_S, abs=1.0)
    rig.run(1.0)
    end_roll(rig)
    account = rig.line.account(rig.clock.now_ns())
    assert account.outside_mm == pytest.approx(before + SPEED_MM_S, abs=ROWS * PITCH)
    (check,) = account_checks(account)
    assert check.level is Level.WARNING
    assert f"{account.outside_mm / 1000:.3f} m" in check.text
    rig.run(1.0)
    assert stands(rig)
    rig.line.start_roll("", rig.clock.now_ns())
    go_on(rig)
    rig.run(1.0)
    assert {check.name for check in account_checks(rig.line.account(rig.clock.now_ns()))} == {"web outside"}
    end_roll(rig)
    assert_account_is_whole(rig)


def test_nothing_stops_a_web_that_is_well():
    rig = stopping(
        [Pinhole(60.0 + 300.0 * i, 8.0, 0.4) for i in range(3)],
        reasons=["unconfirmed", "imbalance", "uninspected", "belt", "events", "camera_fault", "light_fault"],
    )
    start_roll(rig)
    rig.run(15.0)
    end_roll(rig)
    rig.run(15.0)
    assert not stands(rig)
    assert rig.line.watch.stop.raised == {}
    assert len(rig.events) == 3


class Somebody:
    """Acts on a web by chance: rolls end and begin, cameras fail, lamps flicker, models break or change, lines stop."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.rig = stopping(
            reasons=["uninspected", "no_roll"],
            uninspected_mm=15,
            takes_ms=lambda: self._draw.choice((5.0, 40.0, 120.0)),
        )
        self.rig.lit = lambda taken_ns: self._draw.random() < 0.95
        bright = self.rig.look

        def look(image):
            if self._draw.random() < 0.05:
                raise RuntimeError("the graph broke")
            return bright(image)

        self.rig.look = look

    def act(self) -> None:
        rig, now = self.rig, self.rig.clock.now_ns()
        what = self._draw.choice(("run", "run", "roll", "end", "signal", "camera", "speed", "model"))
        if what == "roll":
            rig.line.start_roll("", now)
        elif what == "end":
            rig.line.end_roll(now)
        elif what == "signal":
            rig.line.signal(now)
        elif what == "camera":
            rig.camera_works = not rig.camera_works
        elif what == "speed":
            rig.set_speed(self._draw.choice((0.0, 30.0, SPEED_MM_S, 150.0)))
        elif what == "model":
            other = WebScoring(rig.look, 0.5, f"model at {now}")
            rig.change.swap(other, at_once=self._draw.random() < 0.3)
        self.go_on()
        rig.run(self._draw.uniform(0.05, 0.6))

    def go_on(self) -> None:
        if stands(self.rig) and self.rig.line.watch.stop.acknowledge():
            self.rig.set_speed(SPEED_MM_S)

    def leave(self) -> None:
        """All is well again, and the last roll ends."""
        rig = self.rig
        rig.camera_works, rig.lit = True, lambda taken_ns: True
        for _ in range(8):  # a signal of a roll may lie 100 mm before the camera
            rig.line.end_roll(rig.clock.now_ns())
            self.go_on()
            rig.set_speed(SPEED_MM_S)
            rig.run(0.5)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_whatever_happens_all_that_travelled_is_in_one_account(seed):
    """Cameras that fail, lamps that flicker, models that break and change, rolls that end and begin, lines that stop:
    inspected + uninspected + outside = travelled, at every step."""
    somebody = Somebody(seed)
    for _ in range(30):
        somebody.act()
        assert all(roll.lengths().balanced for roll in somebody.rig.line.rolls)
    somebody.leave()
    assert_account_is_whole(somebody.rig)
