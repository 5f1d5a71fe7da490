import numpy as np
import pytest
from checkup_dataset import write_parts
from small_dataset import write

from edge.health import Level
from trainer.checkup.defects import defect_findings, extent
from trainer.dataset import open_dataset


def masked(h, w, *places):
    mask = np.zeros((h, w), bool)
    for y, x, high, wide in places:
        mask[y : y + high, x : x + wide] = True
    return mask


def test_a_component_is_measured_at_the_models_input():
    """A scratch 4 px wide in a picture twice the model's size is 2 px wide for the model."""
    found = extent(masked(512, 512, (100, 100, 4, 200)), 256)
    assert found.areas == (800,)
    assert found.sides == pytest.approx((2.0,))
    assert found.diameters == pytest.approx((np.sqrt(4 * 200 / np.pi),))
    assert found.share == pytest.approx(800 / 512**2)


def test_a_narrow_side_is_that_of_the_defect_and_not_of_its_upright_box():
    mask = np.zeros((256, 256), bool)
    for i in range(100):
        mask[50 + i, 50 + i : 53 + i] = True
    assert extent(mask, 256).sides[0] < 4


def test_touching_corners_are_one_component():
    assert extent(masked(64, 64, (0, 0, 4, 4), (4, 4, 4, 4), (30, 30, 2, 2)), 64).areas == (32, 4)


def findings(root, size):
    return {finding.check: finding for finding in defect_findings(open_dataset(root), size)}


def test_empty_masks_are_counted_and_shown(tmp_path):
    root = write_parts(tmp_path / "parts")
    write(root / "ground_truth/hole/001_mask.png", np.zeros((160, 160), np.uint8))
    found = findings(root, 160)["defects.masks"]
    assert found.level is Level.WARNING
    assert found.numbers["empty"] == 1
    assert [shown.name for shown in found.pictures] == ["test/hole/001.png"]


def test_defects_too_small_for_the_model_name_the_size_that_they_need(tmp_path):
    root = write_parts(tmp_path / "parts")
    assert findings(root, 160)["defects.smallest"].level is Level.OK
    small = findings(root, 32)["defects.smallest"]
    assert small.level is Level.WARNING
    wanted = small.numbers["size_for_nine_in_ten"]
    assert "--size 64" in small.mend
    assert findings(root, wanted)["defects.smallest"].level is Level.OK
