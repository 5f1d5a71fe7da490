import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.report.plot import HEIGHT, WIDTH, Plot, ticks


def test_corners_of_the_axes_are_corners_of_the_field():
    plot = Plot((2, 4), (10, 20), "")
    assert plot.across(2) < plot.across(4) < WIDTH
    assert plot.up(20) < plot.up(10) < HEIGHT
    assert plot.across(3) == pytest.approx((plot.across(2) + plot.across(4)) / 2)


def test_decades_of_a_logarithmic_axis_are_equally_wide():
    plot = Plot((1, 100), (0, 1), "", log_x=True)
    assert plot.across(10) - plot.across(1) == pytest.approx(plot.across(100) - plot.across(10))


def test_steps_keep_their_height_until_the_next_value():
    plot = Plot((0, 2), (0, 1), "")
    drawn = plot.steps([(0, 0), (1, 1), (2, 1)], "x").svg()
    corners = re.findall(r"[ML]([\d.]+) ([\d.]+)", drawn)
    assert (f"{plot.across(1):.1f}", f"{plot.up(0):.1f}") in corners


def test_words_are_escaped():
    drawn = Plot((0, 1), (0, 1), '"><script>').label(0, 0, "<b>").svg()
    assert "<script>" not in drawn
    assert "&lt;b&gt;" in drawn


def test_an_axis_without_length_is_drawn():
    """Prevents a division by zero where all scores are alike."""
    assert "nan" not in Plot((3, 3), (0, 0), "").line([(3, 0)], "x").svg()


@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4), st.integers(3, 8))
def test_ticks_are_few_and_inside(low, span, most):
    found = ticks(low, low + span, most)
    assert 1 <= len(found) <= most
    assert all(low - 1e-6 * span <= value <= low + span * (1 + 1e-6) for value in found)
