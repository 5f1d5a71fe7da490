from pathlib import Path

import numpy as np
import pytest

from edge.errors import UsageError
from edge.tiles import Geometry
from trainer.augment import Augmentation
from trainer.regimes import REGIMES

SIDE = 48


def tiles(n: int = 2) -> np.ndarray:
    """Smooth colourful tiles without flat places, far from black and white: uint8 [n, SIDE, SIDE, 3]."""
    y, x = np.mgrid[:SIDE, :SIDE]
    waves = [np.sin(x / (5 + k) + i) * np.cos(y / (4 + k)) for i in range(n) for k in range(3)]
    return (120 + 60 * np.stack(waves).reshape(n, 3, SIDE, SIDE).transpose(0, 2, 3, 1)).astype(np.uint8)


@pytest.mark.parametrize(("regime", "factor"), [("none", 1), ("mild", 4), ("strong", 4), ("rot90", 4)])
def test_the_tiles_themselves_come_first_and_unchanged(regime, factor):
    augment = Augmentation(regime)
    found = augment(tiles(), "a.png")
    assert (augment.factor, found.shape, found.dtype) == (factor, (2 * factor, SIDE, SIDE, 3), np.uint8)
    np.testing.assert_array_equal(found[:2], tiles())
    assert all((copy != tiles()[i % 2]).any() for i, copy in enumerate(found[2:]))


def test_a_picture_has_the_same_copies_whoever_comes_before_it():
    """Copies that hang on the order of batches differ from machine to machine, and with every picture added."""
    augment = Augmentation("strong", seed=3)
    first = augment(tiles(), "a.png")
    augment(tiles(), "b.png")
    np.testing.assert_array_equal(augment(tiles(), "a.png"), first)


def test_name_and_seed_make_the_copies():
    """One draw for all pictures would be one fixed transform, learned by heart."""
    copies = Augmentation("strong", 1)(tiles(), "a.png")[2:]
    assert (Augmentation("strong", 1)(tiles(), "b.png")[2:] != copies).any()
    assert (Augmentation("strong", 1, seed=1)(tiles(), "a.png")[2:] != copies).any()


def test_more_copies_keep_those_that_there_were():
    few, many = (Augmentation("strong", n)(tiles(), "a.png") for n in (2, 5))
    np.testing.assert_array_equal(many[: len(few)], few)


def test_rot90_is_the_four_turns():
    found = Augmentation("rot90")(tiles(1), "a.png")
    for turns, copy in enumerate(found):
        np.testing.assert_array_equal(np.rot90(copy, -turns), tiles(1)[0])


@pytest.mark.parametrize(("regime", "share"), [("mild", 0.05), ("strong", 0.15)])
def test_contrast_and_brightness_stay_in_their_bounds_and_use_them(regime, share):
    """The mean tells the brightness, the deviation over the mean the contrast; turned tiles keep both nearly."""
    checks = np.tile(np.kron([[80, 160], [160, 80]], np.ones((8, 8)))[None, ..., None], (1, 3, 3, 3)).astype(np.uint8)
    copies = Augmentation(regime, 100)(checks, "a.png")[1:].astype(float)
    brightness = copies.mean((1, 2, 3)) / checks.mean()
    contrast = copies.std((1, 2, 3)) / copies.mean((1, 2, 3)) / (checks.std() / checks.mean())
    slack = 0.015 if regime == "mild" else 0.06  # two grey levels, rounded; what cubic interpolation adds at edges
    for found in (brightness, contrast):
        assert found.min() > 1 - share - slack
        assert found.max() < 1 + share + slack
        assert found.max() - found.min() > 1.5 * share


def test_mild_moves_nothing():
    copies = Augmentation("mild", 20)(tiles(1), "a.png")[1:]
    for copy in copies:
        assert np.corrcoef(copy.ravel(), tiles(1).ravel())[0, 1] > 0.999


def marked(side: int = 201) -> np.ndarray:
    """Grey, with a blot in the middle, one right of it and one below, each in a colour of its own."""
    tile = np.full((1, side, side, 3), 100, np.uint8)
    middle = side // 2
    tile[:, middle - 4 : middle + 5, middle - 4 : middle + 5, 0] = 200
    tile[:, middle - 4 : middle + 5, middle + 56 : middle + 65, 1] = 200
    tile[:, middle + 56 : middle + 65, middle - 4 : middle + 5, 2] = 200
    return tile


def centre(plane: np.ndarray) -> np.ndarray:
    weight = np.clip(plane.astype(float) - np.median(plane) - 20, 0, None)
    y, x = np.mgrid[: plane.shape[0], : plane.shape[1]]
    return np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()


def test_strong_turns_shifts_scales_and_flips_within_its_bounds_and_uses_them():
    copies = Augmentation("strong", 100)(marked(), "a.png")[1:]
    middle = np.array([centre(copy[..., 0]) for copy in copies])
    arm = np.array([centre(copy[..., 1]) for copy in copies]) - middle
    shift = np.abs(middle - 100) / 201
    scale = np.linalg.norm(arm, axis=1) / 60
    degrees = np.degrees(np.arctan2(arm[:, 1], np.abs(arm[:, 0])))
    assert shift.max() == pytest.approx(0.05, abs=0.005)
    assert (scale.min(), scale.max()) == pytest.approx((0.9, 1.1), abs=0.01)
    assert (degrees.min(), degrees.max()) == pytest.approx((-15, 15), abs=1)
    below = np.array([centre(copy[..., 2]) for copy in copies]) - middle
    flipped = np.stack([arm[:, 0] < 0, below[:, 1] < 0])
    assert (flipped.mean(1) > 0.3).all()
    assert (flipped.mean(1) < 0.7).all()
    assert 0.1 < flipped.all(0).mean() < 0.4


def test_no_black_corner_is_taken_for_good():
    copies = Augmentation("strong", 50)(np.full((1, 64, 64, 3), 120, np.uint8), "a.png")
    assert copies.min() >= 0.85 * 120 - 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("wild",), "none, mild, strong, rot90"),
        (("strong", 0), "1 to 100"),
        (("strong", 101), "1 to 100"),
        (("rot90", 3), "--augment-copies"),
        (("none", 3), "--augment-copies"),
    ],
)
def test_a_wrong_regime_or_number_is_refused(arguments, says):
    with pytest.raises(UsageError, match=says):
        Augmentation(*arguments)


def test_only_a_square_can_be_turned_by_a_quarter():
    wide = Geometry(64, 96)
    with pytest.raises(UsageError, match="96 × 64"):
        Augmentation("rot90").refuse(wide)
    Augmentation("strong").refuse(wide)
    Augmentation("rot90").refuse(Geometry(64, 64))


@pytest.mark.parametrize(("regime", "moves"), [("none", 0), ("mild", 0), ("strong", 1), ("rot90", 1)])
def test_what_moves_is_doubted_with_fixed_places_alone(regime, moves):
    augment = Augmentation(regime)
    assert len(augment.doubts("fixed")) == moves
    assert not augment.doubts("free")
    assert not augment.doubts("auto")


def test_each_regime_has_words_of_its_own():
    assert REGIMES["strong"].words == (
        "rotation ± 15°, translation 5%, scale 10%, flips, contrast and brightness ± 15%"
    )
    assert len({regime.words for regime in REGIMES.values()}) == len(REGIMES)


def test_the_guide_says_of_a_regime_what_its_option_says():
    guide = (Path(__file__).parents[2] / "docs/train.md").read_text(encoding="utf-8")
    for name, regime in REGIMES.items():
        assert f"| `{name}` | {regime.words} |" in guide
