import pytest

from edge.health import Level
from edge.line_stop import Alarm, LineStop


class Pin:
    high = False

    def on(self):
        self.high = True

    def off(self):
        self.high = False


@pytest.fixture
def pin():
    return Pin()


def test_a_reason_stops_the_line_until_somebody_acknowledges(pin):
    stop = LineStop(pin, [Alarm.JAM])
    stop.start()
    assert not pin.high
    stop.sound(Alarm.JAM, "the chute is jammed")
    assert pin.high
    assert stop.acknowledge()
    assert not pin.high
    assert stop.checks() == []


def test_an_alarm_that_is_no_reason_is_told_and_stops_nothing(pin):
    stop = LineStop(pin, [Alarm.JAM])
    stop.sound(Alarm.EYE, "the photo-eye is dark")
    assert not pin.high
    assert [(check.name, check.level) for check in stop.checks()] == [("eye", Level.FAULT)]


def test_an_output_that_lets_the_line_run_falls_when_it_shall_stop_and_when_the_box_does(pin):
    """Without power, or after a crash, such a line stands."""
    stop = LineStop(pin, [Alarm.JAM], run=True)
    stop.start()
    assert pin.high
    stop.sound(Alarm.JAM, "jam")
    assert not pin.high
    stop.acknowledge()
    assert pin.high
    stop.release()
    assert not pin.high


def test_the_check_names_the_last_part_and_how_often_it_happened():
    stop = LineStop(None, [])
    for number in (4, 9):
        stop.sound(Alarm.UNCONFIRMED, f"part {number}: nothing came")
    (check,) = stop.checks()
    assert check.text.startswith("part 9: nothing came (2 times")
    assert stop.raised == {"unconfirmed": 2}


def test_a_line_that_no_output_stops_is_not_said_to_stand():
    """The page said "stopped by the box" over a belt that ran on: nothing was wired that could have stopped it."""
    stop = LineStop(None, [Alarm.JAM])
    stop.sound(Alarm.JAM, "the chute is jammed")
    assert not stop.stopped
    assert [check.name for check in stop.checks()] == ["jam"]


def test_nothing_to_acknowledge_is_said(pin):
    assert not LineStop(pin, []).acknowledge()
