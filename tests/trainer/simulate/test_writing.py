import json

import numpy as np
import pytest

from edge.cli import main
from edge.errors import UsageError
from edge.picture import read_pixels
from trainer.dataset import load_mask, open_dataset
from trainer.simulate.plan import Plan
from trainer.simulate.writing import simulate

SMALL = Plan(train=3, good=1, defects=5, width=320, height=240, leak=1)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets") / "sleeves"
    simulate(root, SMALL)
    return root


def test_the_layout_is_what_the_trainer_opens(root):
    data = open_dataset(root, need_test=True)
    assert len(data.train) == 3
    assert sorted(sample.kind for sample in data.test if sample.bad) == [
        "bevel-1",
        "bevel-2",
        "colour",
        "dent",
        "scratch",
    ]
    assert all(sample.mask for sample in data.test if sample.bad)


def test_the_truth_lists_every_picture_and_the_size_of_its_mask(root):
    truth = json.loads((root / "truth.json").read_text())["pictures"]
    assert sorted(one["file"] for one in truth) == sorted(
        path.relative_to(root).as_posix() for path in root.rglob("*.png") if "ground_truth" not in path.parts
    )
    for sample in open_dataset(root).test:
        (one,) = [one for one in truth if one["file"] == sample.path.relative_to(root).as_posix()]
        assert (one["defect"]["area_px"] if one["defect"] else 0) == (
            load_mask(sample.mask).sum() if sample.mask else 0
        )


def test_a_leaked_picture_is_the_training_picture_saved_anew(root):
    (copy,) = [one for one in json.loads((root / "truth.json").read_text())["pictures"] if one["copy_of"]]
    first, second = (read_pixels(root / copy[name]).astype(int) for name in ("file", "copy_of"))
    assert copy["file"].startswith("test/good/")
    assert copy["copy_of"].startswith("train/good/")
    assert 0 < np.abs(first - second).mean() < 2


def test_the_seed_decides_every_byte(root, tmp_path):
    simulate(tmp_path / "again", SMALL)
    for path in root.rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(root)).read_bytes()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not an empty folder"):
        simulate(tmp_path, SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_says_what_it_wrote(tmp_path, capsys):
    words = ["--train", "1", "--test-good", "0", "--defects", "1", "--kinds", "colour", "--size", "320x240"]
    assert main(["simulate", str(tmp_path / "new"), *words]) == 0
    assert "2 pictures, 1 with a defect, 0 good ones borderline" in capsys.readouterr().out
    assert (tmp_path / "new/test/colour/000.png").is_file()


@pytest.mark.parametrize("wrong", [["--size", "640"], ["--kinds", "crack"], ["--borderline", "2"], ["--leak", "999"]])
def test_a_wrong_call_ends_with_2(tmp_path, wrong):
    try:
        code = main(["simulate", str(tmp_path / "new"), *wrong])
    except SystemExit as end:
        code = end.code
    assert code == 2
    assert not (tmp_path / "new").exists()
