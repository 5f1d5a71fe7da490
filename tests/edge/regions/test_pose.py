import numpy as np

from edge.regions.pose import Pose, upright


def test_a_part_that_lies_upright_in_the_middle_is_returned_as_it_is():
    image = np.random.default_rng(1).integers(0, 255, (31, 40, 3), np.uint8)
    assert np.array_equal(upright(image, Pose(19.5, 15.0), (31, 40)), image)


def test_a_shift_changes_no_grey_level():
    """A shift by a fraction of a pixel smooths the picture, and smooth pictures have other scores."""
    image = np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    assert np.array_equal(upright(image, Pose(40.3, 30.2), (20, 30)), image[21:41, 26:56])


def test_beyond_the_picture_its_border_is_repeated():
    image = np.arange(100, dtype=np.uint8).reshape(10, 10, 1).repeat(3, axis=2)
    cut = upright(image, Pose(0, 4.5), (10, 9))
    assert np.array_equal(cut[:, 0], image[:, 0])
    assert np.array_equal(cut[:, 5], image[:, 1])


def test_a_quarter_turn_is_undone():
    image = np.random.default_rng(1).integers(0, 255, (21, 21, 3), np.uint8)
    turned = np.rot90(image, -1)  # clockwise
    assert np.array_equal(upright(np.ascontiguousarray(turned), Pose(10, 10, 90.0), (21, 21)), image)
