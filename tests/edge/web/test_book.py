import csv
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from edge.clock import VirtualClock
from edge.health import Level
from edge.web.book import RollBook
from edge.web.ledger import Lengths
from edge.web.roll import Roll, Sizes, Stretch, WebEvent
from edge.web.strips import Lost

SIZES = Sizes(0.1, 32, 24, 8, 160)


def a_roll(number: int = 1) -> Roll:
    return Roll(number, f"R{number}", 0, SIZES, join=1, longest=100, min_cells=1, queue=4)


def an_event(number: int = 1, roll: int = 1, at_mm: float = 1234.5) -> WebEvent:
    image = np.full((20, 30, 3), 90, np.uint8)
    return WebEvent(roll, number, at_mm, 0.8, 12.0, 0.8, 0.64, 7.5, 3.0, "membrane-1", False, image)


@pytest.fixture
def book(tmp_path) -> RollBook:
    return RollBook(tmp_path, VirtualClock(), "boot", box="plant/line/box", most_events=3, keep_rolls=2)


def test_a_roll_is_remembered_with_its_findings_in_the_order_of_their_places(book):
    book.began(a_roll(), 16.0)
    book.event(an_event())
    book.stretch(Stretch(1, 500.0, 20.0, Lost.NO_FRAME), 16.0)
    assert book.flush()
    (roll,) = book.rolls()
    gap, defect = book.findings(roll.key)
    assert (gap.kind, gap.at_m, gap.why) == ("uninspected", 0.5, "no_frame")
    assert (defect.kind, defect.at_m, defect.peak, defect.number) == ("defect", 1.2345, 7.5, 1)
    assert defect.image is not None
    assert defect.image.exists()


def test_at_its_end_a_roll_is_exported_as_json_and_csv(book, tmp_path):
    roll = a_roll()
    book.began(roll, 16.0)
    book.event(an_event())
    roll.end(0)
    book.ended(roll)
    assert book.flush()
    told = json.loads((tmp_path / "rolls/1/map.json").read_text())
    assert told["roll"]["name"] == "R1"
    assert told["roll"]["ended_ns"] is not None
    with (tmp_path / "rolls/1/map.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["kind"] for line in lines] == [one["kind"] for one in told["findings"]] == ["defect"]
    assert float(lines[0]["at_m"]) == told["findings"][0]["at_m"] == 1.2345


def test_findings_wait_for_the_broker_through_a_restart(book, tmp_path):
    book.began(a_roll(), 16.0)
    book.event(an_event())
    book.flush()
    again = RollBook(tmp_path, VirtualClock(), "another boot")
    (waiting,) = again.unpublished(10)
    assert again.outbox_depth() == 1
    assert again.mark_published([waiting.seq])
    assert again.unpublished(10) == []


def test_too_many_findings_are_counted_and_left_out(book):
    """A web that is bad all over filled the disk within a shift."""
    roll = a_roll()
    book.began(roll, 16.0)
    for number in range(1, 6):
        book.event(an_event(number))
    roll.end(0)
    book.ended(roll)
    book.flush()
    assert book.rolls()[0].left_out == 2
    assert len(book.findings(1)) == 3


def test_old_rolls_make_room_but_not_before_they_are_published(book, tmp_path):
    for number in range(1, 5):
        roll = a_roll(number)
        book.began(roll, 16.0)
        book.event(an_event(1, number))
        book.flush()
        if number == 1:
            book.mark_published([1])
        roll.end(0)
        book.ended(roll)
        book.flush()
    assert [roll.key for roll in book.rolls()] == [4, 3, 2]
    assert not (tmp_path / "rolls/1").exists()
    assert len(book.unpublished(10)) == 3


def test_a_power_cut_leaves_the_account_as_far_as_it_was_noted(book, tmp_path):
    roll = a_roll()
    book.began(roll, 16.0)
    roll.lose(120, Lost.NO_FRAME)
    book.progress(roll.id, roll.lengths())
    book.flush()
    again = RollBook(tmp_path, VirtualClock(), "another boot")
    (entry,) = again.rolls()
    assert (entry.ended_ns, entry.travelled_mm, entry.uninspected_mm) == (None, 12.0, 12.0)


def test_a_disk_that_refuses_is_a_fault_and_nothing_is_forgotten(book, tmp_path):
    book.began(a_roll(), 16.0)
    (tmp_path / "rolls.db").rename(tmp_path / "aside.db")
    (tmp_path / "rolls.db").mkdir()
    assert not book.flush()
    assert book.fault
    (tmp_path / "rolls.db").rmdir()
    (tmp_path / "aside.db").rename(tmp_path / "rolls.db")
    assert book.flush()
    assert len(book.rolls()) == 1


def test_a_damaged_book_is_set_aside_and_the_box_starts(tmp_path):
    (tmp_path / "rolls.db").write_bytes(b"this is no database" * 500)
    book = RollBook(tmp_path, VirtualClock(), "boot")
    book.began(a_roll(), 16.0)
    assert book.flush()
    assert len(book.rolls()) == 1
    assert len(list(tmp_path.glob("rolls.damaged-*.db"))) == 1
    assert book.checks()[0].level is Level.WARNING


def test_a_finding_whose_roll_was_lost_is_kept_all_the_same(book):
    """One row that could not be written held up all that came after it, for ever."""
    book.event(an_event())
    assert book.flush()
    assert [finding.number for finding in book.findings(1)] == [1]


def test_a_roll_that_a_power_cut_left_open_is_closed_at_the_next_start_and_balances(book, tmp_path):
    """It stood there as not ended for ever, and what had been in flight was in no account."""
    book.began(a_roll(), 16.0)
    book.stretch(Stretch(1, 500.0, 20.0, Lost.NO_FRAME), 16.0)
    book.progress(1, Lengths(10_000, 9_000, 400, 600, 0.1))
    assert book.flush()
    again = RollBook(tmp_path, VirtualClock(wall_start_ns=5), "later")
    again.recover()
    assert again.flush()
    (roll,) = again.rolls()
    assert roll.ended_ns == 5
    assert (roll.travelled_mm, roll.inspected_mm, roll.uninspected_mm) == (1000.0, 900.0, 100.0)
    told = again.findings(roll.key)
    assert [(one.why, one.at_m, one.length_mm) for one in told] == [("no_frame", 0.5, 20.0), ("cut_off", 0.92, 80.0)]
    assert again.checks()[0].level is Level.WARNING
    assert (tmp_path / "rolls/1/map.json").exists()


def test_findings_that_reach_beyond_the_last_note_are_in_the_account_of_a_cut_off_roll(book, tmp_path):
    book.began(a_roll(), 16.0)
    book.progress(1, Lengths(1_000, 1_000, 0, 0, 0.1))
    book.stretch(Stretch(1, 100.0, 50.0, Lost.GAP), 16.0)
    assert book.flush()
    again = RollBook(tmp_path, VirtualClock(), "later")
    again.recover()
    assert again.flush()
    (roll,) = again.rolls()
    assert (roll.travelled_mm, roll.inspected_mm, roll.uninspected_mm) == (150.0, 100.0, 50.0)


def test_who_only_reads_the_book_leaves_the_roll_that_is_under_way_open(book, tmp_path):
    book.began(a_roll(), 16.0)
    assert book.flush()
    assert RollBook(tmp_path, VirtualClock(), "").rolls()[0].ended_ns is None


def test_a_picture_that_cannot_be_written_holds_up_no_finding(book):
    """One broken picture held up all notes that came after it, for ever."""
    book.began(a_roll(), 16.0)
    book.event(replace(an_event(1), image=np.zeros((0, 5, 3), np.uint8)))
    book.event(an_event(2))
    assert book.flush()
    assert [one.image is None for one in book.findings(1)] == [True, False]
    assert book.checks()[0].level is Level.WARNING


def test_a_roll_ends_in_the_book_though_the_disk_could_not_keep_up(tmp_path):
    """Its end was let go with its findings: the roll went on for ever, and had no map."""
    book = RollBook(tmp_path, VirtualClock(), "boot", most_events=10_000)
    roll = a_roll()
    book.began(roll, 16.0)
    for number in range(1, 2100):
        book.event(replace(an_event(number), image=None))
    roll.end(0)
    book.ended(roll)
    assert book.dropped
    assert book.flush()
    assert book.rolls()[0].ended_ns is not None


def test_a_roll_or_finding_beyond_all_numbers_is_not_remembered(book):
    assert book.roll(10**30) is None
    assert book.finding(10**30) is None
    assert book.findings(10**30) == []


def test_a_roll_says_who_judged_it_though_nothing_was_found_on_it(book):
    roll = a_roll()
    book.began(roll, 16.0)
    book.progress(1, Lengths(10, 10, 0, 0, 0.1), ("web-3",))
    assert book.flush()
    assert book.rolls()[0].models == ("web-3",)
    roll.models += ["web-3", "web-4"]
    roll.end(0)
    book.ended(roll)
    assert book.flush()
    assert book.rolls()[0].models == ("web-3", "web-4")


def test_a_book_of_an_earlier_version_is_gone_on_with(book, tmp_path):
    book.began(a_roll(), 16.0)
    assert book.flush()
    with closing(sqlite3.connect(tmp_path / "rolls.db")) as db:
        db.execute("ALTER TABLE roll DROP COLUMN models")
    again = RollBook(tmp_path, VirtualClock(), "later")
    assert again.rolls()[0].name == "R1"
    assert again.rolls()[0].models == ()
