import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.parts import Image
from edge.web.strips import Gap, Lost, Stitcher, Strip


def web(first: int, end: int) -> Image:
    """Rows of a web that bear their own number."""
    rows = np.arange(first, end)
    return np.stack([rows & 255, (rows >> 8) & 255, rows * 0], axis=-1).astype(np.uint8)[:, None].repeat(2, axis=1)


def numbers(image: Image) -> list[int]:
    return (image[:, 0, 0].astype(int) + 256 * image[:, 0, 1].astype(int)).tolist()


def feed(frames: list[tuple[int, int]], end: int, **sizes) -> list[Strip | Gap]:
    stitcher = Stitcher(10, **sizes)
    items = [item for first, height in frames for item in stitcher.frame(first, web(first, first + height), end)]
    items += stitcher.lose(end, Lost.NO_FRAME)
    return items + stitcher.finish()


@settings(deadline=None)
@given(
    more=st.integers(-30, 25),
    steps=st.lists(st.tuples(st.integers(-3, 60), st.integers(1, 40)), max_size=30),
    sizes=st.sampled_from([(16, 12, 4), (16, 16, 8), (8, 4, 1), (32, 24, 8)]),
)
def test_each_row_is_in_one_strip_or_one_gap_whatever_frames_come(more, steps, sizes):
    """Any speed and any instant of the frames: rows were skipped silently, or inspected twice, when frames came
    irregularly."""
    at, frames = 5, []
    for step, height in steps:
        at = max(0, at + step)
        frames.append((at, height))
    end = max(10, at + more)
    height, step, grid = sizes
    items = feed(frames, end, height=height, step=step, grid=grid)
    claimed = [
        row
        for item in items
        for row in range(item.new_row if isinstance(item, Strip) else item.first_row, item.end_row)
    ]
    assert claimed == list(range(10, end))
    shown = {row for first, n in frames for row in range(max(first, 10), min(first + n, end))}
    for item in items:
        if isinstance(item, Strip):
            assert numbers(item.image) == list(range(item.first_row, item.end_row))
            assert (item.first_row - item.origin_row) % grid == 0
        else:
            # A frame that comes after a later one shows what is given up already.
            backwards = any(step < 0 for step, _ in steps)
            assert backwards or not shown & set(range(item.first_row, item.end_row))


def test_frames_that_overlap_leave_no_gap_and_strips_share_what_they_should():
    items = feed([(10 + 7 * i, 12) for i in range(20)], 155, height=16, step=12, grid=4)
    strips = [item for item in items if isinstance(item, Strip)]
    assert len(items) == len(strips)
    assert [(strip.first_row, strip.new_row) for strip in strips[:3]] == [(10, 10), (22, 26), (34, 38)]


def test_the_last_piece_before_a_gap_is_filled_up_with_what_lies_before_it():
    """A remainder of a few rows was scored alone, mirrored to a tile's height, and looked like nothing good."""
    items = feed([(10, 37)], 47, height=16, step=12, grid=4)
    last = items[-1]
    assert isinstance(last, Strip)
    assert (last.first_row, last.new_row, last.end_row) == (30, 38, 47)


def test_a_belt_that_stands_adds_nothing():
    stitcher = Stitcher(0, height=8, step=8)
    first = stitcher.frame(0, web(0, 8))
    assert len(first) == 1
    assert all(stitcher.frame(0, web(0, 8)) == [] for _ in range(5))
    assert stitcher.pending == 0


@pytest.mark.parametrize(("height", "step", "grid"), [(16, 0, 1), (16, 20, 1), (16, 12, 8)])
def test_sizes_that_do_not_fit_each_other_are_refused(height, step, grid):
    with pytest.raises(ValueError, match="grid"):
        Stitcher(0, height=height, step=step, grid=grid)
