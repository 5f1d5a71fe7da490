"""Opening a session: which providers, with which options, and what became of it."""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.errors import BundleError, ProviderError
from edge.providers import CPU, CUDA, OPENVINO, TENSORRT
from edge.runtime.report import Nodes, assigned, profiled

_INSTALL = "Install it: pip install 'ringlight[cpu]', or NVIDIA's own onnxruntime build on a Jetson."
_NEEDS = {
    TENSORRT: "TensorRT, CUDA and an onnxruntime build that was made with both",
    CUDA: "CUDA, cuDNN and the package onnxruntime-gpu (on a Jetson: NVIDIA's own build)",
    OPENVINO: "the package onnxruntime-openvino in the place of onnxruntime",
}
_ASSIGNMENT = "get_provider_graph_assignment_info"
_LONGEST = 400  # letters of ONNX Runtime's own words, whose end says what is missing
_FLOAT, _UINT8 = "tensor(float)", "tensor(uint8)"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Opened:
    """A session, and why a provider that was to run is not in it (empty where nothing was said)."""

    session: Any
    why: str = ""
    profile: tempfile.TemporaryDirectory[str] | None = None

    def nodes(self) -> Nodes:
        """Who runs which nodes; after the first run, and once."""
        if self.profile is None:
            return assigned(self.session) if hasattr(self.session, _ASSIGNMENT) else Nodes({}, {})
        with self.profile:
            try:
                return profiled(Path(self.session.end_profiling()))
            except (OSError, ValueError) as error:
                _log.warning("who runs which nodes is not known: %s", error)
                return Nodes({}, {})


def onnxruntime() -> Any:
    """The module. Raises ProviderError where it is not installed."""
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise ProviderError(f"ONNX Runtime is not installed. {_INSTALL}") from error
    return ort


def choose(asked: Sequence[str], available: Sequence[str]) -> tuple[str, ...]:
    """The providers to open a session with: those of `asked` that are there, in their order, each once.

    Raises:
        ProviderError: none is named, or none is there.
    """
    if not asked:
        raise ProviderError(f"no execution provider is named. Write model.providers = ['{CPU}'].")
    usable = tuple(dict.fromkeys(name for name in asked if name in available))
    if not usable:
        raise ProviderError(
            f"none of {', '.join(asked)} is in this ONNX Runtime, which has {', '.join(available)}. {needs(asked[0])}"
        )
    return usable


def needs(provider: str) -> str:
    """What mends a provider that is absent."""
    what = _NEEDS.get(provider)
    return f"{provider} needs {what}." if what else "Correct model.providers."


def open_session(
    ort: Any,
    model: bytes,
    providers: Sequence[str],
    options: Mapping[str, Mapping[str, str]],
    threads: int,
    observe: bool,
) -> Opened:
    """Opens the graph on the first of the providers that can be had, those after it for what it leaves over.

    Args:
        observe: profile the first runs, where ONNX Runtime tells in no other way who runs which nodes.

    Raises:
        BundleError: the graph opens on none of them.
    """
    session_options, profile = _session_options(ort, threads, observe)
    unfound, why = _preload(ort, providers), ""
    for at in range(len(providers)):
        wanted = [(name, dict(options.get(name, {}))) for name in providers[at:]]
        try:
            # ONNX Runtime's own fallback would change the provider in silence, in the middle of the line's work too.
            session = ort.InferenceSession(model, session_options, providers=wanted, enable_fallback=0)
        except Exception as error:  # ONNX Runtime's own exceptions share no narrower class
            why = why or _short(str(error))
            continue
        session.disable_fallback()
        return Opened(session, why or unfound, profile)
    raise BundleError(f"model.onnx cannot be loaded: {why}. Export the bundle again.")


def keep_contract(session: Any) -> tuple[int, int]:
    """Height and width of a tile; BundleError where the graph is not one of ours."""
    inputs = {value.name: value for value in session.get_inputs()}
    outputs = {value.name: value for value in session.get_outputs()}
    wrong = []
    if list(inputs) != ["tiles"] or inputs["tiles"].type != _UINT8 or len(inputs["tiles"].shape) != 4:
        wrong.append("its input is not `tiles` uint8 [N, H, W, 3]")
    else:
        n, h, w, channels = inputs["tiles"].shape
        if channels != 3 or not isinstance(h, int) or not isinstance(w, int):
            wrong.append(f"its tiles are {h} × {w} × {channels}, not of one fixed size with 3 channels")
        if isinstance(n, int):
            wrong.append(f"it scores exactly {n} tiles at a time")
    for name, rank in (("score", 1), ("anomaly_map", 3)):
        if name not in outputs or outputs[name].type != _FLOAT or len(outputs[name].shape) != rank:
            wrong.append(f"its output `{name}` is not float32 with {rank} dimension(s)")
    if wrong:
        raise BundleError(f"model.onnx does not keep the contract: {'; '.join(wrong)}. Export the bundle again.")
    _, h, w, _ = inputs["tiles"].shape
    return h, w


def _preload(ort: Any, providers: Sequence[str]) -> str:
    """Loads CUDA's and cuDNN's libraries from where pip puts them, which ONNX Runtime (1.21 and later) does only when
    it is told to. Returns its words on those that it did not find; without them CUDA is left out in silence."""
    if not {CUDA, TENSORRT} & set(providers) or not hasattr(ort, "preload_dlls"):
        return ""
    words = io.StringIO()
    with contextlib.redirect_stdout(words):
        ort.preload_dlls()
    return _short(words.getvalue())


def _short(words: str) -> str:
    one_line = " ".join(words.split())
    return one_line if len(one_line) <= _LONGEST else f"…{one_line[-_LONGEST:]}"


def _session_options(ort: Any, threads: int, observe: bool) -> tuple[Any, tempfile.TemporaryDirectory[str] | None]:
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    # A pool that spins between two parts keeps a whole core busy on which the pulse thread wants to wake; a pool that
    # never spins needs a quarter more time for a single tile. So it spins during a run and stops with it.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if hasattr(ort.InferenceSession, _ASSIGNMENT):
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        return options, None
    folder = None
    if not observe:
        return options, folder
    with contextlib.suppress(OSError):  # without a place for it, who runs which nodes stays unknown
        folder = tempfile.TemporaryDirectory(prefix="ringlight-")
        options.enable_profiling = True
        options.profile_file_prefix = str(Path(folder.name) / "session")
    return options, folder
