import pytest

from edge.config import parse_config
from edge.errors import ConfigError
from edge.providers import CPU, CUDA, OPENVINO, OPTIONS, OWNED, TENSORRT, mistakes
from edge.runtime.options import BatchProfile, Graph, Settings, options_for

LINE = "[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n"


@pytest.mark.parametrize(
    ("provider", "name", "value", "says"),
    [
        (TENSORRT, "trt_fp16", True, "Did you mean trt_fp16_enable?"),
        (TENSORRT, "trt_fp16_enable", True, "is set by model.fp16"),
        (TENSORRT, "trt_engine_cache_path", "/x", "is set by model.engines"),
        (CUDA, "cuda_mem_limit", 5, "Did you mean gpu_mem_limit?"),
        (OPENVINO, "precision", "FP16", "scores stay what was measured"),
        (CPU, "threads", 2, "is no option of CPUExecutionProvider"),
    ],
)
def test_an_option_that_does_nothing_or_harm_is_refused(provider, name, value, says):
    """ONNX Runtime's CPU provider takes any nonsense in silence."""
    (said,) = mistakes({provider: {name: value}})
    assert says in said


@pytest.mark.parametrize(
    "options",
    [
        {TENSORRT: {"trt_builder_optimization_level": 5}},
        {CUDA: {"prefer_nhwc": True}},
        {OPENVINO: {"device_type": "GPU", "precision": "FP32"}},
        {"SomeExecutionProvider": {"anything": "goes"}},
    ],
)
def test_an_option_that_the_provider_knows_is_taken(options):
    assert mistakes(options) == []


def test_the_configuration_names_the_mistake_and_its_line():
    text = LINE + "[model]\nbatch = 4\n[model.options.TensorrtExecutionProvider]\ntrt_fp16 = true\n"
    with pytest.raises(ConfigError, match=r"model.options: TensorrtExecutionProvider.trt_fp16 is no option"):
        parse_config(text)


@pytest.mark.parametrize("provider", [TENSORRT, CUDA, OPENVINO])
def test_every_option_that_we_set_is_one_that_the_provider_knows(provider, tmp_path):
    settings = Settings(threads=2, gpu_memory_mb=512, fp16=True)
    graph = Graph(224, 224, BatchProfile(), quantized=True)
    ours = options_for(provider, settings, graph, tmp_path)
    assert set(ours) <= OPTIONS[provider]
    assert set(OWNED[provider]) <= set(ours)
