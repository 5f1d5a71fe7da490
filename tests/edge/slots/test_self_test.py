import pytest
from small_bundle import write_small_bundle

from edge.clock import NS_PER_MS, VirtualClock
from edge.config.models import ModelConfig
from edge.errors import BundleError, ProviderError, SlotError
from edge.model import Model
from edge.slots.self_test import self_test

CONFIG = ModelConfig(batch=3)


def slow(clock, times_ms):
    """A box on which the runs of a batch take these times."""
    left = iter(times_ms)

    def load(config):
        model = Model.load(config)
        score = model.runtime.score

        def late(pixels):
            if len(pixels) == config.batch and model.bundle.golden_tiles is not pixels:
                clock.advance(next(left) * NS_PER_MS)
            return score(pixels)

        model.runtime.score = late
        return model

    return load


@pytest.fixture
def path(tmp_path):
    return write_small_bundle(tmp_path / "m.ringlight")


def test_a_good_bundle_comes_back_loaded(path):
    assert self_test(path, CONFIG, 1e6, VirtualClock()).id == "brightness-1"


def test_one_slow_run_of_five_is_forgiven(path):
    clock = VirtualClock()
    self_test(path, CONFIG, 100, clock, slow(clock, [900, 50, 50, 50, 50]))


def test_a_model_that_is_slow_most_of_the_time_is_not(path):
    clock = VirtualClock()
    with pytest.raises(
        SlotError, match=r"a batch of 3 takes 101 ms on CPUExecutionProvider, slots.batch_ms allows 100"
    ):
        self_test(path, CONFIG, 100, clock, slow(clock, [50, 50, 101, 101, 101]))


def test_other_scores_than_when_it_was_made_are_refused(tmp_path):
    path = write_small_bundle(tmp_path / "m.ringlight", golden_off=0.01)
    with pytest.raises(SlotError, match=r"golden tiles differ by 0\.01"):
        self_test(path, CONFIG, 1e6, VirtualClock())


def test_a_required_provider_must_run(path):
    config = ModelConfig(providers=("CUDAExecutionProvider", "CPUExecutionProvider"), require_provider=True)
    with pytest.raises(ProviderError, match="CUDAExecutionProvider was asked for"):
        self_test(path, config, 1e6, VirtualClock())


def test_a_damaged_bundle_is_refused(path):
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BundleError):
        self_test(path, CONFIG, 1e6, VirtualClock())
