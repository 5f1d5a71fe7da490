import numpy as np
import pytest
from small_dataset import stripes

from export.precision.int8 import quantize
from trainer.backbone import Backbone


@pytest.fixture(scope="session")
def tiles() -> np.ndarray:
    """uint8 [12, 64, 64, 3]."""
    return np.stack([stripes(i) for i in range(12)])[..., None].repeat(3, axis=3)


@pytest.fixture(scope="session", params=["tf_efficientnet_lite0", "resnet18"])
def network(request) -> Backbone:
    """Networks whose normalisations differ: one grey value for all channels, and one for each."""
    layers = {"resnet18": ["layer2"]}.get(request.param, ["blocks.2", "blocks.4"])
    return Backbone(request.param, layers, "random")


@pytest.fixture(scope="session")
def quantized(network, tiles) -> bytes:
    return quantize(network, tiles)
