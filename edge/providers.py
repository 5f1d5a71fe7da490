"""ONNX Runtime's execution providers as the configuration may name them, and the options that each of them knows.

ONNX Runtime refuses an unknown option only when a session is opened, on the box, with words for its own developers; and
its CPU provider takes any nonsense in silence. So the names are checked here, when the configuration is read.

The names of TensorRT's and CUDA's options are those in the provider libraries of onnxruntime-gpu 1.31.1, OpenVINO's
those of onnxruntime-openvino 1.24.1; pointers, which no text file can hold, are left out. See
onnxruntime.ai/docs/execution-providers for what each of them does.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

CPU = "CPUExecutionProvider"
CUDA = "CUDAExecutionProvider"
TENSORRT = "TensorrtExecutionProvider"
OPENVINO = "OpenVINOExecutionProvider"

COMPILING = frozenset({TENSORRT, OPENVINO})
"""Providers that compile an engine for each graph, which takes seconds to minutes and is kept on the disk."""

Option = bool | int | float | str

_TENSORRT = """
device_id trt_auxiliary_streams trt_bf16_enable trt_build_heuristics_enable trt_builder_optimization_level
trt_context_memory_sharing_enable trt_cuda_graph_enable trt_detailed_build_log trt_dla_core trt_dla_enable
trt_dump_ep_context_model trt_dump_subgraphs trt_engine_cache_enable trt_engine_cache_path trt_engine_cache_prefix
trt_engine_decryption_enable trt_engine_decryption_lib_path trt_engine_hw_compatible trt_ep_context_embed_mode
trt_ep_context_file_path trt_extra_plugin_lib_paths trt_force_sequential_engine_build trt_force_timing_cache
trt_fp16_enable trt_int8_calibration_table_name trt_int8_enable trt_int8_use_native_calibration_table
trt_layer_norm_fp32_fallback trt_load_user_initializer trt_max_partition_iterations trt_max_workspace_size
trt_min_subgraph_size trt_onnx_model_folder_path trt_op_types_to_exclude trt_preview_features trt_profile_max_shapes
trt_profile_min_shapes trt_profile_opt_shapes trt_sparsity_enable trt_tactic_sources trt_timing_cache_enable
trt_timing_cache_path trt_weight_stripped_engine_enable
"""
_CUDA = """
arena_extend_strategy cudnn_conv1d_pad_to_nc1d cudnn_conv_algo_search cudnn_conv_use_max_workspace device_id
do_copy_in_default_stream enable_cuda_graph enable_skip_layer_norm_strict_mode fuse_conv_bias gpu_mem_limit prefer_nhwc
sdpa_kernel tunable_op_enable tunable_op_max_tuning_duration_ms tunable_op_tuning_enable use_ep_level_unified_stream
use_tf32
"""
_OPENVINO = """
cache_dir device_id device_luid device_type disable_dynamic_shapes enable_causallm enable_opencl_throttling
enable_qdq_optimizer layout load_config model_priority num_of_threads num_streams precision reshape_input
"""
OPTIONS: dict[str, frozenset[str]] = {
    TENSORRT: frozenset(_TENSORRT.split()),
    CUDA: frozenset(_CUDA.split()),
    OPENVINO: frozenset(_OPENVINO.split()),
    CPU: frozenset(),
}
"""What each provider takes. A provider that is not listed here is passed what the configuration says."""

OWNED: dict[str, dict[str, str]] = {
    TENSORRT: {
        "device_id": "model.device_id",
        "trt_fp16_enable": "model.fp16",
        "trt_max_workspace_size": "model.workspace_mb",
        "trt_engine_cache_enable": "model.engines",
        "trt_engine_cache_path": "model.engines",
        "trt_timing_cache_enable": "model.engines",
        "trt_timing_cache_path": "model.engines",
        "trt_profile_min_shapes": "model.batch",
        "trt_profile_opt_shapes": "model.batch",
        "trt_profile_max_shapes": "model.batch",
    },
    CUDA: {
        "device_id": "model.device_id",
        "gpu_mem_limit": "model.gpu_memory_mb",
        "cudnn_conv_algo_search": "model.cudnn_search",
    },
    OPENVINO: {"num_of_threads": "model.threads", "cache_dir": "model.engines"},
}
"""Options that have a setting of their own, by that setting."""


def mistakes(options: Mapping[str, Mapping[str, Option]]) -> list[str]:
    """What is wrong with the sections `[model.options.PROVIDER]`, a sentence for each mistake."""
    found = []
    for provider, values in options.items():
        for name, value in values.items():
            said = _mistake(provider, name, value)
            if said:
                found.append(f"{provider}.{name} {said}")
    return found


def _mistake(provider: str, name: str, value: Option) -> str:
    known = OPTIONS.get(provider)
    if known is None:
        return ""
    if name not in known:
        near = get_close_matches(name, known, n=1)
        return f"is no option of {provider}." + (f" Did you mean {near[0]}?" if near else "")
    if name in OWNED.get(provider, {}):
        return f"is set by {OWNED[provider][name]}."
    if provider == OPENVINO and name == "precision" and value != "FP32":
        return "is FP32, so that scores stay what was measured on the desk."
    return ""
