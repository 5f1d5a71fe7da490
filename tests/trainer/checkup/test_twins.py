import cv2
import numpy as np
import pytest
from checkup_dataset import part, write_parts
from small_dataset import write

from trainer.checkup.looks import look_at, natural
from trainer.checkup.repeats import repeat_findings
from trainer.checkup.twins import Likeness, Pair, find_pairs, groups, without_lookalikes
from trainer.dataset import open_dataset


def jpeg(picture, quality=85):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


def moved(picture):
    return cv2.warpAffine(
        picture, np.array([[1, 0, 2], [0, 1, -1]], float), picture.shape, borderMode=cv2.BORDER_REFLECT
    )


COPIES = {
    "exact": (lambda picture: picture, Likeness.EXACT),
    "saved again": (jpeg, Likeness.NEAR),
    "brighter": (lambda picture: np.clip(picture * 1.03, 0, 255).astype(np.uint8), Likeness.NEAR),
    "darker": (lambda picture: (picture * 0.97).astype(np.uint8), Likeness.NEAR),
    "shifted": (moved, Likeness.NEAR),
    "cropped": (lambda picture: picture[2:, :-3], Likeness.NEAR),
    "all at once": (lambda picture: jpeg(moved((picture * 0.97).astype(np.uint8))), Likeness.NEAR),
}


def pairs_of(root):
    looks = look_at(open_dataset(root))
    return [(looks[p.a].name, looks[p.b].name, p.likeness) for p in find_pairs(looks)]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_of_a_training_picture_is_found_in_the_test_set(tmp_path, name):
    """Five training pictures in the test set: the reported accuracy was that of memory."""
    copy, likeness = COPIES[name]
    root = write_parts(tmp_path / "parts")
    write(root / "test/good/900.png", copy(part(3)))
    assert pairs_of(root) == [("train/good/003.png", "test/good/900.png", likeness)]


def test_parts_of_one_design_are_no_copies_of_each_other(tmp_path):
    """Pictures of a jig agree to 99 % without being the same: the design is common, the texture is not."""
    assert pairs_of(write_parts(tmp_path / "parts")) == []


def test_a_part_photographed_again_in_other_light_is_the_same_part_and_no_copy(tmp_path):
    root = write_parts(tmp_path / "parts")
    write(root / "test/good/900.png", (part(3, noise_seed=99) * 0.6).astype(np.uint8))
    assert pairs_of(root) == [("train/good/003.png", "test/good/900.png", Likeness.SAME_PART)]


def test_uniform_pictures_are_not_called_alike(tmp_path):
    root = write_parts(tmp_path / "parts")
    for i in (100, 140):
        write(root / f"train/good/9{i}.png", np.full((160, 160), i, np.uint8))
    assert pairs_of(root) == []


def test_three_copies_are_one_group(tmp_path):
    root = write_parts(tmp_path / "parts")
    for i in (1, 2):
        write(root / f"test/good/90{i}.png", part(3))
    looks = look_at(open_dataset(root))
    (group,) = groups(find_pairs(looks), len(looks), Likeness.EXACT)
    assert [looks[i].name for i in group] == ["train/good/003.png", "test/good/901.png", "test/good/902.png"]


def test_numbers_in_names_count_by_value():
    assert sorted(["p10.png", "p9.png", "p9a.png"], key=natural) == ["p9.png", "p9a.png", "p10.png"]


def test_a_common_design_is_not_taken_for_one_part(tmp_path):
    """Solar cells correlate by their busbars: 425 of 428 pictures were called retakes of four parts."""
    chain = [Pair(i, i + 1, Likeness.SAME_PART, 0.99) for i in range(50)]
    copy = Pair(60, 61, Likeness.NEAR, 0.999)
    sleeve = Pair(62, 63, Likeness.NEAR, 0.98)
    assert without_lookalikes([*chain, copy, sleeve], 70) == (copy,)
    assert without_lookalikes([*chain[:5], copy], 70) == (*chain[:5], copy)


def test_what_cannot_be_told_is_not_said_to_be_fine(tmp_path):
    looks = look_at(open_dataset(write_parts(tmp_path / "parts")))
    found = [finding for finding in repeat_findings(looks, (), lookalikes=7) if "same_part" in finding.check]
    assert [(finding.check, finding.level.name) for finding in found] == [("repeats.same_part_across", "INFO")]
