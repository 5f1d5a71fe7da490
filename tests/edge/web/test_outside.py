from hypothesis import given
from hypothesis import strategies as st

from edge.web.outside import Outside


def test_web_before_the_first_roll_and_between_two_is_counted():
    outside = Outside(0)
    assert outside.rows(40) == 40
    outside.begin(50)
    assert outside.rows(45) == 45, "the roll is still on its way to the camera"
    assert outside.rows(120) == 50
    outside.end(200)
    assert outside.rows(190) == 50
    assert outside.rows(260) == 110
    assert outside.since(260) == 60


def test_a_roll_that_begins_where_the_last_ended_leaves_nothing_between():
    outside = Outside(0)
    outside.begin(0)
    for row in (100, 200, 300):
        outside.end(row)
        outside.begin(row)
    assert outside.rows(1000) == 0
    assert outside.since(1000) == 0


def test_a_roll_that_is_called_off_before_it_came_to_the_camera_takes_no_length_away_from_the_next():
    """The signal of a roll came, somebody ended it, another was begun: a stretch was counted twice."""
    outside = Outside(0)
    outside.begin(100)
    outside.end(100)
    outside.begin(40)
    outside.end(80)
    assert outside.rows(200) == 40 + 120


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(1, 40))
def test_each_row_is_in_a_roll_or_outside(lengths, step):
    """However often it is asked meanwhile, and wherever the camera is then."""
    outside, row, inside, axis = Outside(0), 0, 0, 0
    for at, length in enumerate(lengths):
        row += length
        (outside.end if at % 2 else outside.begin)(row)
        inside += length if at % 2 else 0
        axis = max(axis, row - step)
        outside.rows(axis)
    last = row + 100
    inside += 100 if len(lengths) % 2 else 0
    assert outside.rows(last) == last - inside
