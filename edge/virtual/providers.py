"""An ONNX Runtime with execution providers that this machine does not have.

Everything really runs on the CPU provider, so the scores are true; what is said of who runs it is as ordered. Like
ONNX Runtime itself it refuses options that a provider does not know, and it keeps what it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from edge.providers import CPU, OPTIONS, TENSORRT

Asked = Sequence[tuple[str, dict[str, str]]]


class VirtualOrt:
    """Takes the place of the module `onnxruntime`.

    Args:
        available: the providers that it says to have.

    Faults to order: `broken` (providers that raise when a session is opened, by their words), `missing` (providers that
    are left out in silence), `unfound` (libraries of CUDA that are not found), `left` (operators that the first
    provider leaves to the CPU). `compiling` is called when TensorRT compiles an engine, which it does unless its cache
    folder holds one.

    `asked` is what each session was opened with, `compiled` the folders into which an engine was compiled.
    """

    __version__ = "1.31.1"

    def __init__(self, *available: str) -> None:
        import onnxruntime

        self._real = onnxruntime
        self.available = (*available, CPU)
        self.broken: dict[str, str] = {}
        self.missing: set[str] = set()
        self.left: set[str] = set()
        self.unfound: set[str] = set()
        self.compiling: Callable[[], object] = lambda: None
        self.asked: list[list[tuple[str, dict[str, str]]]] = []
        self.compiled: list[Path] = []
        self.SessionOptions = onnxruntime.SessionOptions
        self.InferenceSession = _session_class(self)

    def get_available_providers(self) -> list[str]:
        return list(self.available)

    def preload_dlls(self) -> None:
        for name in sorted(self.unfound):
            print(f"Failed to load {name}: cannot open shared object file")

    def open(self, model: bytes, options: Any, providers: Asked) -> tuple[Any, list[str]]:
        """A session on the CPU, and the providers that it is said to have."""
        self.asked.append([(name, dict(values)) for name, values in providers])
        for name, values in providers:
            unknown = set(values) - OPTIONS.get(name, frozenset(values))
            if unknown:
                raise RuntimeError(f"Unknown provider option: {sorted(unknown)[0]}")
            if name in self.broken:
                raise RuntimeError(self.broken[name])
            if name == TENSORRT:
                self._compile(values)
        real = self._real.InferenceSession(model, options, providers=[CPU])
        return real, [name for name, _ in providers if name not in self.missing and name != CPU] + [CPU]

    def _compile(self, values: dict[str, str]) -> None:
        if values.get("trt_engine_cache_enable") != "1":
            self.compiling()
            return
        engine = Path(values["trt_engine_cache_path"]) / "virtual.engine"
        if not engine.exists():
            self.compiling()
            engine.write_bytes(b"engine")
            self.compiled.append(engine.parent)


def _session_class(ort: VirtualOrt) -> type:
    class InferenceSession:
        def __init__(self, model: bytes, options: Any = None, providers: Asked = (), enable_fallback: int = 1) -> None:
            assert not enable_fallback, "ONNX Runtime would change the provider without a word"
            self._real, self._providers = ort.open(model, options, providers)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

        def get_providers(self) -> list[str]:
            return self._providers

        def get_provider_graph_assignment_info(self) -> list[Any]:
            parts: dict[str, list[Any]] = {}
            for part in self._real.get_provider_graph_assignment_info():
                for node in part.get_nodes():
                    left = "*" in ort.left or node.op_type in ort.left
                    parts.setdefault(CPU if left else self._providers[0], []).append(node)
            return [SimpleNamespace(ep_name=name, get_nodes=lambda nodes=nodes: nodes) for name, nodes in parts.items()]

    return InferenceSession
