import pytest
from small_dataset import SIDE
from torch import nn

from trainer.padim import Settings
from trainer.train import build, train


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
