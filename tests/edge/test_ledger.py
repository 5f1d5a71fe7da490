import pytest

from edge.ledger import Ledger
from edge.parts import Reason, State, Trigger

TRIGGER = Trigger(at_ns=5, belt_mm=1.0)


def test_ids_count_from_one():
    ledger = Ledger()
    assert [ledger.open(TRIGGER).id for _ in range(3)] == [1, 2, 3]


def test_every_state_is_counted_and_the_ledger_balances():
    ledger = Ledger()
    for _ in range(4):
        ledger.open(TRIGGER)
    ledger.close(1, State.PASSED, 10)
    ledger.close(2, State.REJECTED, 11)
    ledger.close(3, State.UNINSPECTED, 12, reason=Reason.LATE)
    counts = ledger.counts()
    assert (counts.triggered, counts.passed, counts.rejected, counts.uninspected, counts.in_flight) == (4, 1, 1, 1, 1)
    assert counts.balanced


def test_the_first_word_on_a_part_is_the_last():
    """A verdict that came after its part had been given up turned a rejected part into a passed one."""
    ledger = Ledger()
    part = ledger.open(TRIGGER)
    ledger.close(part.id, State.UNINSPECTED, 10, reason=Reason.LATE)
    assert ledger.close(part.id, State.PASSED, 11) is None
    assert ledger.counts().passed == 0
    assert ledger.refused == 1


def test_a_part_that_never_came_cannot_be_closed():
    with pytest.raises(ValueError, match="never opened"):
        Ledger().close(1, State.PASSED, 10)


@pytest.mark.parametrize(("state", "reason"), [(State.UNINSPECTED, None), (State.PASSED, Reason.BUSY)])
def test_only_the_uninspected_have_a_reason(state, reason):
    ledger = Ledger()
    ledger.open(TRIGGER)
    with pytest.raises(ValueError, match="reason"):
        ledger.close(1, state, 10, reason=reason)
    assert ledger.counts().in_flight == 1


def test_an_imbalance_can_be_seen():
    ledger = Ledger()
    ledger.open(TRIGGER)
    ledger._open.clear()  # what must never happen
    assert not ledger.counts().balanced
