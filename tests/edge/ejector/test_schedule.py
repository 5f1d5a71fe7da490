"""The schedule and the pulse, on a belt that runs at 100 mm/s: 1 mm is 10 ms."""

import pytest

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import SteadyBelt
from edge.ejector import Ejector, Profile
from edge.parts import Part, Trigger

MS = NS_PER_MS


class Pin:
    """Remembers its level, and when it was told."""

    def __init__(self) -> None:
        self.high = False

    def on(self) -> None:
        self.high = True

    def off(self) -> None:
        self.high = False


def part(number: int, at_mm: float) -> Part:
    return Part(number, Trigger(round(at_mm / 100 * NS_PER_S), at_mm))


@pytest.fixture
def pin() -> Pin:
    return Pin()


@pytest.fixture
def ejector(pin) -> Ejector:
    """Ejects 50 mm after the trigger, for 60 ms; wants its word 5 ms before."""
    return Ejector(SteadyBelt(100.0), pin, distance_mm=50.0, profile=Profile(), decide_ns=5 * MS)


def high_times(ejector: Ejector, pin: Pin, until_ms: int) -> list[int]:
    """Milliseconds at which the pin was high, looking every millisecond."""
    times = []
    for ms in range(until_ms):
        ejector.poll(ms * MS)
        if pin.high:
            times.append(ms)
    return times


def test_the_pulse_is_centred_on_the_part(ejector, pin):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    times = high_times(ejector, pin, 1000)
    assert (times[0], times[-1]) == (470, 529)


def test_a_part_that_passed_is_spared(ejector, pin):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=False)
    assert high_times(ejector, pin, 1000) == []


def test_a_slow_actuator_gets_its_lead(pin):
    ejector = Ejector(SteadyBelt(100.0), pin, distance_mm=50.0, profile=Profile(lead_ns=30 * MS))
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    assert high_times(ejector, pin, 1000)[0] == 440


def test_a_part_nobody_spoke_for_is_named_in_time_and_only_once(ejector):
    ejector.expect(part(1, 0.0))
    assert not ejector.poll(464 * MS).overdue
    assert [p.id for p in ejector.poll(465 * MS).overdue] == [1]
    assert not ejector.poll(466 * MS).overdue


def test_a_part_nobody_ever_decides_on_is_ejected(ejector, pin):
    """Silence is not a pass."""
    ejector.expect(part(1, 0.0))
    assert high_times(ejector, pin, 1000)[0] == 470


def test_a_word_that_comes_too_late_is_refused(ejector, pin):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    ejector.poll(480 * MS)
    assert not ejector.decide(1, eject=False)
    assert pin.high


def test_windows_that_touch_are_joined(ejector, pin):
    for number, at_mm in ((1, 0.0), (2, 5.0)):
        ejector.expect(part(number, at_mm))
        ejector.decide(number, eject=True)
    times = high_times(ejector, pin, 1000)
    assert times == list(range(470, 580))


def test_a_good_part_between_two_bad_ones_sees_the_pin_low(ejector, pin):
    for number, (at_mm, eject) in enumerate(((0.0, True), (10.0, False), (20.0, True)), start=1):
        ejector.expect(part(number, at_mm))
        ejector.decide(number, eject=eject)
    times = high_times(ejector, pin, 1000)
    assert not set(times) & set(range(570, 630))


def test_a_pulse_that_began_late_still_ends_on_time(ejector, pin):
    """A late pulse that kept its length would hit the next part."""
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    poll = ejector.poll(500 * MS)
    assert pin.high
    assert [(e.due_ns, e.done_ns) for e in poll.ejections] == [(470 * MS, 500 * MS)]
    ejector.poll(530 * MS)
    assert not pin.high


def test_a_part_that_went_by_is_reported_and_nothing_is_fired_after_it(ejector, pin):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    poll = ejector.poll(600 * MS)
    assert [e.part_id for e in poll.missed] == [1]
    assert not pin.high


def test_it_says_when_it_wants_to_be_called(ejector):
    assert ejector.next_ns(0) is None
    ejector.expect(part(1, 0.0))
    assert ejector.next_ns(0) == 465 * MS
    ejector.decide(1, eject=True)
    assert ejector.next_ns(0) == 470 * MS
    ejector.poll(470 * MS)
    assert ejector.next_ns(470 * MS) == 530 * MS


def test_a_purge_ejects_what_came_unseen_and_ends_by_belt_travel(ejector, pin):
    ejector.purge(until_mm=20.0)
    assert high_times(ejector, pin, 1000) == list(range(200))


def test_a_purge_does_not_cut_a_pulse_short(ejector, pin):
    ejector.purge(until_mm=48.0)
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    assert high_times(ejector, pin, 1000)[-1] == 529


def test_release_puts_the_pin_to_its_safe_level(ejector, pin):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    ejector.poll(480 * MS)
    ejector.release()
    assert not pin.high
    assert high_times(ejector, pin, 1000) == []


def test_a_part_that_was_seen_behind_its_place_is_ejected_there(ejector, pin):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=True)
    ejector.shift(1, 10.0)
    times = high_times(ejector, pin, 1000)
    assert (times[0], times[-1]) == (570, 629)


def test_a_part_that_passes_keeps_its_turn_until_it_is_there_and_leaves_nothing_behind(ejector):
    ejector.expect(part(1, 0.0))
    ejector.decide(1, eject=False)
    ejector.poll(469 * MS)
    assert ejector.next_ns(469 * MS) == 470 * MS
    ejector.poll(470 * MS)
    assert ejector.next_ns(470 * MS) is None
    assert not ejector.decide(1, eject=True)
