from pathlib import Path

import pytest
from small_dataset import SIDE, write_small_dataset

from export.exporting import export_bundle
from trainer.padim import Settings
from trainer.train import train


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> Path:
    """A data set that nobody may change."""
    return write_small_dataset(tmp_path_factory.mktemp("data") / "stripes")


@pytest.fixture(scope="session")
def run_folder(dataset, tmp_path_factory) -> Path:
    """A training of a few layers with random weights: what is tested is the way, not the accuracy."""
    out = tmp_path_factory.mktemp("run")
    train(
        dataset,
        out,
        backbone="resnet18",
        layers=["layer2"],
        weights="random",
        size=SIDE,
        settings=Settings(shrinkage=0.3),
    )
    return out


@pytest.fixture(scope="session")
def bundle_path(run_folder, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("bundle") / "stripes.ringlight"
    export_bundle(run_folder, out)
    return out
