"""What of the hot cells is the defect itself."""

import numpy as np

from edge.parts import Image
from edge.web.cells import Cells
from edge.web.extent import with_core

CELL, THRESHOLD = 8, 1.0
HEIGHT, WIDTH = 16, 160  # cells


def film(seed: int = 0) -> Image:
    grey = np.random.default_rng(seed).normal(80, 4, (HEIGHT * CELL, WIDTH * CELL, 1))
    return np.broadcast_to(np.rint(grey), (*grey.shape[:2], 3)).astype(np.uint8)


def spot(row: float, column: float, height: float = 4.0, sigma: float = 3.0) -> np.ndarray:
    """The map's answer to something small: round and wide."""
    y, x = np.ogrid[:HEIGHT, :WIDTH]
    return height * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 2 / sigma**2)


def core(value: np.ndarray, image: Image) -> set[tuple[int, int]]:
    cells = with_core(Cells(value > THRESHOLD, value.astype(np.float32)), image, CELL, THRESHOLD)
    return {(int(y), int(x)) for y, x in np.argwhere(cells.measured)}


def test_a_hole_that_can_be_seen_is_as_large_as_it_is():
    """A pinhole of 0.15 mm was told as a defect of 8 x 8 mm."""
    image = film()
    image[60:63, 801:804] = 200
    assert core(spot(8, 98), image) == {(7, 100)}


def test_a_hole_over_a_border_of_cells_is_in_both():
    image = film()
    image[60:63, 798:802] = 200
    assert core(spot(7, 100), image) == {(7, 99), (7, 100)}


def test_a_shadow_that_no_pixel_shows_is_where_the_map_is_high():
    value = spot(8, 80, height=5.0, sigma=4.0)
    found = core(value, film())
    assert 0 < len(found) < (value > THRESHOLD).sum()
    assert all(value[cell] >= 3.0 - 1e-6 for cell in found)


def test_of_two_places_each_has_its_own_core():
    """A faint defect beside a bright hole was left out of the roll map."""
    image = film()
    image[60:63, 401:404] = 200
    found = core(np.maximum(spot(8, 50, 9.0), spot(8, 80, 2.0, 2.0)), image)
    assert (7, 50) in found
    assert any(column > 70 for _, column in found)


def test_a_faint_place_in_the_skirt_of_a_strong_one_is_not_lost():
    value = np.maximum(spot(8, 50, 9.0, 1.2), spot(8, 54.5, 1.5, 0.6))
    value[:, 52:54] = 0.0  # not connected
    found = core(value, film())
    assert any(column >= 54 for _, column in found)


def test_a_streak_is_as_narrow_as_it_is_and_as_long():
    image = film()
    image[:, 803:806] -= 30
    value = np.broadcast_to(spot(8, 100, 4.0).max(axis=0), (HEIGHT, WIDTH))
    assert core(value, image) == {(row, 100) for row in range(HEIGHT)}


def test_sure_is_the_core_of_what_is_sure_somewhere():
    """The place that made a tile bad lay beside the hole's own pixels, and the hole was no event."""
    image = film()
    image[60:63, 801:804] = 200
    value = np.maximum(spot(8, 98), spot(8, 30, 2.0))
    sure = np.zeros(value.shape, bool)
    sure[8, 98] = True
    cells = with_core(Cells(value > THRESHOLD, value.astype(np.float32), sure=sure), image, CELL, THRESHOLD)
    assert np.argwhere(cells.certain).tolist() == [[7, 100]]
    assert cells.measured[:, :60].any()


def test_where_all_is_bad_nothing_is_cut_away():
    """Without good web to compare with, what differs is not known."""
    value = np.full((HEIGHT, WIDTH), 3.0)
    assert len(core(value, film())) == HEIGHT * WIDTH


def test_the_last_strip_of_a_roll_may_end_within_a_cell():
    image = film()[: 9 * CELL + 3]
    image[60:63, 801:804] = 200
    value = spot(8, 98)[:10]
    assert core(value, image) == {(7, 100)}


def test_good_web_is_left_as_it_is():
    cells = Cells(np.zeros((HEIGHT, WIDTH), bool), np.zeros((HEIGHT, WIDTH), np.float32))
    assert with_core(cells, film(), CELL, THRESHOLD) is cells
