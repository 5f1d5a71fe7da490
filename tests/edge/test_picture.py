import cv2
import numpy as np
import pytest

from edge.errors import DatasetError
from edge.picture import load_image, resize


@pytest.fixture
def grey():
    return np.random.default_rng(0).integers(0, 256, (12, 20), np.uint8)


def test_grey_16_bit_colour_and_alpha_give_the_same_pixels(grey, tmp_path):
    """Prevents a desk and a box that read one picture in two ways."""
    forms = {
        "grey8": grey,
        "grey16": grey.astype(np.uint16) * 257,
        "colour": cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR),
        "alpha": cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA),
    }
    for name, pixels in forms.items():
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), pixels)
        np.testing.assert_array_equal(load_image(path), np.repeat(grey[..., None], 3, axis=2), err_msg=name)


def test_colour_is_read_as_rgb(tmp_path):
    cv2.imwrite(str(tmp_path / "red.png"), np.full((4, 4, 3), (0, 0, 255), np.uint8))
    assert load_image(tmp_path / "red.png")[0, 0].tolist() == [255, 0, 0]


def test_a_dark_16_bit_picture_stays_dark(tmp_path):
    """Prevents stretching each picture by its own range."""
    cv2.imwrite(str(tmp_path / "dark.png"), np.full((4, 4), 257 * 9 - 100, np.uint16))
    assert load_image(tmp_path / "dark.png").max() == 9


@pytest.mark.parametrize(("content", "says"), [(b"", "empty"), (b"no picture", "damaged")])
def test_a_file_that_is_no_picture_is_named(content, says, tmp_path):
    (tmp_path / "part.png").write_bytes(content)
    with pytest.raises(DatasetError, match=rf"part\.png: is {says}"):
        load_image(tmp_path / "part.png")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"gone\.png: cannot be read"):
        load_image(tmp_path / "gone.png")


def test_floating_point_pixels_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "depth.tiff"), np.zeros((4, 4), np.float32))
    with pytest.raises(DatasetError, match="8 or 16 bits"):
        load_image(tmp_path / "depth.tiff")


def test_shrinking_averages_so_that_fine_lines_do_not_alias():
    """Prevents the flipped verdicts of a resize without antialiasing."""
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::4] = 200
    assert (resize(stripes, 16, 16) == 50).all()


def test_each_axis_is_resized_by_itself():
    """An area resize that grows in one axis repeats pixels there, and on other versions averages in neither."""
    image = np.zeros((8, 64, 3), np.uint8)
    image[:, ::4] = np.arange(0, 240, 30)[:, None, None]
    resized = resize(image, 32, 16)
    assert (resized == resized[:, :1]).all()
    assert len(np.unique(resized)) > 16


@pytest.mark.parametrize("size", [(12, 20), (5, 50), (50, 5), (1, 1), (40, 40)])
def test_the_size_is_what_was_asked(grey, size):
    assert resize(np.repeat(grey[..., None], 3, axis=2), *size).shape == (*size, 3)
