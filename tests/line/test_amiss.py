"""The closed loop judges the box, so each of its rules must be able to say no: here boxes are broken on purpose."""

from dataclasses import replace

import pytest

from edge.ledger import Ledger
from edge.parts import State
from edge.virtual.closed_loop import LINES, Plan, ride
from edge.virtual.closed_loop.amiss import (
    RULES,
    nothing_good_is_lost,
    nothing_unjudged_passes,
    the_ledger_balances,
    verdicts_are_their_own,
    what_is_gone_is_told,
)
from edge.virtual.faults import Fault

PITCH_MM = 75.0
MIXED = Plan(bad=(True, False, False) * 6, gaps_mm=(15.0,), takes_ms=(20.0,))


@pytest.fixture
def built(monkeypatch):
    """Builds the air jet's line otherwise: other sections of the configuration, another layout."""

    def build(sections=None, **layout):
        jet = LINES["jet"]
        merged = {name: {**jet.sections.get(name, {}), **more} for name, more in (sections or {}).items()}
        changed = replace(jet, layout=replace(jet.layout, **layout), sections={**jet.sections, **merged})
        monkeypatch.setitem(LINES, "jet", changed)

    return build


def broken(loop):
    return {rule for rule in RULES if list(rule(loop))}


def test_a_line_that_was_built_well_breaks_no_rule():
    assert broken(ride(MIXED)) == set()


def test_an_ejector_that_hits_the_next_part_is_found_out(built):
    built({"ejector": {"distance_mm": 450.0 + PITCH_MM}})
    assert broken(ride(MIXED)) >= {nothing_unjudged_passes, nothing_good_is_lost}


def test_an_ejector_that_is_not_there_is_found_out(built):
    built(chute_ms=0.0)
    loop = ride(replace(MIXED, faults=(Fault(kind="weak_jet", value=0.0),)))
    assert broken(loop) == {nothing_unjudged_passes}


def test_a_part_that_was_told_after_it_had_fallen_was_not_told(built):
    built({"confirm": {"within_ms": 5000.0}})
    loop = ride(replace(MIXED, faults=(Fault(kind="weak_jet", value=0.0),)))
    assert {e.part_id for _, e in loop.told if e.confirmed is False}
    assert broken(loop) == {nothing_unjudged_passes}


def test_a_camera_that_looks_at_the_next_part_is_found_out(built):
    built({"trigger": {"camera_mm": 90.0 + PITCH_MM}})
    assert verdicts_are_their_own in broken(ride(MIXED))


def test_a_part_that_vanishes_where_nobody_looks_is_found_out(built):
    built(gate_eye_mm=0.0)
    loop = ride(replace(MIXED, faults=(Fault(kind="taken_off", at_s=3.0),)))
    assert len(loop.rig.line.lifted) == 1
    assert broken(loop) == {what_is_gone_is_told}


def test_a_ledger_that_loses_a_part_is_found_out(monkeypatch):
    close = Ledger.close

    def forgets(self, part_id, state, at_ns, **more):
        account = close(self, part_id, state, at_ns, **more)
        if part_id == 3:
            self._closed[State.PASSED] -= 1
        return account

    monkeypatch.setattr(Ledger, "close", forgets)
    assert broken(ride(MIXED)) == {the_ledger_balances}


def test_an_account_that_is_never_handed_over_is_found_out():
    loop = ride(MIXED)
    del loop.accounts[2], loop.owners[2]
    assert the_ledger_balances in broken(loop)
