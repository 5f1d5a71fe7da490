"""The blackboard: newest of everything, and honest about what it does not know."""

from __future__ import annotations

import threading

import pytest

from edge.clock import NS_PER_S, VirtualClock
from edge.health import Check, Level
from edge.parts import Reason, State
from edge.status.board import STALE_NS, Board, Info, LineState


def test_a_record_is_referred_to_and_not_copied(board, make_record):
    """A page that copies every picture costs the line its time, although nobody looks."""
    record = make_record()
    board.show(record)
    assert board.snapshot().picture is record


def test_a_part_without_a_picture_leaves_the_last_picture_and_its_number(board, make_record):
    board.show(make_record(1))
    board.show(make_record(2, State.UNINSPECTED, reason=Reason.NO_FRAME, image=False))
    seen = board.snapshot()
    assert (seen.last.account.part.id, seen.picture.account.part.id, seen.picture_n) == (2, 1, 1)


def test_the_ring_of_scores_forgets_the_oldest(clock, make_record):
    board = Board(clock, recent=3)
    for part_id in range(1, 6):
        board.show(make_record(part_id))
    assert [seen.part_id for seen in board.snapshot().recent] == [3, 4, 5]


def test_an_uninspected_part_has_no_score(board, make_record):
    board.show(make_record(1, State.UNINSPECTED, reason=Reason.LATE))
    assert board.snapshot().recent[0].score is None


@pytest.mark.parametrize(("in_flight", "missing"), [(3, 0), (2, 1), (5, -2)])
def test_the_ledger_balances_or_says_by_how_much_not(in_flight, missing):
    line = LineState(triggered=10, passed=4, rejected=2, uninspected=1, in_flight=in_flight)
    assert (line.missing, line.balanced) == (missing, missing == 0)


def test_a_line_that_stops_reporting_becomes_silent(board, clock):
    """A page whose web thread lives on must not show the numbers of a dead line as live."""
    clock.advance(STALE_NS)
    assert not board.snapshot().silent
    clock.advance(1)
    assert board.snapshot().silent
    assert [fault.name for fault in board.snapshot().faults()] == ["line"]


def test_a_line_that_never_reported_is_silent():
    assert Board(VirtualClock()).snapshot().silent


def test_a_fallback_is_a_fault_without_anybody_saying_so(board):
    """A "TensorRT" box that quietly runs on the CPU."""
    board.set_info(Info(provider_asked="TensorrtExecutionProvider", provider_running="CPUExecutionProvider"))
    assert [fault.name for fault in board.snapshot().faults()] == ["provider"]


def test_a_fault_that_a_check_tells_is_not_told_twice(board):
    board.set_state(LineState(triggered=1))
    check = Check("ledger", Level.FAULT, "1 part missing", "Read the log.")
    board.set_checks([check, Check("disk", Level.WARNING, "full soon")])
    assert board.snapshot().faults() == (check,)


def test_many_writers_and_readers_agree_on_the_number_of_pictures(clock, make_record):
    board, record = Board(clock), make_record()
    writers = [threading.Thread(target=lambda: [board.show(record) for _ in range(200)]) for _ in range(4)]
    for writer in writers:
        writer.start()
    seen = [board.snapshot().picture_n for _ in range(200)]
    for writer in writers:
        writer.join()
    assert board.snapshot().picture_n == 800
    assert seen == sorted(seen)


def test_age_counts_from_the_last_report(board, clock):
    clock.advance(NS_PER_S)
    assert board.snapshot().line_age_ns == NS_PER_S
