import numpy as np

from edge.web.cells import Cells
from edge.web.roll import News, Roll, Sizes

SIZES = Sizes(mm_per_px=0.1, tile_px=64, step_px=48, cell_px=8, width_px=640)


def test_of_a_web_that_is_bad_all_over_only_the_worst_places_are_pictured():
    """400 events a strip, each with its picture: the memory was full before the disk had written one of them."""
    roll, news = Roll(1, "", 0, SIZES, join=0, longest=1000, min_cells=1, queue=4), News()
    roll.frame(0, np.zeros((64, 640, 3), np.uint8))
    value = np.zeros((8, 80), np.float32)
    value[::3, ::3] = np.arange(3 * 27).reshape(3, 27) + 2.0
    assert roll.next_strip(news) is not None
    roll.scored(Cells(value > 1, value), 1.0, "model", news)
    roll.end(64)
    assert roll.next_strip(news) is None
    pictured = [event.peak for event in news.events if event.image is not None]
    assert len(news.events) == 81
    assert 0 < len(pictured) <= 3 * 16
    assert max(event.peak for event in news.events) in pictured
