import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.web.events import EventFormer, Found


def form(hot: np.ndarray, cuts: list[int], join: int = 0, longest: int = 10_000) -> list[Found]:
    """All events of a grid that comes in blocks that end at `cuts`."""
    values = np.where(hot, 1 + np.arange(hot.size).reshape(hot.shape) / hot.size, 0).astype(np.float32)
    former, found, begin = EventFormer(join, longest), [], 0
    for cut in [*sorted(set(cuts)), len(hot)]:
        found += former.add(begin, hot[begin:cut], values[begin:cut])
        begin = cut
    return found + former.finish()


def facts(found: list[Found]) -> list[tuple]:
    return sorted((f.top, f.bottom, f.left, f.right, f.cells, f.peak) for f in found)


@settings(deadline=None)
@given(
    arrays(np.bool_, (24, 9), elements=st.sampled_from([True, False, False])),
    st.lists(st.integers(1, 23), max_size=6),
    st.integers(0, 5),
)
def test_where_the_blocks_end_changes_no_event(hot, cuts, join):
    """A defect on a seam of two blocks was counted twice, a U-shaped one three times."""
    assert facts(form(hot, cuts, join)) == facts(form(hot, [], join))


@settings(deadline=None)
@given(arrays(np.bool_, (20, 9)), st.lists(st.integers(1, 19), max_size=6))
def test_without_joining_events_are_the_connected_components(hot, cuts):
    count, _, stats, _ = cv2.connectedComponentsWithStats(hot.astype(np.uint8), connectivity=8)
    boxes = sorted((y, y + h, x, x + w, area) for x, y, w, h, area in stats[1:count].tolist())
    assert [fact[:5] for fact in facts(form(hot, cuts))] == boxes


@pytest.mark.parametrize(("distance", "events"), [(2, 1), (3, 1), (6, 2)])
def test_places_near_each_other_are_one_event(distance, events):
    hot = np.zeros((30, 5), bool)
    hot[10, 2] = hot[10 + distance, 2] = True
    found = form(hot, [5, 11, 12, 13, 20], join=3)
    assert len(found) == events
    assert sum(f.cells for f in found) == 2


def test_the_hot_cells_tell_what_is_one_event_and_the_core_how_large_it_is():
    hot, core = np.zeros((20, 9), bool), np.zeros((20, 9), bool)
    hot[3:17, 2:7] = True
    core[5, 4] = core[14, 5] = True
    former, found = EventFormer(0, 100), []
    for begin, end in ((0, 4), (4, 10), (10, 15), (15, 20)):
        found += former.add(begin, hot[begin:end], hot[begin:end].astype(np.float32), core[begin:end])
    (event,) = found + former.finish()
    assert (event.top, event.bottom, event.left, event.right, event.cells) == (5, 15, 4, 6, 2)


def faint_streak(sure_rows: list[int], longest: int = 10_000) -> list[Found]:
    hot, sure = np.zeros((100, 5), bool), np.zeros((100, 5), bool)
    hot[:, 2] = True
    sure[sure_rows, 2] = True
    former, found = EventFormer(0, longest), []
    for begin in range(0, 100, 10):
        rows = slice(begin, begin + 10)
        found += former.add(begin, hot[rows], hot[rows].astype(np.float32), hot[rows], sure[rows])
    return found + former.finish()


def test_a_faint_streak_that_is_sure_here_and_there_is_one_event():
    """A scratch hardly darker than the film's grain was told as thirty."""
    (event,) = faint_streak([30, 70])
    assert (event.top, event.bottom, event.sure_top) == (0, 100, 30)


def test_what_is_nowhere_sure_is_no_event():
    assert [event.sure_top for event in faint_streak([])] == [None]


def test_a_sure_streak_stays_sure_where_it_is_cut():
    """The rest of a streak was forgotten, because nothing sure came after the cut."""
    events = faint_streak([5], longest=30)
    assert [event.sure_top is not None for event in events] == [True] * len(events)
    assert sum(event.cells for event in events) == 100


def test_an_event_names_its_worst_cell():
    hot = np.zeros((10, 6), bool)
    hot[2:9, 3] = True
    (found,) = form(hot, [4, 6])
    assert found.peak_at == (8, 3)


def test_a_streak_without_end_is_reported_in_pieces():
    """A scratch along the whole roll was one event, that nobody heard of before the roll's end."""
    hot = np.zeros((100, 4), bool)
    hot[:, 1] = True
    found = form(hot, list(range(10, 100, 10)), longest=30)
    assert [f.continues for f in found] == [True, True, True, False]
    assert sum(f.cells for f in found) == 100


def test_a_web_that_is_one_defect_is_not_kept_in_memory():
    former, hot = EventFormer(3, 50), np.ones((10, 40), bool)
    for block in range(200):
        former.add(10 * block, hot, hot.astype(np.float32))
        assert len(former.open) <= 1
        assert former._waiting is not None
        assert len(former._waiting) <= 10 + 2 * former._reach


def test_nothing_hot_is_no_event():
    assert form(np.zeros((40, 5), bool), [10, 20]) == []
