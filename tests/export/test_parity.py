import numpy as np
import pytest
import torch
from small_dataset import stripes
from torch import nn

from edge.errors import RinglightError
from edge.runtime import Runtime
from export.parity import compare


class Off(nn.Module):
    """The model, with its scores or its map a little off."""

    def __init__(self, model, score=0.0, anomaly_map=0.0):
        super().__init__()
        self.model, self.score, self.anomaly_map = model, score, anomaly_map

    def forward(self, tiles):
        score, anomaly_map = self.model(tiles)
        return score + self.score, anomaly_map + self.anomaly_map


@pytest.fixture(scope="module")
def tiles():
    return np.stack([stripes(i, bad=i % 2 == 0) for i in range(6)])[..., None].repeat(3, axis=3)


@pytest.fixture(scope="module")
def runtime(graph):
    return Runtime(graph, ["CPUExecutionProvider"])


def test_the_same_model_passes(model, runtime, tiles):
    assert compare(model, runtime, tiles).relative < 1e-3


@pytest.mark.parametrize("what", ["score", "anomaly_map"])
def test_another_model_is_not_shipped(what, model, runtime, tiles):
    """Prevents the field's most frequent complaint: the exported score is not the trained score."""
    with torch.inference_mode():
        spread = model(torch.from_numpy(tiles))[0].std().item()
    with pytest.raises(RinglightError, match="It is not shipped"):
        compare(Off(model, **{what: 0.02 * spread}), runtime, tiles)


def test_a_score_that_is_no_number_is_not_shipped(model, runtime, tiles):
    with pytest.raises(RinglightError, match="differs"):
        compare(Off(model, score=float("nan")), runtime, tiles)
