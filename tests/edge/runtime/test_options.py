import pytest

from edge.providers import CPU, CUDA, OPENVINO, TENSORRT
from edge.runtime.options import BatchProfile, Graph, Settings, options_for

GRAPH = Graph(224, 160, BatchProfile(1, 8, 16))


def test_tensorrt_is_told_the_shapes_the_cache_and_the_memory(tmp_path):
    settings = Settings(device_id=1, fp16=True, workspace_mb=256)
    assert options_for(TENSORRT, settings, GRAPH, tmp_path) == {
        "device_id": "1",
        "trt_fp16_enable": "1",
        "trt_int8_enable": "0",
        "trt_max_workspace_size": str(256 * 1024 * 1024),
        "trt_profile_min_shapes": "tiles:1x224x160x3",
        "trt_profile_opt_shapes": "tiles:8x224x160x3",
        "trt_profile_max_shapes": "tiles:16x224x160x3",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(tmp_path),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(tmp_path),
    }


def test_a_quantized_graph_is_run_in_int8():
    graph = Graph(224, 224, BatchProfile(), quantized=True)
    assert options_for(TENSORRT, Settings(), graph, None)["trt_int8_enable"] == "1"


def test_cuda_computes_in_full_single_precision():
    """Its default rounds factors to ten bits, and the scores are not those of the desk."""
    assert options_for(CUDA, Settings(gpu_memory_mb=512), GRAPH, None) == {
        "device_id": "0",
        "cudnn_conv_algo_search": "HEURISTIC",
        "use_tf32": "0",
        "gpu_mem_limit": str(512 * 1024 * 1024),
    }


def test_openvino_computes_in_single_precision(tmp_path):
    """It computes in bfloat16 unless told otherwise: five verdicts of 582 flipped."""
    assert options_for(OPENVINO, Settings(threads=2), GRAPH, tmp_path) == {
        "device_type": "CPU",
        "precision": "FP32",
        "num_of_threads": "2",
        "cache_dir": str(tmp_path),
    }


def test_what_the_configuration_adds_goes_to_its_provider_alone():
    settings = Settings(more={CUDA: {"prefer_nhwc": True}})
    assert options_for(CUDA, settings, None, None)["prefer_nhwc"] == "1"
    assert options_for(CPU, settings, None, None) == {}


@pytest.mark.parametrize(("batch", "within"), [(1, (1, 1, 1)), (4, (1, 4, 4)), (8, (1, 8, 8)), (64, (1, 8, 16))])
def test_a_box_scores_no_more_at_a_time_than_the_profile_allows(batch, within):
    """A batch beyond its profile makes TensorRT compile anew, for minutes, with parts on the belt."""
    assert BatchProfile(1, 8, 16).within(batch) == BatchProfile(*within)


@pytest.mark.parametrize("sizes", [(0, 1, 1), (2, 1, 4), (1, 8, 4), (1, 8, 5000)])
def test_a_profile_that_does_not_rise_is_refused(sizes):
    with pytest.raises(ValueError, match="rises"):
        BatchProfile(*sizes)
