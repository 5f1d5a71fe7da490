import numpy as np
import pytest

from trainer.synthetic import defects, perlin


def good_tiles(n: int = 6, h: int = 64, w: int = 96) -> np.ndarray:
    return np.random.default_rng(0).integers(60, 200, (n, h, w, 3)).astype(np.uint8)


def test_the_mask_is_exactly_where_the_tile_changed():
    tiles = good_tiles()
    bad, masks = defects(tiles, seed=1, copies=2)
    assert bad.shape == (12, 64, 96, 3)
    np.testing.assert_array_equal((bad != np.concatenate([tiles, tiles])).any(3), masks)


def test_every_tile_gets_a_defect_that_leaves_most_of_it_alone():
    _, masks = defects(good_tiles(30), seed=2)
    share = masks.mean(axis=(1, 2))
    assert share.min() > 0.0005
    assert share.max() < 0.1


def test_the_seed_decides():
    tiles = good_tiles()
    np.testing.assert_array_equal(defects(tiles, 3)[0], defects(tiles, 3)[0])
    assert (defects(tiles, 3)[0] != defects(tiles, 4)[0]).any()


def test_the_good_tiles_are_left_as_they_are():
    """Prevents a choice between models that was measured against spoilt good parts."""
    tiles = good_tiles()
    before = tiles.copy()
    defects(tiles, 5)
    np.testing.assert_array_equal(tiles, before)


def test_a_plain_surface_still_gets_visible_defects():
    """Prevents defects cut from the same grey that they are pasted on."""
    bad, masks = defects(np.full((9, 64, 64, 3), 120, np.uint8), seed=6)
    for tile, mask in zip(bad, masks, strict=True):
        assert np.abs(tile[mask].astype(int) - 120).mean() >= 2


@pytest.mark.parametrize("cells", [2, 4])
def test_perlin_noise_is_zero_at_the_lattice_and_smooth_between(cells):
    noise = perlin(64 * cells, cells, np.random.default_rng(0))
    assert np.abs(noise[::64, ::64]).max() < 0.02
    assert np.abs(np.diff(noise, axis=0)).max() < 0.06
    assert noise.std() > 0.1
