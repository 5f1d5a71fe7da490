import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.errors import UsageError
from edge.parts import Scores, Tiles
from edge.tiles import Geometry, cut, places, stitch

sizes = st.tuples(st.integers(1, 300), st.integers(1, 300))


@st.composite
def geometries(draw):
    if draw(st.booleans()):
        return Geometry(32, 48)
    side = draw(st.integers(16, 120))
    return Geometry(16, 16, "grid", side, draw(st.integers(0, side // 2)))


def flat(tiles: Tiles, value: float = 1.0, h: int = 8, w: int = 8) -> Scores:
    n = len(tiles.places)
    return Scores(np.full(n, value, np.float32), np.full((n, h, w), value, np.float32))


@given(sizes, geometries())
def test_every_pixel_is_covered(size, geometry):
    seen = np.zeros(size, bool)
    for place in places(size, geometry):
        seen[place.y : place.y + place.h, place.x : place.x + place.w] = True
    assert seen.all()


@given(sizes, geometries())
def test_a_place_begins_in_the_picture_and_leaves_it_only_where_the_picture_is_smaller_than_a_tile(size, geometry):
    for place in places(size, geometry):
        assert 0 <= place.x < size[1]
        assert 0 <= place.y < size[0]
        assert place.x + place.w <= max(size[1], geometry.tile_px)
        assert place.y + place.h <= max(size[0], geometry.tile_px)


@given(sizes, geometries(), st.integers(8, 400))
@settings(deadline=None)
def test_stitching_a_constant_gives_the_constant(size, geometry, max_side):
    tiles = cut(np.zeros((*size, 3), np.uint8), geometry)
    part = stitch(flat(tiles, 0.7), tiles, size, max_side=max_side)
    np.testing.assert_allclose(part.anomaly_map, 0.7, rtol=1e-5)
    assert max(part.anomaly_map.shape) <= max_side
    assert part.score == pytest.approx(0.7)


@given(st.tuples(st.integers(40, 300), st.integers(40, 300)), geometries(), st.data())
@settings(deadline=None)
def test_a_hot_spot_stays_where_it_was(size, geometry, data):
    """Prevents maps that are shifted against the picture, or whose border is thrown away."""
    y, x = data.draw(st.integers(0, size[0] - 1)), data.draw(st.integers(0, size[1] - 1))
    image = np.zeros((*size, 3), np.uint8)
    image[max(0, y - 6) : y + 7, max(0, x - 6) : x + 7] = 255
    tiles = cut(image, geometry)
    maps = tiles.pixels[..., 0].astype(np.float32)
    part = stitch(Scores(maps.max((1, 2)), maps), tiles, size)
    hot = part.anomaly_map >= 0.9 * part.anomaly_map.max()
    at = np.argwhere(hot)
    assert np.abs(at - (y, x)).max() <= 6 + max(size[0] / geometry.input_h, size[1] / geometry.input_w) + 2


def test_a_large_picture_gets_a_smaller_map_of_its_proportions():
    tiles = Tiles(np.zeros((1, 16, 16, 3), np.uint8), places((1500, 3000), Geometry(16, 16)))
    assert stitch(flat(tiles), tiles, (1500, 3000)).anomaly_map.shape == (512, 1024)


def test_the_border_between_tiles_belongs_to_the_tile_that_saw_more_of_it():
    geometry = Geometry(16, 16, "grid", 100, 50)
    tiles = cut(np.zeros((100, 150, 3), np.uint8), geometry)
    maps = np.stack([np.zeros((4, 4)), np.ones((4, 4))]).astype(np.float32)
    row = stitch(Scores(np.zeros(2, np.float32), maps), tiles, (100, 150)).anomaly_map[50]
    assert row[20] == 0
    assert row[130] == 1
    assert 0 < row[60] < row[75] < row[90] < 1


def test_a_part_is_as_bad_as_its_worst_tile():
    tiles = cut(np.zeros((32, 64, 3), np.uint8), Geometry(32, 32, "grid", 32))
    scores = Scores(np.array([1, 5], np.float32), np.zeros((2, 4, 4), np.float32))
    assert stitch(scores, tiles, (32, 64)).score == 5
    assert stitch(scores, tiles, (32, 64), aggregate=np.mean).score == 3


def test_a_tile_of_the_models_own_size_is_not_resampled():
    image = np.random.default_rng(0).integers(0, 256, (100, 80, 3), np.uint8)
    tiles = cut(image, Geometry(32, 32, "grid", 32))
    for tile, place in zip(tiles.pixels, tiles.places, strict=True):
        np.testing.assert_array_equal(tile, image[place.y : place.y + 32, place.x : place.x + 32])


def test_a_picture_smaller_than_a_tile_is_filled_by_reflection():
    image = np.arange(20 * 20 * 3, dtype=np.uint8).reshape(20, 20, 3)
    (tile,) = cut(image, Geometry(32, 32, "grid", 32)).pixels
    np.testing.assert_array_equal(tile[:20, :20], image)
    np.testing.assert_array_equal(tile[20:, :20], image[:7:-1])


def test_geometry_survives_json():
    geometry = Geometry(64, 64, "grid", 128, 32)
    assert Geometry.from_dict(geometry.to_dict()) == geometry


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"input_h": 8, "input_w": 64}, "input_h"),
        ({"input_h": 64, "input_w": 64.0}, "input_w"),
        ({"input_h": 64}, "input_w"),
        ({"input_h": 64, "input_w": 64, "mode": "tiled"}, "mode"),
        ({"input_h": 64, "input_w": 64, "mode": "grid"}, "tile_px"),
        ({"input_h": 64, "input_w": 64, "mode": "grid", "tile_px": 64, "overlap_px": 40}, "overlap_px"),
        ({"input_h": 64, "input_w": 64, "overlap_px": 4}, "overlap_px"),
        ({"input_h": 64, "input_w": 64, "stride": 4}, "stride"),
    ],
)
def test_a_wrong_geometry_names_its_field(values, name):
    with pytest.raises(UsageError, match=name):
        Geometry.from_dict(values)


def test_an_empty_region_is_refused():
    with pytest.raises(UsageError, match="region"):
        cut(np.zeros((0, 5, 3), np.uint8), Geometry(32, 32))
