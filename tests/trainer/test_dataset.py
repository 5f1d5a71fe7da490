import shutil

import numpy as np
import pytest
from small_dataset import stripes, write, write_small_dataset

from edge.errors import DatasetError
from trainer.dataset import load_mask, open_dataset


@pytest.fixture
def root(tmp_path):
    return write_small_dataset(tmp_path / "tiles", train=9, good=2, bad=2)


def refuse(root, *says, **options):
    with pytest.raises(DatasetError) as caught:
        open_dataset(root, **options)
    for words in says:
        assert words in str(caught.value)


def test_files_come_in_the_order_of_their_names(root):
    data = open_dataset(root)
    assert [path.name for path in data.train] == sorted(path.name for path in (root / "train/good").iterdir())
    assert [(sample.kind, sample.path.name) for sample in data.test] == [
        ("good", "000.png"),
        ("good", "001.png"),
        ("patch", "000.png"),
        ("patch", "001.png"),
    ]


def test_all_faulty_files_are_named_at_once(root):
    (root / "train/good/003.png").write_bytes(b"")
    (root / "test/good/001.png").write_bytes(b"no picture")
    refuse(root, "003.png: is empty", "001.png: is damaged")


def test_a_mask_of_another_size_is_named(root):
    write(root / "ground_truth/patch/001_mask.png", np.zeros((32, 64), np.uint8))
    refuse(root, "001_mask.png: is 64 × 32 pixels", "is 64 × 64")


def test_a_missing_mask_is_named(root):
    (root / "ground_truth/patch/000_mask.png").unlink()
    refuse(root, "000_mask.png: is missing")


def test_a_kind_without_a_folder_of_masks_is_let_in(root):
    shutil.rmtree(root / "ground_truth")
    assert all(sample.mask is None for sample in open_dataset(root, need_test=True).test)


def test_mixed_bit_depths_name_the_rarer(root):
    write(root / "train/good/004.png", stripes(4).astype(np.uint16) * 257)
    refuse(root, "004.png: has 16 bits a channel, most others have 8")


def test_sizes_and_colours_may_differ(root):
    write(root / "train/good/100.png", np.zeros((40, 90, 3), np.uint8))
    assert len(open_dataset(root).train) == 10


def test_no_good_pictures_are_named(root):
    shutil.rmtree(root / "train")
    refuse(root, "train/good: holds no pictures")


@pytest.mark.parametrize("folder", ["test/good", "test/patch"])
def test_an_evaluation_needs_both_kinds(root, folder):
    shutil.rmtree(root / folder)
    refuse(root, "to evaluate with", need_test=True)


def test_a_training_needs_no_test_folder(root):
    shutil.rmtree(root / "test")
    assert open_dataset(root).test == ()


def test_the_fingerprint_is_of_names_and_contents(root, tmp_path):
    first = open_dataset(root).fingerprint()
    copy = shutil.copytree(root, tmp_path / "copy")
    assert open_dataset(copy).fingerprint() == first
    (copy / "train/good/000.png").rename(copy / "train/good/z.png")
    renamed = open_dataset(copy).fingerprint()
    write(copy / "ground_truth/patch/000_mask.png", np.zeros((64, 64), np.uint8))
    assert len({first, renamed, open_dataset(copy).fingerprint()}) == 3


def test_a_mask_is_true_above_zero(tmp_path):
    write(tmp_path / "m.png", np.array([[0, 1], [255, 0]], np.uint8))
    assert load_mask(tmp_path / "m.png").tolist() == [[False, True], [True, False]]
