"""A belt of 100 mm/s with one pulse a millimetre; the longest part has 80 mm, the eye before the gate stands at 300."""

import pytest

from edge.clock import NS_PER_MS
from edge.conveyor import EncoderBelt
from edge.ejector.places import Places
from edge.inspector.trust import Trust
from edge.line_stop import Alarm
from edge.parts import Part, Trigger

MS = NS_PER_MS
BOUNCE = 20 * MS


class Line:
    def __init__(self, **settings):
        self.belt = EncoderBelt(1.0, 100.0, stall_ns=200 * MS)
        self.trust = Trust(self.belt, **settings)
        self.now = 0

    def travel(self, mm, ms_per_mm=10):
        for _ in range(mm):
            self.now += ms_per_mm * MS
            self.belt.tick(self.now)
        return self

    def wait(self, ms):
        self.now += ms * MS
        return self

    def dark(self):
        return self.trust.eye(True, self.now, BOUNCE)

    def bright(self):
        return self.trust.eye(False, self.now, BOUNCE)


def alarm(trouble):
    return trouble[0] if trouble else None


def test_parts_that_come_while_the_encoder_stands_find_it_out():
    """Their edges were taken for bounces of the first part, and all of them went by unseen."""
    line = Line().travel(100)
    found = []
    for _ in range(4):
        line.wait(400)
        found.append(alarm(line.dark()))
    assert Alarm.BELT in found


def test_a_contact_that_bounces_on_a_standing_belt_finds_nothing_out():
    line = Line().travel(100).wait(400)
    assert [line.wait(5).dark() for _ in range(10)] == [None] * 10


def test_parts_on_a_belt_that_moves_are_no_trouble():
    line = Line(longest_mm=80.0)
    for _ in range(5):
        assert line.travel(60).dark() is None
        assert line.travel(60).bright() is None
        assert line.trust.poll(line.now) is None


def test_an_eye_that_stays_dark_for_longer_than_any_part_is_stuck_once():
    line = Line(longest_mm=80.0).travel(10)
    line.dark()
    line.travel(85)
    assert alarm(line.trust.poll(line.now)) is Alarm.EYE
    assert line.trust.eye_stuck
    assert line.trust.poll(line.now) is None
    line.bright()
    assert not line.trust.eye_stuck


def test_a_part_that_stands_before_the_eye_on_a_standing_belt_is_not_stuck():
    line = Line(longest_mm=80.0).travel(10)
    line.dark()
    assert line.wait(60_000).trust.poll(line.now) is None


def test_a_speed_that_is_not_the_belts_is_told_after_a_second():
    line = Line(expected_mm_s=100.0, tolerance=0.2).travel(20, ms_per_mm=20)
    assert line.trust.poll(line.now) is None
    line.travel(60, ms_per_mm=20)
    assert alarm(line.trust.poll(line.now)) is Alarm.BELT


def test_missed_edges_of_a_quadrature_encoder_are_told():
    line = Line()
    line.trust.illegal = 3
    assert line.trust.poll(0) is None
    line.trust.illegal = 4
    assert alarm(line.trust.poll(0)) is Alarm.BELT
    assert line.trust.poll(0) is None


def test_an_encoder_with_one_dead_channel_is_told_once():
    line = Line().travel(50)
    for n in range(12):
        line.belt.step(1 if n % 2 == 0 else -1, line.wait(20).now)
    assert alarm(line.trust.poll(line.now)) is Alarm.BELT
    assert line.trust.poll(line.now) is None


@pytest.fixture
def watched():
    line = Line(gate_eye=Places(300.0, 10.0, min_gap_mm=5.0))
    line.trust.expect(Part(1, Trigger(0, 0.0)))
    return line


def test_a_part_that_comes_to_the_gate_takes_its_place_anew(watched):
    part, behind, trouble = watched.travel(306).trust.arrived(watched.now, purging=False)
    assert (part.id, trouble) == (1, None)
    assert behind == pytest.approx(6.0, abs=1.0)


def test_something_that_nobody_expected_there_is_trouble(watched):
    part, _, trouble = watched.travel(200).trust.arrived(watched.now, purging=False)
    assert part is None
    assert alarm(trouble) is Alarm.BELT


def test_while_the_belt_is_purged_anything_may_come(watched):
    assert watched.travel(200).trust.arrived(watched.now, purging=True)[2] is None


def test_a_part_that_does_not_come_to_the_gate_is_trouble(watched):
    assert alarm(watched.travel(315).trust.poll(watched.now)) is Alarm.BELT


def test_a_part_that_comes_to_the_gate_while_the_encoder_stands_finds_it_out(watched):
    """Its edge was taken for a bounce of the last one: a belt with pockets has no other eye that could tell."""
    assert watched.travel(300).trust.arrived(watched.now, purging=False)[0] is not None
    assert watched.wait(10).trust.arrived(watched.now, purging=False)[2] is None
    assert alarm(watched.wait(400).trust.arrived(watched.now, purging=False)[2]) is Alarm.BELT


def test_a_hole_in_a_part_that_comes_to_the_gate_slowly_finds_nothing_out(watched):
    watched.travel(300).trust.arrived(watched.now, purging=False)
    assert watched.travel(3, ms_per_mm=60).trust.arrived(watched.now, purging=False)[2] is None
