import pytest

from edge.errors import UsageError
from edge.line_stop import Alarm, LineStop
from edge.telemetry.acknowledging import acknowledging


@pytest.fixture
def stop():
    stop = LineStop(None, [Alarm.JAM])
    stop.sound(Alarm.JAM, "dark for 2 s")
    return stop


def test_what_was_seen_is_acknowledged(stop):
    assert acknowledging(stop.acknowledge)({"alarms": {"jam": 1}}) == {"acknowledged": True}
    assert not stop.raised


@pytest.mark.parametrize("seen", [{}, {"unconfirmed": 1}, {"jam": 0}])
def test_what_came_since_is_not(stop, seen):
    """Somebody acknowledged one alarm, and with it a second that came while the message was under way."""
    with pytest.raises(UsageError, match="since then: jam"):
        acknowledging(stop.acknowledge)({"alarms": seen})
    assert stop.raised == {"jam": 1}


def test_who_does_not_say_what_was_seen_stands_at_the_line(stop):
    assert acknowledging(stop.acknowledge)({}) == {"acknowledged": True}
    assert acknowledging(stop.acknowledge)({}) == {"acknowledged": False}


@pytest.mark.parametrize("arguments", [{"alarms": ["jam"]}, {"alarms": {"jam": "1"}}, {"alarm": {"jam": 1}}])
def test_what_is_no_list_of_alarms_is_refused(stop, arguments):
    with pytest.raises(ValueError, match="alarms"):
        acknowledging(stop.acknowledge)(arguments)
    assert stop.raised == {"jam": 1}
