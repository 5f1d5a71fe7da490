import pytest
from silent_pin import SilentPin

from edge.clock import NS_PER_S
from edge.conveyor import SteadyBelt
from edge.inspector.trust import Trust
from edge.line_stop import Alarm, LineStop
from edge.web.ledger import Lengths
from edge.web.strips import Lost
from edge.web.watch import PerMetre, WebWatch


def a_watch(*asked: Alarm) -> WebWatch:
    watch = WebWatch(
        LineStop(SilentPin(), asked),
        Trust(SteadyBelt(100.0)),
        frozenset(asked),
        uninspected_mm=50,
        events_per_m=2,
        fault_s=3,
    )
    watch.stop.start()
    return watch


def lengths(travelled: int, lost: int) -> Lengths:
    return Lengths(travelled, travelled - lost, lost, 0, 1.0, ((Lost.GAP, lost),))


def test_what_came_more_than_a_metre_ago_counts_no_more():
    sums = PerMetre(2)
    assert [sums.add(place, 1) for place in (0, 600, 1100, 1500)] == [False, False, False, True]


def test_one_cause_is_told_once_and_not_with_every_look():
    """A counter that stayed above its limit was an alarm for each frame that followed."""
    watch = a_watch()
    for travelled in range(100, 900, 10):
        watch.looked(1, lengths(travelled, 60))
    assert watch.stop.raised == {"uninspected": 1}


def test_rolls_that_overlap_in_time_are_watched_each_for_itself():
    """The end of one roll is scored while the next has begun; taking turns, each was taken for a new one."""
    watch = a_watch()
    for lost in range(0, 45, 5):
        watch.looked(1, lengths(100 + lost, lost))
        watch.looked(2, lengths(10 + lost, 0))
    assert watch.stop.raised == {}
    watch.looked(1, lengths(200, 55))
    assert watch.stop.raised == {"uninspected": 1}


def test_too_many_events_on_a_metre_stop_the_line_where_that_is_asked_for():
    for asked, stopped in (((), False), ((Alarm.EVENTS,), True)):
        watch = a_watch(*asked)
        for place in (10, 20, 30):
            watch.event(1, place)
        assert watch.stop.stopped is stopped


@pytest.mark.parametrize("alarm", [Alarm.CAMERA, Alarm.LIGHT])
def test_a_fault_that_lasts_stops_the_line_and_one_that_passes_does_not(alarm):
    watch = a_watch(alarm)
    for second in (0, 1, 2):
        watch.failing({alarm: "broken"}, second * NS_PER_S)
    watch.failing({}, 3 * NS_PER_S)
    watch.failing({alarm: "broken"}, 4 * NS_PER_S)
    assert not watch.stop.stopped
    watch.failing({alarm: "broken"}, 7 * NS_PER_S)
    assert watch.stop.stopped


def test_a_fault_that_was_acknowledged_and_goes_on_stops_the_line_again():
    watch = a_watch(Alarm.CAMERA)
    for second in range(8):
        watch.failing({Alarm.CAMERA: "unplugged"}, second * NS_PER_S)
        if second == 3:
            assert watch.stop.acknowledge()
    assert watch.stop.stopped


def test_a_length_that_does_not_balance_is_an_alarm():
    watch = a_watch(Alarm.IMBALANCE)
    watch.looked(1, Lengths(100, 90, 5, 0, 1.0))
    assert watch.stop.stopped


def test_web_that_passes_without_a_roll_stops_the_line_where_that_is_asked_for():
    watch = a_watch(Alarm.NO_ROLL)
    for piece in (0.0, 40.0, 51.0, 60.0, 500.0):
        watch.outside(piece)
    assert watch.stop.raised == {"no_roll": 1}
    watch.outside(0.0)
    watch.outside(51.0)
    assert watch.stop.raised == {"no_roll": 2}
