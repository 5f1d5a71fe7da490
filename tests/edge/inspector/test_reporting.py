import pytest

from edge.budget import Histogram
from edge.clock import NS_PER_MS
from edge.health import Level
from edge.inspector.reporting import pulse_checks


def late(ms, pulses=100):
    histogram = Histogram()
    for _ in range(pulses):
        histogram.add(round(ms * NS_PER_MS))
    return histogram


@pytest.mark.parametrize(
    ("ms", "realtime", "level", "mend"),
    [
        (0.1, True, Level.OK, ""),
        (0.1, False, Level.OK, ""),
        (8.0, False, Level.WARNING, "LimitRTPRIO"),
        (8.0, True, Level.WARNING, "other programs"),
    ],
)
def test_pulses_that_begin_late_are_told_with_what_mends_them(ms, realtime, level, mend):
    """A pulse thread without its priority was a line in the log, and pulses that came 5 ms late were nobody's news."""
    (check,) = pulse_checks(late(ms), realtime)
    assert check.level is level
    assert mend in check.mend


def test_a_few_pulses_prove_nothing():
    assert pulse_checks(late(8.0, pulses=5), realtime=False) == []
