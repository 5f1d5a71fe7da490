import numpy as np
import pytest

from edge.parts import Place, Scores, Tiles
from edge.web.cells import Cells, Seams, strip_cells

PLACES = (Place(0, 0, 32, 32), Place(24, 0, 32, 32))


def cells(*maps: np.ndarray, scores: tuple[float, ...] = (), threshold: float = 1.0) -> Cells:
    tiles = Tiles(np.zeros((len(maps), 32, 32, 3), np.uint8), PLACES[: len(maps)])
    said = np.array(scores or [one.max() for one in maps], np.float32)
    return strip_cells(Scores(said, np.stack(maps).astype(np.float32)), tiles, (32, 56), 8, threshold)


def test_a_defect_on_a_seam_is_as_bad_as_the_tile_that_shows_it_whole_says():
    left, right = np.zeros((4, 4)), np.zeros((4, 4))
    left[1, 3], right[1, 0] = 0.5, 3.0
    found = cells(left, right)
    assert found.value[1, 3] == 3.0
    assert found.hot.sum() == 1


def test_a_tile_whose_score_passes_has_no_hot_cell():
    assert not cells(np.full((4, 4), 2.0), scores=(0.9,)).hot.any()


def test_a_bad_tile_whose_map_stays_below_has_its_worst_cell_hot_with_the_score():
    dull = np.zeros((4, 4))
    dull[2, 1] = 0.8
    found = cells(dull, scores=(1.5,))
    assert np.argwhere(found.hot).tolist() == [[2, 1]]
    assert found.value[2, 1] == 1.5


def test_what_is_warm_is_hot_and_not_sure():
    found = warm_strip(background=0.2)
    assert np.argwhere(found.hot).tolist() == [[1, 1], [1, 2]]
    assert np.argwhere(found.certain).tolist() == [[1, 1]]


def test_a_web_that_is_warm_all_over_does_not_join_its_defects():
    """A threshold that was set by hand, far above the calibration: the whole roll was one event."""
    assert np.argwhere(warm_strip(background=0.6).hot).tolist() == [[1, 1]]


def warm_strip(background: float) -> Cells:
    tile = np.full((8, 8), background, np.float32)
    tile[1, 1], tile[1, 2] = 3.0, 0.7
    tiles = Tiles(np.zeros((1, 64, 64, 3), np.uint8), (Place(0, 0, 64, 64),))
    return strip_cells(Scores(np.array([3.0], np.float32), tile[None]), tiles, (64, 64), 8, 1.0, warm=0.5)


@pytest.mark.parametrize("where", ["score", "map"])
def test_a_score_that_is_no_number_is_not_inspected(where):
    bad = np.zeros((4, 4))
    bad[0, 0] = np.nan if where == "map" else 0
    with pytest.raises(ValueError, match="no number"):
        cells(bad, scores=(0.0 if where == "map" else np.nan,))


def test_rows_of_overlapping_strips_are_handed_out_once_with_the_worse_word():
    seams, out = Seams(), []
    for top, level in ((0, 1.0), (3, 2.0), (6, 0.5)):
        grid = np.full((4, 2), level, np.float32)
        out.append(seams.add(top, Cells(grid > 1.5, grid), top + 3))
    out.append(seams.finish())
    values = np.concatenate([part.value[:, 0] for _, part in out])
    assert [first for first, _ in out] == [0, 3, 6, 9]
    assert values.tolist() == [1, 1, 1, 2, 2, 2, 2, 0.5, 0.5, 0.5]


def test_the_core_of_overlapping_strips_is_laid_over_each_other():
    seams, hot = Seams(), np.ones((4, 3), bool)
    upper, lower = np.zeros((4, 3), bool), np.zeros((4, 3), bool)
    upper[3, 0] = lower[0, 2] = True
    one = seams.add(0, Cells(hot, hot.astype(np.float32), core=upper), 3)[1]
    two = seams.add(3, Cells(hot, hot.astype(np.float32), core=lower), 6)[1]
    assert not one.measured.any()
    assert two.measured.tolist() == [[True, False, True], [False] * 3, [False] * 3]
