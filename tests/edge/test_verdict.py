import math

import numpy as np
import pytest

from edge.parts import Decision, PartMap, Place
from edge.verdict import Judge


def a_map(*hot: tuple[int, int, float], size: tuple[int, int] = (10, 20)) -> PartMap:
    pixels = np.zeros(size, np.float32)
    for y, x, value in hot:
        pixels[y, x] = value
    return PartMap(pixels, float(pixels.max()))


def test_a_score_on_the_threshold_passes_and_one_above_is_rejected():
    judge = Judge(0.5)
    assert judge.judge(a_map((0, 0, 0.5))).decision is Decision.PASS
    assert judge.judge(a_map((0, 0, 0.50001))).decision is Decision.REJECT


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_never_a_pass(score):
    """NaN compares false with every threshold: `score > threshold` let every part of a broken model pass."""
    with pytest.raises(ValueError, match="no number"):
        Judge(0.5).judge(PartMap(np.zeros((2, 2), np.float32), score))


def test_a_reject_says_where_the_worst_place_first():
    verdict = Judge(0.5).judge(a_map((2, 3, 0.7), (2, 4, 0.6), (8, 15, 0.9)))
    assert verdict.where == (Place(15, 8, 1, 1), Place(3, 2, 2, 1))


def test_places_are_told_in_the_pictures_pixels():
    verdict = Judge(0.5).judge(a_map((8, 15, 0.9)), size=(100, 200))
    assert verdict.where == (Place(150, 80, 10, 10),)


def test_a_score_above_a_map_that_stays_below_still_has_a_place():
    part_map = PartMap(a_map((4, 7, 0.4)).anomaly_map, 0.6)
    assert Judge(0.5).judge(part_map).where == (Place(7, 4, 1, 1),)


@pytest.mark.parametrize("threshold", [math.nan, math.inf])
def test_a_threshold_is_a_number(threshold):
    with pytest.raises(ValueError, match="finite"):
        Judge(threshold)
