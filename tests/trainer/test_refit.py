from dataclasses import replace

import numpy as np
import pytest
import torch
from small_dataset import SIDE

from edge.errors import DatasetError
from trainer.backbone import Backbone
from trainer.padim import Settings
from trainer.refit import pictures_of, refit
from trainer.runs import Run
from trainer.train import network_of, train


class Louder(Backbone):
    """Another form of a network: its features are twice as large."""

    def __init__(self, network: Backbone) -> None:
        torch.nn.Module.__init__(self)
        self.network, self.layers, self.name, self.net = network, network.layers, network.name, network.net

    def forward(self, tiles):
        return [2 * feature for feature in self.network(tiles)]


HOW = {"backbone": "resnet18", "layers": ["layer2"], "weights": "random", "size": SIDE}


def precision_matrices(run: Run) -> np.ndarray:
    """Of each place; the rows themselves may be any that have this product."""
    rows = run.tensors["whiten"].astype(np.float64)
    return rows.transpose(0, 2, 1) @ rows


def test_the_same_network_learns_the_same(dataset, tmp_path):
    """Prevents a second fit on other pictures or with other settings than the first."""
    run = train(dataset, tmp_path, settings=Settings("fixed", rank=0, shrinkage=0.3), **HOW)
    again = refit(run, network_of(run))
    assert set(again.tensors) == set(run.tensors)
    np.testing.assert_allclose(again.tensors["mean"], run.tensors["mean"], rtol=1e-5, atol=1e-6)
    matrices = precision_matrices(run)
    np.testing.assert_allclose(precision_matrices(again), matrices, atol=0.01 * matrices.max())


def test_what_the_training_chose_stays(run_folder):
    run = Run.read(run_folder)
    again = refit(run, network_of(run))
    assert (again.settings, again.grid, again.notes) == (run.settings, run.grid, run.notes)


def test_statistics_are_those_of_the_other_form(run_folder):
    run = Run.read(run_folder)
    again = refit(run, Louder(network_of(run)))
    np.testing.assert_allclose(again.tensors["mean"], 2 * run.tensors["mean"], rtol=1e-5, atol=1e-6)


def test_augmented_pictures_stay_augmented(dataset, tmp_path):
    settings = Settings("fixed", shrinkage=0.3)
    run = train(dataset, tmp_path / "run", settings=settings, seed=3, augment="rot90", **HOW)
    again = refit(run, network_of(run))
    np.testing.assert_allclose(again.tensors["mean"], run.tensors["mean"], rtol=1e-5, atol=1e-6)
    assert again.notes["warnings"] == run.notes["warnings"]


def test_a_picture_that_is_gone_is_named_with_the_mend(run_folder, tmp_path):
    run = replace(Run.read(run_folder), dataset=tmp_path)
    with pytest.raises(DatasetError, match=r"train/good.*--dataset"):
        pictures_of(run, run.fitted)


def test_a_grid_that_a_budget_chose_stays(run_folder):
    """Prevents a model in integers that is larger than the budget that the run was trained with."""
    run = Run.read(run_folder)
    smaller = replace(run, grid=(2, 2), settings=run.settings | {"budget_mb": 9.0})
    again = refit(smaller, network_of(run))
    assert again.grid == (2, 2)
    assert len(again.tensors["mean"]) in (1, 4)
    assert again.settings["budget_mb"] == 9.0


def test_what_lay_in_the_scratch_folder_is_gone(run_folder, tmp_path):
    run = Run.read(run_folder)
    refit(run, network_of(run), scratch_in=tmp_path)
    assert list(tmp_path.iterdir()) == []
