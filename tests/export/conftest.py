from pathlib import Path

import pytest
from small_dataset import SIDE, write_small_dataset
from torch import nn

from trainer.padim import Settings
from trainer.train import build, train


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> Path:
    return write_small_dataset(tmp_path_factory.mktemp("data") / "stripes")


@pytest.fixture(scope="session")
def run_folder(dataset, tmp_path_factory) -> Path:
    """A training of a few layers: exporting the whole network takes its time."""
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
def model(dataset, tmp_path_factory) -> nn.Module:
    """The default network."""
    run = train(
        dataset, tmp_path_factory.mktemp("lite0"), weights="random", size=SIDE, settings=Settings(shrinkage=0.3)
    )
    return build(run)


@pytest.fixture(scope="session")
def graph(model) -> bytes:
    from export.graph import to_onnx

    return to_onnx(model, SIDE, SIDE)
