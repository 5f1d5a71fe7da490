import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.config.regions import LocateConfig
from edge.errors import NotLocated
from edge.regions.contour import ContourLocator
from edge.regions.pose import upright
from edge.regions.template import TemplateLocator

from .conftest import a_part, lay


def contour(**more) -> ContourLocator:
    return ContourLocator(LocateConfig.model_validate({"how": "contour", **more}))


def template(**more) -> TemplateLocator:
    config = LocateConfig.model_validate({"how": "template", "template": "part.png", **more})
    return TemplateLocator(config, lay(a_part(), 59.5, 39.5, 0, (80, 120)))


@pytest.mark.parametrize("locator", [contour(max_turn_deg=90), template()], ids=["contour", "template"])
@settings(max_examples=15, deadline=None)
@given(x=st.floats(85, 155), y=st.floats(80, 120), turn=st.floats(-40, 40))
def test_shift_and_turn_are_found(locator, x, y, turn):
    pose = locator.locate(lay(a_part(), x, y, turn))
    assert (pose.x, pose.y) == (pytest.approx(x, abs=1.0), pytest.approx(y, abs=1.0))
    assert pose.turn_deg == pytest.approx(turn, abs=1.0)


@pytest.mark.parametrize("locator", [contour(), template()], ids=["contour", "template"])
def test_two_pictures_of_a_part_in_other_poses_become_one(locator, part):
    one, two = (lay(part, *where) for where in ((100, 90, -25), (140, 110, 30)))
    cut = [upright(image, locator.locate(image), (60, 100)).astype(float) for image in (one, two)]
    assert np.abs(cut[0] - cut[1]).mean() < 6.0
    assert np.abs(upright(one, locator.locate(two), (60, 100)) - cut[1]).mean() > 15.0


@pytest.mark.parametrize("locator", [contour(level=90), template()], ids=["contour", "template"])
def test_an_empty_belt_is_no_part(locator):
    with pytest.raises(NotLocated):
        locator.locate(lay(a_part((1, 1)), 100, 100, 0))


def test_a_part_that_is_cut_off_is_not_taken_for_a_whole_one(part):
    """The visible half of a part was scored, and passed, as if it were the part."""
    with pytest.raises(NotLocated, match="border"):
        contour().locate(lay(part, 10, 100, 0))


def test_a_part_of_another_size_is_refused(part):
    with pytest.raises(NotLocated, match="more than 2000"):
        contour(max_area_px=2000).locate(lay(part, 120, 100, 0))


def test_something_else_of_the_parts_brightness_does_not_match_the_template():
    stranger = np.full((60, 100, 3), 150, np.uint8)
    cv2.circle(stranger, (50, 30), 25, (20, 20, 20), -1)
    with pytest.raises(NotLocated):
        template().locate(lay(stranger, 120, 100, 10))


def test_a_part_that_is_turned_too_far_is_refused(part):
    with pytest.raises(NotLocated, match="turned"):
        contour(max_turn_deg=20).locate(lay(part, 120, 100, 35))


def test_a_template_tells_a_part_from_one_that_lies_the_other_way_round(part):
    pose = template(max_turn_deg=180).locate(lay(part, 120, 100, 175))
    assert abs(pose.turn_deg) == pytest.approx(175, abs=1.0)


def test_a_disc_is_not_turned_at_random():
    disc = np.zeros((80, 80, 3), np.uint8)
    cv2.circle(disc, (40, 40), 36, (180, 180, 180), -1)
    assert contour().locate(lay(disc, 120, 100, 33, belt=0)).turn_deg == 0


def test_a_squares_nearest_side_counts():
    square = np.full((70, 70, 3), 180, np.uint8)
    assert contour().locate(lay(square, 120, 100, 65)).turn_deg == pytest.approx(-25, abs=1.0)
