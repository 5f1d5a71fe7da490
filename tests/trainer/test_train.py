import shutil

import numpy as np
import pytest
import torch
from small_dataset import SIDE, stripes

from edge.errors import DatasetError, UsageError
from edge.tiles import Geometry
from trainer.dataset import open_dataset
from trainer.padim import Settings
from trainer.runs import Run
from trainer.train import build, split, train


def test_held_out_pictures_are_in_no_fit(run_folder, dataset):
    run = Run.read(run_folder)
    everything = {path.relative_to(dataset).as_posix() for path in open_dataset(dataset).train}
    assert set(run.fitted) | set(run.held_out) == everything
    assert not set(run.fitted) & set(run.held_out)
    assert len(run.held_out) == 5


def test_the_fit_uses_no_held_out_picture(run_folder, dataset, tmp_path):
    """Prevents a calibration on pictures that the model has seen: its threshold would be far too low."""
    copy = shutil.copytree(dataset, tmp_path / "stripes")
    for name in Run.read(run_folder).held_out:
        (copy / name).write_bytes((copy / "test/patch/000.png").read_bytes())
    settings = Settings(shrinkage=0.3)
    run = tmp_path / "run"
    again = train(copy, run, backbone="resnet18", layers=["layer2"], weights="random", size=SIDE, settings=settings)
    np.testing.assert_array_equal(again.tensors["whiten"], Run.read(run_folder).tensors["whiten"])


def test_the_run_says_how_its_alignment_was_chosen(run_folder):
    run = Run.read(run_folder)
    choice = run.notes["alignment"]
    assert run.alignment == choice["chosen"] == run.settings["alignment"]
    assert choice[choice["chosen"]] == max(choice["fixed"], choice["near"], choice["free"])


def test_the_seed_chooses_who_is_held_out(dataset):
    pictures = open_dataset(dataset).train
    assert split(pictures, 3, 0.2) == split(pictures, 3, 0.2)
    assert split(pictures, 3, 0.2) != split(pictures, 4, 0.2)


def test_a_run_scores_a_patch_above_a_good_part(run_folder):
    model = build(Run.read(run_folder))
    tiles = np.stack([stripes(500), stripes(501, bad=True)])[..., None].repeat(3, axis=3)
    with torch.inference_mode():
        score, anomaly_map = model(torch.from_numpy(tiles))
    assert score[1] > 1.2 * score[0]
    assert anomaly_map.shape == (2, 4, 4)


def test_tiles_of_a_grid_share_one_model(dataset, tmp_path):
    geometry = Geometry(64, 64, "grid", 32)
    run = train(dataset, tmp_path, weights="random", geometry=geometry, settings=Settings(shrinkage=0.3))
    assert len(run.tensors["mean"]) == 1
    assert (run.alignment, run.settings["alignment"]) == ("free", "free")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "magic"}, "method"),
        ({"size": 100}, "multiple of 32"),
        ({"geometry": Geometry(64, 64, "grid", 64), "settings": Settings("fixed")}, "--alignment free"),
        ({"held_out_share": 0.9}, "held_out_share"),
    ],
)
def test_a_wrong_call_is_refused_before_any_work(arguments, says, dataset, tmp_path):
    with pytest.raises(UsageError, match=says):
        train(dataset, tmp_path / "run", weights="random", **arguments)
    assert not (tmp_path / "run").exists()


def test_too_few_pictures_are_refused(dataset):
    with pytest.raises(DatasetError, match="holds 7 pictures"):
        split(open_dataset(dataset).train[:7], 0, 0.2)
