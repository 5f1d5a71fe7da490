"""Pictures for browsers: drawn once, small enough, and gone is gone."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from edge.parts import Place, Reason, State
from edge.status import pictures
from edge.status.pictures import LivePicture, LivePictures, PictureGone, stored_jpeg


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))[..., ::-1].astype(int)


def newest(live: LivePictures, heat: bool) -> LivePicture:
    found = live.newest(heat)
    assert found is not None
    return found


def test_no_browser_no_drawing(board, make_record, monkeypatch):
    """A page that draws every part's heat map takes the box's time from the parts."""
    monkeypatch.setattr(pictures, "_draw", lambda *_: pytest.fail("drawn although nobody asked"))
    live = LivePictures(board)
    board.show(make_record())
    assert live


def test_many_browsers_one_drawing(board, make_record):
    live = LivePictures(board)
    board.show(make_record(1))
    first = live.newest(heat=True)
    assert live.newest(heat=True) is first
    board.show(make_record(2))
    assert newest(live, heat=True).part_id == 2


def test_with_and_without_heat_map_differ(board, make_record):
    board.show(make_record(state=State.REJECTED, score=5.0))
    live = LivePictures(board)
    heat, plain = (pixels(newest(live, heat).jpeg) for heat in (True, False))
    assert np.abs(heat - plain)[5:20, 5:30].mean() > 30
    assert np.abs(plain - 90).max() <= 3


def test_an_uninspected_part_with_a_picture_is_shown_plain(board, make_record):
    board.show(make_record(state=State.UNINSPECTED, reason=Reason.BUSY))
    assert np.abs(pixels(newest(LivePictures(board), heat=True).jpeg) - 90).max() <= 3


def test_a_large_picture_is_shrunk_and_its_outline_with_it(board, make_record):
    record = make_record(state=State.REJECTED, score=5.0)
    verdict = replace(record.account.verdict, where=(Place(2400, 1200, 1000, 600),))
    account = replace(record.account, verdict=verdict)
    board.show(replace(record, account=account, image=np.full((2000, 4000, 3), 90, np.uint8), part_map=None))
    seen = pixels(newest(LivePictures(board), heat=True).jpeg)
    assert seen.shape == (640, 1280, 3)
    rows, columns = np.nonzero(np.abs(seen - 90).max(axis=2) > 60)
    assert (columns.min() / 1280, rows.min() / 640) == pytest.approx((0.6, 0.6), abs=0.02)


def test_red_stays_red(board, make_record):
    """OpenCV writes BGR; a page with red and blue exchanged looks right on grey parts only."""
    image = np.zeros((64, 64, 3), np.uint8)
    image[..., 0] = 200
    board.show(replace(make_record(), image=image, part_map=None))
    assert pixels(newest(LivePictures(board), heat=False).jpeg)[32, 32] == pytest.approx([200, 0, 0], abs=12)


def test_a_stored_picture_without_overlay_is_the_file_itself(history):
    row = history.add(1)
    assert stored_jpeg(row, heat=False) == row.image.read_bytes()


def test_a_stored_picture_with_overlay_is_hot_where_its_map_is(history):
    seen = pixels(stored_jpeg(history.add(1, where=()), heat=True))
    assert np.abs(seen[5:50, 5:50] - 90).mean() > 30
    assert np.abs(seen[80:, 110:] - 90).max() <= 8


def test_a_map_that_is_gone_leaves_the_outlines(history):
    row = history.add(1)
    row.map.unlink()
    assert np.abs(pixels(stored_jpeg(row, heat=True)) - 90).max() > 60


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"half")])
def test_a_picture_that_is_gone_or_broken_is_gone(history, damage):
    row = history.add(1)
    damage(row.image)
    with pytest.raises(PictureGone):
        stored_jpeg(row, heat=True)


def test_no_picture_was_kept(history):
    with pytest.raises(PictureGone):
        stored_jpeg(history.add(1, picture=False), heat=False)
