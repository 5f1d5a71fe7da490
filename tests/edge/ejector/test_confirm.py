"""The chute's sensor: parts come 100 to 400 ms after their pulse; 1 s dark is a jam."""

import pytest

from edge.clock import NS_PER_MS
from edge.ejector.confirm import Confirm, Found
from edge.parts import Ejection

MS = NS_PER_MS


@pytest.fixture
def confirm():
    return Confirm(after_ns=100 * MS, within_ns=400 * MS, debounce_ns=10 * MS, jam_ns=1000 * MS)


def pulse(number, ms):
    return Ejection(number, 0.0, ms * MS, ms * MS)


def told(findings):
    return [(f.found, f.ejection.part_id if f.ejection else None) for f in findings]


def test_what_falls_in_time_is_confirmed(confirm):
    confirm.expect(pulse(7, 1000))
    (finding,) = confirm.edge(True, 1200 * MS)
    assert (finding.found, finding.ejection.part_id, finding.ejection.confirmed) == (Found.CONFIRMED, 7, True)
    assert confirm.poll(9000 * MS)[0].found is Found.JAM  # it never went bright again


def test_what_never_falls_is_told_as_soon_as_its_time_is_over(confirm):
    confirm.expect(pulse(7, 1000))
    assert confirm.next_ns() == 1400 * MS + 1
    assert confirm.poll(1400 * MS) == []
    (finding,) = confirm.poll(1400 * MS + 1)
    assert (finding.found, finding.ejection.part_id, finding.ejection.confirmed) == (Found.MISSED, 7, False)


def test_a_part_that_nobody_threw_out_is_a_double_ejection(confirm):
    confirm.expect(pulse(7, 1000))
    confirm.edge(True, 1200 * MS)
    confirm.edge(False, 1220 * MS)
    assert told(confirm.edge(True, 1260 * MS)) == [(Found.DOUBLE, 7)]


def test_a_part_that_falls_too_soon_is_not_this_ones(confirm):
    confirm.expect(pulse(7, 1000))
    assert told(confirm.edge(True, 1050 * MS)) == [(Found.DOUBLE, 7)]


def test_two_parts_confirm_in_the_order_in_which_they_were_thrown(confirm):
    confirm.expect(pulse(7, 1000))
    confirm.expect(pulse(8, 1100))
    assert told(confirm.edge(True, 1250 * MS) + confirm.edge(True, 1330 * MS)) == [
        (Found.CONFIRMED, 7),
        (Found.CONFIRMED, 8),
    ]


def test_a_bouncing_contact_is_one_part(confirm):
    confirm.expect(pulse(7, 1000))
    assert told(confirm.edge(True, 1200 * MS) + confirm.edge(True, 1205 * MS)) == [(Found.CONFIRMED, 7)]


def test_what_a_purge_throws_out_is_no_alarm(confirm):
    confirm.purging(1000 * MS)
    assert confirm.edge(True, 1300 * MS) == []
    assert told(confirm.edge(True, 1500 * MS)) == [(Found.DOUBLE, None)]


def test_a_neighbour_that_was_perhaps_taken_along_may_come_or_not(confirm):
    confirm.expect(pulse(7, 1000), certain=False)
    assert confirm.poll(5000 * MS) == []
    confirm.expect(pulse(8, 6000), certain=False)
    assert told(confirm.edge(True, 6200 * MS)) == [(Found.CONFIRMED, 8)]


def test_a_sensor_that_stays_dark_is_a_jam_once_and_until_it_is_clear(confirm):
    confirm.expect(pulse(7, 1000))
    confirm.edge(True, 1200 * MS)
    assert confirm.next_ns() == 2200 * MS
    assert told(confirm.poll(2200 * MS)) == [(Found.JAM, 7)]
    assert confirm.poll(2300 * MS) == []
    assert confirm.jammed
    assert told(confirm.edge(False, 2400 * MS)) == [(Found.CLEAR, None)]
    assert not confirm.jammed


def test_it_wants_to_be_asked_at_whatever_comes_first(confirm):
    """A jam was told only when the last ejection's time was over."""
    confirm.edge(True, 0)
    assert confirm.next_ns() == 1000 * MS
    confirm.expect(pulse(7, 500))
    assert confirm.next_ns() == 900 * MS + 1
    confirm.expect(pulse(8, 2000))
    confirm.poll(901 * MS)
    assert confirm.next_ns() == 1000 * MS
