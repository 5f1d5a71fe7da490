import hashlib
import importlib.util
from pathlib import Path

import pytest

from edge.virtual.demo.cells import TRAIN_SHARE, find_cells, split


def write(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"cell{number:04}.png" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(number.to_bytes(4, "big"))
    return paths


def test_only_sure_labels_are_taken(tmp_path):
    one, two, three = write(tmp_path, 3)
    cells = split([(one, 0.3333), (two, 0.6667), (three, 1.0)])
    assert (cells.train_good, cells.test_good, cells.test_defective) == ((), (), (three,))


def test_no_cell_is_in_two_sets_and_none_is_lost(tmp_path):
    paths = write(tmp_path, 400)
    cells = split([(path, 0.0) for path in paths])
    assert sorted(cells.train_good + cells.test_good) == paths
    assert abs(len(cells.train_good) / 400 - TRAIN_SHARE) < 0.08


def test_a_picture_that_stands_there_twice_falls_into_one_set(tmp_path):
    """Near-perfect numbers came from test pictures that the model had learned by heart under another name."""
    paths = write(tmp_path, 100)
    copies = [path.with_name("copy-" + path.name) for path in paths]
    for path, copy in zip(paths, copies, strict=True):
        copy.write_bytes(path.read_bytes())
    cells = split([(path, 0.0) for path in paths + copies])
    train = {path.name.removeprefix("copy-") for path in cells.train_good}
    assert not train & {path.name.removeprefix("copy-") for path in cells.test_good}


def test_the_split_does_not_depend_on_the_order(tmp_path):
    pairs = [(path, 0.0) for path in write(tmp_path, 50)]
    assert split(pairs) == split(pairs[::-1])


@pytest.mark.skipif(importlib.util.find_spec("elpv_dataset") is None, reason="elpv-dataset is not installed")
def test_the_real_cells_are_as_documented():
    cells = find_cells()
    assert len(cells.train_good) + len(cells.test_good) == 588
    assert len(cells.test_defective) == 313
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for group in vars(cells).values() for path in group]
    assert len(set(digests)) == len(digests)
