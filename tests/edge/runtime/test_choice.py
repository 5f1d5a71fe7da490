"""Which provider runs, on an ONNX Runtime that has more of them than this machine."""

import sys

import pytest
from small_bundle import write_small_bundle

from edge.config import ModelConfig
from edge.errors import BundleError, ProviderError
from edge.health import Level
from edge.model import Model
from edge.providers import CPU, CUDA, TENSORRT
from edge.runtime.session import choose
from edge.virtual.providers import VirtualOrt

ALL = (TENSORRT, CUDA, CPU)


@pytest.fixture
def ort(monkeypatch) -> VirtualOrt:
    made = VirtualOrt(TENSORRT, CUDA)
    monkeypatch.setitem(sys.modules, "onnxruntime", made)
    return made


@pytest.fixture
def bundle(tmp_path):
    return write_small_bundle(tmp_path / "m.ringlight")


def load(bundle, providers=ALL, **settings) -> Model:
    return Model.load(ModelConfig(bundle=bundle, providers=providers, **settings))


def provider_check(model):
    return next(check for check in model.checks() if check.name == "provider")


@pytest.mark.parametrize(
    ("asked", "available", "chosen"),
    [
        (ALL, ALL, ALL),
        (ALL, (CPU, CUDA), (CUDA, CPU)),
        ((CPU, CUDA), ALL, (CPU, CUDA)),
        ((CPU, CPU), ALL, (CPU,)),
    ],
)
def test_the_order_is_the_configurations(asked, available, chosen):
    assert choose(asked, available) == chosen


@pytest.mark.parametrize("asked", [(), ("CudaProvider",)])
def test_without_any_provider_there_is_an_error(asked):
    with pytest.raises(ProviderError, match="provider"):
        choose(asked, ALL)


def test_each_provider_gets_its_own_options(ort, bundle):
    """The fake refuses an option that its provider does not know."""
    load(bundle, batch=4, fp16=True, options={TENSORRT: {"trt_builder_optimization_level": 5}})
    session = ort.asked[-1]
    assert [name for name, _ in session] == list(ALL)
    tensorrt, cuda, cpu = (options for _, options in session)
    assert tensorrt["trt_profile_max_shapes"] == "tiles:4x32x32x3"
    assert tensorrt["trt_fp16_enable"] == "1"
    assert tensorrt["trt_builder_optimization_level"] == "5"
    assert tensorrt["trt_engine_cache_path"].startswith(str(bundle.parent / "engines"))
    assert (cuda["use_tf32"], cpu) == ("0", {})


def test_who_runs_which_nodes_is_told(ort, bundle):
    ort.left = {"Cast", "Transpose"}
    check = provider_check(load(bundle))
    assert check.level is Level.OK
    assert check.text.endswith("TensorRT runs 4 of 6 nodes; CPU runs Cast, Transpose")


def test_a_provider_that_runs_no_node_is_a_fault(ort, bundle):
    """Prevents a "TensorRT" box that quietly runs something else: the session names the provider all the same."""
    ort.left = {"*"}
    model = load(bundle)
    assert model.runtime.report().running == CPU
    assert provider_check(model).level is Level.FAULT
    with pytest.raises(ProviderError, match="CPUExecutionProvider runs"):
        load(bundle, require_provider=True)


def test_a_provider_that_runs_little_is_a_warning(ort, bundle):
    ort.left = {"Cast", "Transpose", "Div", "AveragePool"}
    assert provider_check(load(bundle)).level is Level.WARNING


def test_a_provider_that_breaks_gives_way_to_the_next_and_its_words_are_kept(ort, bundle):
    ort.broken = {TENSORRT: "Please install TensorRT"}
    model = load(bundle)
    assert model.runtime.running == CUDA
    assert "TensorrtExecutionProvider says: Please install TensorRT" in provider_check(model).text


def test_a_required_provider_that_breaks_ends_the_start_with_its_words(ort, bundle):
    ort.broken = {TENSORRT: "Please install TensorRT"}
    with pytest.raises(ProviderError, match="Please install TensorRT"):
        load(bundle, require_provider=True)


def test_a_provider_that_is_left_out_in_silence_is_a_fault(ort, bundle):
    ort.missing = {TENSORRT, CUDA}
    assert provider_check(load(bundle)).level is Level.FAULT


def test_libraries_that_are_not_found_are_named(ort, bundle, capsys):
    """CUDA was left out in silence for want of one file, and nobody could tell which."""
    ort.missing, ort.unfound = {CUDA}, {"libcublas.so.13"}
    check = provider_check(load(bundle, (CUDA, CPU)))
    assert "CUDAExecutionProvider says: Failed to load libcublas.so.13" in check.text
    assert capsys.readouterr().out == ""


def test_a_graph_that_no_provider_opens_is_the_bundles_fault(ort, bundle):
    ort.broken = dict.fromkeys(ALL, "no such operator")
    with pytest.raises(BundleError, match="no such operator"):
        load(bundle)


def test_a_required_provider_that_this_onnxruntime_lacks_says_what_it_needs(bundle):
    with pytest.raises(ProviderError, match=r"which has .*CPUExecutionProvider.* needs TensorRT, CUDA"):
        load(bundle, require_provider=True)
