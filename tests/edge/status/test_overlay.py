"""The heat map: nothing where nothing is, more where it is worse, and never a crash for a strange map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edge.parts import Place
from edge.status.overlay import _SCALE, outline, overlay, to_shares

GREY = np.full((60, 80, 3), 100, np.uint8)


def test_below_half_the_threshold_the_picture_is_untouched():
    assert np.array_equal(overlay(GREY, np.full((6, 8), 0.99, np.float32), 2.0), GREY)


def test_the_picture_given_is_not_written_to():
    image = GREY.copy()
    overlay(image, np.full((6, 8), 9, np.float32), 2.0, [Place(1, 1, 5, 5)])
    assert np.array_equal(image, GREY)


def test_worse_is_more_colourful_and_lies_where_the_map_says():
    heat = np.zeros((60, 80), np.float32)
    heat[:20, :20], heat[40:, 60:] = 1.5, 4.0
    seen = overlay(GREY, heat, 2.0).astype(int)
    change = np.abs(seen - 100).sum(axis=2)
    assert change[10, 10] > 0
    assert change[50, 70] > change[10, 10]
    assert change[10, 70] == 0


def test_lightness_of_the_scale_grows_evenly():
    """Rainbow scales show edges where there are none, and read as nothing to the colour-blind."""
    lightness = _SCALE.astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -2).all()
    assert lightness[-1] > lightness[0] + 100


def test_a_stored_map_looks_like_the_live_one():
    heat = np.linspace(0, 3.9, 48, dtype=np.float32).reshape(6, 8)
    stored = np.round(heat / 2 * 128).astype(np.uint8)
    live, later = overlay(GREY, heat, 2.0), overlay(GREY, stored, 2.0)
    assert np.abs(live.astype(int) - later.astype(int)).max() <= 4


@pytest.mark.parametrize("threshold", [2.0, -2.0, 0.0])
def test_the_threshold_is_one_and_worse_is_more_for_any_sign(threshold):
    """A discriminator's scores may be negative: a share of a negative threshold would turn the map over."""
    heat = np.array([[threshold - 1, threshold, threshold + 1]], np.float32)
    low, middle, high = to_shares(heat, threshold)[0]
    assert low < middle == 1 < high


@given(
    hnp.arrays(np.float32, (5, 7), elements=st.floats(width=32)),
    st.floats(-1e6, 1e6),
    st.lists(st.builds(Place, *[st.integers(-200, 200)] * 4), max_size=3),
)
def test_any_map_and_any_place_give_a_picture(heat, threshold, places):
    seen = overlay(GREY, heat, threshold, places)
    assert (seen.shape, seen.dtype) == (GREY.shape, np.uint8)
    assert np.isfinite(to_shares(heat, threshold)).all()


def test_an_outline_is_seen_on_white_and_on_black():
    for ground in (0, 255):
        seen = outline(np.full((60, 80, 3), ground, np.uint8), [Place(20, 20, 30, 20)]).astype(int)
        assert np.abs(seen - ground).max() > 150
        assert (seen[30, 35] == ground).all()


def test_neighbours_do_not_cut_each_others_outlines():
    ground = np.zeros((60, 80, 3), np.uint8)
    both = outline(ground.copy(), [Place(10, 10, 40, 20), Place(20, 28, 40, 20)])
    alone = outline(ground.copy(), [Place(10, 10, 40, 20)])
    assert (both[alone.min(axis=2) == 255] == 255).all()
