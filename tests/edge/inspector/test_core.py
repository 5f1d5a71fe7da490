"""A belt at 100 mm/s; the camera 60 mm, the gate 400 mm behind the photo-eye; parts are 50 mm long at the most."""

import numpy as np
import pytest

from edge.camera.aim import Sight
from edge.clock import NS_PER_MS, NS_PER_S, VirtualClock
from edge.config import parse_config
from edge.errors import NotLocated, TooDark
from edge.inspector.assemble import make_inspector
from edge.parts import PartMap, Reason

TEXT = """
[trigger]
camera_mm = 60
longest_mm = 50
[ejector]
distance_mm = 400
pulse_ms = 60
[belt]
speed_mm_s = 100
"""


class Pin:
    high = False

    def on(self):
        self.high = True

    def off(self):
        self.high = False


class Line:
    def __init__(self):
        self.gate, self.records, self.ejections = Pin(), [], []
        self.inspector = make_inspector(
            parse_config(TEXT),
            VirtualClock(),
            self.gate,
            threshold=0.5,
            model_id="m",
            on_record=self.records.append,
            on_ejection=self.ejections.append,
        )

    def part(self, at_ms):
        """A part that is in its picture 600 ms after its trigger."""
        part = self.inspector.trigger(at_ms * NS_PER_MS)
        assert part is not None
        return Sight(part, np.zeros((4, 4, 3), np.uint8), (at_ms + 600) * NS_PER_MS, 0.0)


@pytest.fixture
def line():
    return Line()


def ms(number):
    return number * NS_PER_MS


@pytest.mark.parametrize(("why", "reason"), [(NotLocated("?"), Reason.NOT_LOCATED), (TooDark("?"), Reason.TOO_DARK)])
def test_a_part_that_cannot_be_seen_ends_with_its_reason_and_its_picture(line, why, reason):
    sight = line.part(0)
    line.inspector.unlocated(sight, ms(700), why)
    (record,) = line.records
    assert (record.account.reason, record.image is sight.image) == (reason, True)
    line.inspector.poll(ms(4000))
    assert line.gate.high


def test_times_to_the_verdict_count_from_trigger_and_from_picture(line):
    line.inspector.judged(line.part(0), PartMap(np.zeros((2, 2), np.float32), 0.1), ms(640))
    assert line.inspector.picture_to_verdict.quantile_ms(0.5) == pytest.approx(40, rel=0.07)
    assert line.inspector.trigger_to_verdict.quantile_ms(0.5) == pytest.approx(640, rel=0.07)


def test_a_verdict_that_comes_too_late_changes_nothing(line):
    sight = line.part(0)
    line.inspector.poll(ms(4000))
    line.inspector.judged(sight, PartMap(np.zeros((2, 2), np.float32), 0.1), ms(4001))
    assert [record.account.reason for record in line.records] == [Reason.NO_FRAME]
    assert line.inspector.tally.late_verdicts == 1
    assert line.inspector.trigger_to_verdict.count == 0


def test_a_verdict_that_comes_too_late_is_the_time_that_a_verdict_takes(line):
    """The budget knew only of verdicts that had come in time, and was well while parts were late."""
    sight = line.part(0)
    line.inspector.poll(ms(4000))
    line.inspector.judged(sight, PartMap(np.zeros((2, 2), np.float32), 0.1), ms(4001))
    assert line.inspector.picture_to_verdict.count == 1


def test_while_the_photo_eye_is_stuck_and_until_the_belt_has_run_clear_all_is_ejected(line):
    line.inspector.start(None, 0)
    line.inspector.trigger(0)
    line.inspector.poll(ms(490))
    assert not line.gate.high
    for at in (510, 600, 3000, 6000):
        line.inspector.poll(ms(at))
        assert line.gate.high
    line.inspector.cleared(ms(6000))
    line.inspector.poll(ms(6000 + 4490))
    assert line.gate.high
    line.inspector.poll(ms(6000 + 4510))
    assert not line.gate.high


def test_a_pulse_that_nobody_could_give_is_an_alarm_with_the_parts_number(line):
    line.part(0)
    line.inspector.cleared(ms(200))
    line.inspector.poll(6 * NS_PER_S)
    assert [check.text for check in line.inspector.watch.stop.checks()] == ["part 1: the computer was too busy"]
    assert [(one.part_id, one.confirmed) for one in line.ejections] == [(1, False)]
