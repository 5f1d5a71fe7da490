"""Gate, pusher and jet on a belt that runs at 100 mm/s: 1 mm is 10 ms. Parts are 20 mm long, the ejector 50 mm away."""

from dataclasses import replace

import pytest

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import EncoderBelt, SteadyBelt
from edge.ejector import Ejector, Profile
from edge.parts import Part, Trigger

MS = NS_PER_MS
JET = Profile("air_jet", pulse_ns=60 * MS, part_mm=20.0)


class Pin:
    def __init__(self):
        self.high = False

    def on(self):
        self.high = True

    def off(self):
        self.high = False


class Gate:
    """An ejector, its pin, and what it said, looked at every millisecond."""

    def __init__(self, profile, parts, belt=None):
        self.pin = Pin()
        self.ejector = Ejector(belt or SteadyBelt(100.0), self.pin, distance_mm=50.0, profile=profile, decide_ns=5 * MS)
        for number, (at_mm, _) in enumerate(parts, start=1):
            self.ejector.expect(Part(number, Trigger(round(at_mm / 100 * NS_PER_S), at_mm)))
        for number, (_, eject) in enumerate(parts, start=1):
            if eject is not None:
                self.ejector.decide(number, eject=eject)
        self.high, self.pulsed, self.missed, self.narrowed, self.taken, self.overdue = [], [], [], [], [], []
        self.wakes = []

    def run(self, *span_ms):
        for ms in range(*span_ms):
            poll = self.ejector.poll(ms * MS)
            self.overdue += [(part.id, ms) for part in poll.overdue]
            for name in ("missed", "narrowed", "taken"):
                getattr(self, name).extend(getattr(poll, name))
            self.pulsed += poll.ejections
            if self.pin.high:
                self.high.append(ms)
        return self


def test_a_jet_joins_windows_that_its_valve_could_not_tell_apart():
    gate = Gate(replace(JET, recovery_ns=50 * MS), [(0.0, True), (10.0, True)]).run(1000)
    assert gate.high == list(range(470, 630))
    assert [e.part_id for e in gate.pulsed] == [1, 2]


def test_a_jet_without_recovery_closes_between_two_parts():
    gate = Gate(JET, [(0.0, True), (10.0, True)]).run(1000)
    assert not set(gate.high) & set(range(530, 570))


def test_merging_ejects_the_good_neighbour_and_accounts_for_it():
    """A good part 12 mm behind a bad one is before the jet from 520 ms on, the pulse lasts until 530."""
    gate = Gate(JET, [(0.0, True), (12.0, False)]).run(1000)
    assert gate.high == list(range(470, 530))
    assert [(e.part_id, e.taken_with) for e in gate.taken] == [(2, 1)]


def test_sparing_cuts_the_pulse_and_says_at_once_that_the_bad_part_is_unconfirmed():
    gate = Gate(replace(JET, neighbours="spare"), [(0.0, True), (12.0, False)]).run(471)
    assert [(e.part_id, e.confirmed) for e in gate.narrowed] == [(1, False)]
    gate.run(471, 1000)
    assert gate.high == list(range(470, 520))
    assert not gate.taken
    assert len(gate.narrowed) == 1


def test_sparing_waits_until_a_good_part_before_the_bad_one_has_gone():
    gate = Gate(replace(JET, neighbours="spare"), [(0.0, False), (12.0, True)]).run(1000)
    assert gate.high == list(range(600, 650))
    assert [e.part_id for e in gate.narrowed] == [2]


def test_a_neighbour_that_turns_out_good_during_the_pulse_is_spared_still():
    gate = Gate(replace(JET, neighbours="spare"), [(0.0, True), (12.0, None)]).run(480)
    assert gate.ejector.decide(2, eject=False)
    gate.run(480, 1000)
    assert gate.high == list(range(470, 520))
    assert [e.part_id for e in gate.narrowed] == [1]


def test_a_part_must_be_decided_on_before_any_pulse_can_meet_it():
    """Its own pulse begins at 590 ms, but its front is before the jet from 520 on."""
    gate = Gate(replace(JET, neighbours="spare"), [(0.0, True), (12.0, None)]).run(1000)
    assert gate.overdue == [(2, 515)]


def test_good_parts_with_room_between_them_are_neither_taken_nor_in_the_way():
    gate = Gate(replace(JET, neighbours="spare"), [(0.0, False), (30.0, True), (60.0, False)]).run(1500)
    assert gate.high == list(range(770, 830))
    assert not gate.taken
    assert not gate.narrowed


def test_a_pusher_makes_one_stroke_a_part_and_draws_back():
    pusher = Profile("pusher", pulse_ns=60 * MS, recovery_ns=80 * MS)
    gate = Gate(pusher, [(0.0, True), (20.0, True)]).run(1000)
    assert gate.high == [*range(470, 530), *range(670, 730)]


def test_a_part_that_comes_while_the_pusher_draws_back_is_unconfirmed_at_once():
    """A second stroke was thought to be given, and never was."""
    pusher = Profile("pusher", pulse_ns=60 * MS, recovery_ns=150 * MS)
    gate = Gate(pusher, [(0.0, True), (10.0, True)]).run(571)
    assert [(e.part_id, e.done_ns, e.confirmed) for e in gate.narrowed] == [(2, None, False)]
    gate.run(571, 1000)
    assert gate.high == list(range(470, 530))


def test_a_good_part_that_meets_the_pusher_on_its_way_back_is_told():
    """The plate that draws back knocked good parts off the belt, and nobody was told."""
    pusher = Profile("pusher", pulse_ns=60 * MS, recovery_ns=80 * MS, part_mm=20.0)
    gate = Gate(pusher, [(0.0, True), (16.0, False), (40.0, False)]).run(1000)
    assert [(e.part_id, e.taken_with) for e in gate.taken] == [(2, 1)]


def test_a_part_that_touches_the_one_that_is_pushed_gets_no_stroke_of_its_own():
    pusher = Profile("pusher", pulse_ns=60 * MS, recovery_ns=100 * MS)
    gate = Gate(pusher, [(0.0, True), (3.0, True)]).run(1000)
    assert gate.high == list(range(470, 530))
    assert [e.part_id for e in gate.narrowed] == [2]


def test_a_gate_is_held_by_belt_travel_not_by_time():
    """A belt that slowed down while the gate was open dropped the part on its edge."""
    belt = EncoderBelt(1.0, 100.0, stall_ns=NS_PER_S)
    gate = Gate(Profile("gate", hold_mm=10.0), [(0.0, True)], belt)
    for mm in range(1, 48):
        belt.tick(mm * 10 * MS)
    gate.run(465, 471)
    for mm in range(48, 70):
        belt.tick((470 + (mm - 47) * 40) * MS)
        gate.run(470 + (mm - 47) * 40, 470 + (mm - 46) * 40)
    assert gate.high[0] in range(465, 471)
    assert gate.high[-1] == pytest.approx(470 + 8 * 40, abs=5)


def test_a_gate_stays_open_while_the_belt_stands():
    belt = EncoderBelt(1.0, 100.0, stall_ns=100 * MS)
    gate = Gate(Profile("gate", hold_mm=10.0), [(0.0, True)], belt)
    for mm in range(1, 50):
        belt.tick(mm * 10 * MS)
    gate.run(485, 3000)
    assert gate.high[-1] == 2999


def test_a_purging_pusher_strokes_again_and_again():
    gate = Gate(Profile("pusher", pulse_ns=60 * MS, recovery_ns=40 * MS), [])
    gate.ejector.purge(30.0)
    gate.run(400)
    assert gate.high == [*range(60), *range(100, 160), *range(200, 260)]


def test_a_good_part_that_a_purge_meets_is_accounted_for():
    gate = Gate(JET, [(0.0, False)])
    gate.ejector.purge(55.0)
    gate.run(1000)
    assert [(e.part_id, e.taken_with, e.note) for e in gate.taken] == [(1, None, "the belt was being purged")]


@pytest.mark.parametrize("kind", ["air_jet", "pusher", "gate"])
@pytest.mark.parametrize("ms", [469, 471, 500, 529, 560])
def test_release_is_safe_at_any_moment(kind, ms):
    gate = Gate(Profile(kind, 60 * MS, 10.0, recovery_ns=50 * MS), [(0.0, True), (2.0, True)]).run(ms)
    gate.ejector.release()
    gate.high.clear()
    assert gate.run(ms, 1000).high == []


@pytest.mark.parametrize("kind", ["air_jet", "pusher", "gate"])
def test_it_wakes_at_each_instant_at_which_something_is_due(kind):
    """Called only when it asks to be, it does what it does when it is called every millisecond."""
    profile = Profile(kind, 60 * MS, 10.0, recovery_ns=30 * MS, part_mm=20.0, neighbours="spare")
    parts = [(0.0, True), (11.0, False), (22.0, True), (50.0, True), (58.0, True)]
    often, seldom = Gate(profile, parts).run(2000), Gate(profile, parts)
    edges, high, now = [], False, 0
    for _ in range(200):
        seldom.run(now // MS, now // MS + 1)
        if seldom.pin.high != high:
            high = seldom.pin.high
            edges.append(now // MS)
        wake = seldom.ejector.next_ns(now)
        if wake is None:
            break
        now = max(wake, now + MS)
    spans = (
        [ms for ms in often.high if ms - 1 not in often.high],
        [ms + 1 for ms in often.high if ms + 1 not in often.high],
    )
    assert edges == sorted(spans[0] + spans[1])


@pytest.mark.parametrize("wrong", [{"kind": "gate"}, {"neighbours": "spare"}])
def test_half_a_profile_is_refused(wrong):
    with pytest.raises(ValueError, match="must be positive"):
        Profile(**wrong)


def test_a_belt_that_runs_back_rests_the_actuator_and_names_what_comes_back():
    """A good part that had passed came back into the pulse for the next one, and nobody was told."""
    belt = EncoderBelt(1.0, 100.0, stall_ns=NS_PER_S)
    gate = Gate(JET, [(0.0, False), (20.0, True)], belt)
    for mm in range(1, 69):
        belt.step(1, mm * 10 * MS)
        gate.run(mm * 10, mm * 10 + 10)
    assert gate.pin.high
    for mm in range(1, 20):
        belt.step(-1, (680 + mm * 10) * MS)
        gate.run(680 + mm * 10, 690 + mm * 10)
    assert not gate.pin.high
    assert [(e.part_id, e.note) for e in gate.narrowed] == [(2, "the belt ran back")]
    assert [(e.part_id, e.note) for e in gate.taken] == [(1, "it came back to the gate")]


def test_a_valve_that_rests_after_a_cut_pulse_is_told_for_whom_it_could_not_open():
    """Cut at 520 ms for the good part, it may open again from 720 on; the next window is 670 to 730."""
    jet = replace(JET, neighbours="spare", part_mm=6.0, recovery_ns=200 * MS)
    gate = Gate(jet, [(0.0, True), (5.0, False), (20.0, True)]).run(1000)
    assert gate.high == [*range(470, 520), *range(720, 730)]
    assert [(e.part_id, e.note) for e in gate.narrowed] == [
        (1, "a good neighbour was spared"),
        (3, "the actuator had not recovered"),
    ]


def test_windows_are_not_joined_over_a_good_part_that_is_to_be_spared():
    """Held open up to the good part, the valve could not open again for the bad one behind it."""
    jet = replace(JET, neighbours="spare", part_mm=4.0, recovery_ns=150 * MS)
    gate = Gate(jet, [(0.0, True), (8.0, False), (16.0, True)]).run(1000)
    assert gate.high == [*range(470, 530), *range(680, 690)]
    assert not gate.taken


def test_who_was_ejected_already_is_not_named_again_when_the_belt_is_condemned():
    gate = Gate(JET, [(0.0, True), (30.0, True), (60.0, False)]).run(500)
    poll = gate.ejector.condemn(500 * MS, 200.0)
    assert [e.part_id for e in poll.narrowed] == [2]
    assert [e.part_id for e in poll.taken] == [3]


def test_a_part_whose_window_has_opened_keeps_its_place_and_one_that_is_unknown_has_none():
    gate = Gate(JET, [(0.0, True)]).run(480)
    gate.ejector.shift(1, 30.0)
    gate.ejector.shift(7, 30.0)
    gate.run(480, 1000)
    assert gate.high == list(range(470, 530))


def test_windows_that_a_valve_cannot_tell_apart_are_joined_over_a_good_part_where_neighbours_are_merged():
    jet = replace(JET, part_mm=4.0, recovery_ns=150 * MS)
    gate = Gate(jet, [(0.0, True), (8.0, False), (16.0, True)]).run(1000)
    assert gate.high == list(range(470, 690))
    assert [e.part_id for e in gate.taken] == [2]
