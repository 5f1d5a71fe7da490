"""What each execution provider is told when a session is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict

from edge.providers import CUDA, OPENVINO, TENSORRT, Option

_MB = 1 << 20
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class BatchProfile:
    """How many tiles the graph is scored by: fewest, what it is tuned for, most. 1 ≤ `low` ≤ `best` ≤ `most` ≤ 4096."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # as part of a manifest

    low: int = 1
    best: int = 8
    most: int = 32

    def __post_init__(self) -> None:
        if not 1 <= self.low <= self.best <= self.most <= _LARGEST:
            raise ValueError(f"a batch profile rises from 1 to {_LARGEST}: not {self.low}, {self.best}, {self.most}")

    def within(self, batch: int) -> BatchProfile:
        """The profile of a box that scores at most `batch` tiles at a time."""
        most = max(self.low, min(batch, self.most))
        return BatchProfile(self.low, min(self.best, most), most)


@dataclass(frozen=True, slots=True)
class Settings:
    """The provider settings of `[model]` (`docs/configuration.md`); `more` is `[model.options.PROVIDER]`."""

    threads: int = 0
    device_id: int = 0
    fp16: bool = False
    workspace_mb: int = 1024
    gpu_memory_mb: int = 0
    cudnn_search: str = "HEURISTIC"
    more: Mapping[str, Mapping[str, Option]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Graph:
    """What an engine is built for: the size of a tile, the batch profile, whether the graph is quantized (QDQ)."""

    input_h: int
    input_w: int
    profile: BatchProfile
    quantized: bool = False

    def shape(self, tiles: int) -> str:
        """So many tiles, as TensorRT's options write it."""
        return f"tiles:{tiles}x{self.input_h}x{self.input_w}x3"


def options_for(provider: str, settings: Settings, graph: Graph | None, engines: Path | None) -> dict[str, str]:
    """The options of one provider, as ONNX Runtime takes them: text, truth as 1 and 0.

    Args:
        graph: None where the shapes are not known; TensorRT then builds an engine for each shape as it comes.
        engines: folder where compiled engines are kept; None keeps none.
    """
    make = {TENSORRT: _tensorrt, CUDA: _cuda, OPENVINO: _openvino}.get(provider)
    options = make(settings, graph, engines) if make else {}
    return options | {name: _text(value) for name, value in settings.more.get(provider, {}).items()}


def _tensorrt(settings: Settings, graph: Graph | None, engines: Path | None) -> dict[str, str]:
    options = {
        "device_id": str(settings.device_id),
        "trt_max_workspace_size": str(settings.workspace_mb * _MB),
        "trt_fp16_enable": _text(settings.fp16),
    }
    if graph is not None:
        options |= {
            "trt_int8_enable": _text(graph.quantized),
            "trt_profile_min_shapes": graph.shape(graph.profile.low),
            "trt_profile_opt_shapes": graph.shape(graph.profile.best),
            "trt_profile_max_shapes": graph.shape(graph.profile.most),
        }
    if engines is not None:
        options |= {
            "trt_engine_cache_enable": "1",
            "trt_engine_cache_path": str(engines),
            "trt_timing_cache_enable": "1",
            "trt_timing_cache_path": str(engines),
        }
    return options


def _cuda(settings: Settings, graph: Graph | None, engines: Path | None) -> dict[str, str]:
    options = {
        "device_id": str(settings.device_id),
        "cudnn_conv_algo_search": settings.cudnn_search,
        # Its default rounds the factors of every product to ten bits, and the scores are no longer those of the desk.
        "use_tf32": "0",
    }
    if settings.gpu_memory_mb:
        options["gpu_mem_limit"] = str(settings.gpu_memory_mb * _MB)
    return options


def _openvino(settings: Settings, graph: Graph | None, engines: Path | None) -> dict[str, str]:
    # On a processor that has bfloat16, OpenVINO computes in it unless it is told otherwise.
    options = {"device_type": "CPU", "precision": "FP32"}
    if settings.threads:
        options["num_of_threads"] = str(settings.threads)
    if engines is not None:
        options["cache_dir"] = str(engines)
    return options


def _text(value: Option) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)
