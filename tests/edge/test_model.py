import numpy as np
import pytest
from small_bundle import write_small_bundle

from edge.config import ModelConfig, VerdictConfig
from edge.errors import ProviderError
from edge.health import Level
from edge.model import Model


@pytest.fixture
def model(tmp_path) -> Model:
    return Model.load(ModelConfig(bundle=write_small_bundle(tmp_path / "m.ringlight", good=0.25)))


def test_a_picture_of_any_size_becomes_a_map_of_its_size(model):
    picture = np.full((50, 70, 3), 51, np.uint8)
    part_map = model.look(picture)
    assert part_map.anomaly_map.shape == (50, 70)
    assert part_map.score == pytest.approx(0.2, abs=1e-3)


def test_the_hot_place_is_where_it_is_in_the_picture(model):
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[32:48, 16:32] = 255
    y, x = np.unravel_index(int(np.argmax(model.look(picture).anomaly_map)), (64, 64))
    assert 32 <= y < 48
    assert 16 <= x < 32


def test_the_threshold_comes_from_the_calibration(model):
    strict, loose = (model.threshold(VerdictConfig(false_rejects_per_10000=rate)).value for rate in (10, 1000))
    assert 0.25 < loose < strict < 0.4


def test_a_threshold_of_the_configuration_is_taken_as_it_is(model):
    assert model.threshold(VerdictConfig(threshold=0.7)).value == 0.7


def test_a_silent_fallback_is_a_fault(tmp_path):
    """A "TensorRT" image quietly ran on CUDA, and nobody was told."""
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    providers = ("TensorrtExecutionProvider", "CPUExecutionProvider")
    model = Model.load(ModelConfig(bundle=bundle, providers=providers))
    fault = next(check for check in model.checks() if check.name == "provider")
    assert fault.level is Level.FAULT
    assert "TensorrtExecutionProvider was asked for, CPUExecutionProvider runs" in fault.text


def test_a_required_provider_that_does_not_run_ends_the_start(tmp_path):
    bundle = write_small_bundle(tmp_path / "m.ringlight")
    providers = ("TensorrtExecutionProvider", "CPUExecutionProvider")
    with pytest.raises(ProviderError, match="Tensorrt"):
        Model.load(ModelConfig(bundle=bundle, providers=providers, require_provider=True))
