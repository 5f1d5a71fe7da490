import pytest
from silent_pin import SilentPin

from edge.clock import NS_PER_S
from edge.ejector import Poll
from edge.ejector.confirm import Confirm
from edge.ejector.places import Places
from edge.inspector.watch import Watch
from edge.ledger import Counts
from edge.line_stop import Alarm, LineStop
from edge.parts import Account, Ejection, Part, Reason, State, Trigger


def part(number):
    return Part(number, Trigger(0, 100.0 * number))


def uninspected(number):
    return Account(part(number), State.UNINSPECTED, 0, Reason.NO_FRAME)


@pytest.fixture
def told():
    return []


@pytest.fixture
def watch(told):
    stop = LineStop(SilentPin(), [Alarm.UNINSPECTED])
    watch = Watch(stop, uninspected=3, pass_eye=Places(500.0, 20.0), on_ejection=told.append)
    for number in (1, 2):
        watch.expect(part(number))
    return watch


def pulse(number):
    return Ejection(number, 0.0, NS_PER_S, NS_PER_S)


def test_a_part_that_was_ejected_and_comes_behind_the_gate_is_told_at_once(watch, told):
    watch.polled(Poll(ejections=(pulse(1),)), False, 0)
    watch.passed(605.0, False)
    assert [(e.part_id, e.confirmed) for e in told] == [(1, None), (1, False)]
    assert watch.tally.unconfirmed == 1
    assert watch.stop.raised == {"unconfirmed": 1}


def test_a_part_that_passed_and_comes_behind_the_gate_is_no_alarm(watch):
    watch.passed(598.0, False)
    assert watch.stop.raised == {}


def test_a_part_that_passed_and_does_not_come_is_an_alarm(watch):
    watch.poll(0, 625.0)
    assert "part 1 passed, and did not come" in watch.stop.checks()[0].text


def test_a_part_that_was_ejected_and_does_not_come_is_as_it_should_be(watch):
    watch.polled(Poll(ejections=(pulse(1),)), False, 0)
    watch.poll(0, 625.0)
    assert watch.stop.raised == {}


def test_something_behind_the_gate_that_nobody_expected_is_an_alarm_unless_the_belt_is_purged(watch):
    watch.passed(560.0, True)
    assert watch.stop.raised == {}
    watch.passed(565.0, False)
    assert watch.stop.raised == {"belt": 1}


def test_parts_in_a_row_that_nobody_inspected_stop_the_line(watch):
    balanced = Counts(1, 0, 0, 1, 0)
    for number in (1, 2):
        watch.closed(uninspected(number), balanced)
    watch.closed(Account(part(3), State.PASSED, 0), balanced)
    watch.closed(uninspected(4), balanced)
    assert not watch.stop.stopped
    for number in (5, 6):
        watch.closed(uninspected(number), balanced)
    assert watch.stop.stopped


def test_a_ledger_out_of_balance_is_an_alarm(watch):
    watch.closed(uninspected(1), Counts(5, 1, 1, 1, 1))
    assert watch.stop.raised == {"imbalance": 1}


def test_a_good_part_that_was_taken_along_is_counted_and_no_alarm(watch, told):
    watch.polled(Poll(taken=(Ejection(2, 0.0, 0, 0, note="ejected along with part 1", taken_with=1),)), False, 0)
    assert watch.tally.taken == 1
    assert told[0].taken_with == 1
    assert watch.stop.raised == {}


def test_an_ejection_that_nothing_followed_is_an_alarm_and_a_good_part_that_was_taken_along_is_none(told):
    sensor = Confirm(after_ns=0, within_ns=NS_PER_S, debounce_ns=0, jam_ns=9 * NS_PER_S)
    watch = Watch(LineStop(None, []), sensor, on_ejection=told.append)
    watch.polled(Poll(ejections=(pulse(1),), taken=(pulse(2),)), False, NS_PER_S)
    watch.poll(2 * NS_PER_S, 0.0)
    assert watch.stop.raised == {}
    watch.poll(2 * NS_PER_S + 1, 0.0)
    assert watch.stop.raised == {"unconfirmed": 1}
    assert [(e.part_id, e.confirmed) for e in told] == [(1, None), (2, None), (1, False)]
