"""The ONNX Runtime session: tiles in, scores out, and the truth about where it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import BundleError, ProviderError
from edge.health import Check, Level
from edge.parts import Image, Scores

_INSTALL = "Install it: pip install 'ringlight[cpu]', or NVIDIA's own onnxruntime build on a Jetson."
_FLOAT, _UINT8 = "tensor(float)", "tensor(uint8)"


class Runtime:
    """One model, loaded.

    Args:
        model: the ONNX graph of a bundle: input `tiles` uint8 [N, H, W, 3], outputs `score` float32 [N] and
            `anomaly_map` float32 [N, h, w].
        providers: ONNX Runtime's execution providers in order of preference.
        threads: threads of the CPU provider; 0 lets ONNX Runtime choose.
        batch: tiles that are scored in one call.
        require: refuse to go on when the first provider does not run.

    Raises:
        ProviderError: ONNX Runtime is not installed, knows none of the providers, or (with `require`) does not run
            the first one.
        BundleError: the graph cannot be loaded or does not keep the contract.
    """

    def __init__(
        self, model: bytes, providers: Sequence[str], threads: int = 0, batch: int = 8, require: bool = False
    ) -> None:
        if batch < 1:
            raise ValueError(f"batch is {batch}; at least one tile is scored at a time")
        if not providers:
            raise ProviderError("no execution provider is named. Write model.providers = ['CPUExecutionProvider'].")
        self.asked = providers[0]
        self._batch = batch
        self._session = _session(model, providers, threads)
        self.running: str = self._session.get_providers()[0]
        self.input_h, self.input_w = _keep_contract(self._session)
        if require and self.running != self.asked:
            raise ProviderError(self._fallback())

    def score(self, pixels: Image) -> Scores:
        """Scores tiles, uint8 [N, H, W, 3], N ≥ 1, `batch` at a time."""
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (self.input_h, self.input_w, 3):
            raise ValueError(
                f"the model takes tiles uint8 [N, {self.input_h}, {self.input_w}, 3], not {pixels.dtype} {pixels.shape}"
            )
        if not len(pixels):
            raise ValueError("there is no tile to score")
        parts = [self._run(pixels[at : at + self._batch]) for at in range(0, len(pixels), self._batch)]
        if len(parts) == 1:
            return Scores(*parts[0])
        return Scores(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))

    def warm_up(self) -> None:
        """Runs the model once for one tile and once for a full batch, so that the first part does not pay for
        memory and kernels."""
        for n in {1, self._batch}:
            self._run(np.zeros((n, self.input_h, self.input_w, 3), np.uint8))

    def checks(self) -> list[Check]:
        """Whether the provider that was asked for runs."""
        if self.running == self.asked:
            return [Check("provider", Level.OK, f"{self.running} runs, as asked")]
        mend = f"Install what {self.asked} needs, or ask for {self.running} in model.providers."
        return [Check("provider", Level.FAULT, self._fallback(), mend)]

    def check_golden(self, tiles: Image, scores: NDArray[np.float32], spread: float) -> Check:
        """Whether this provider gives the scores that the bundle was made with.

        Args:
            tiles: the bundle's golden tiles. scores: what they scored then.
            spread: distance that matters, in raw scores (such as the standard deviation over good parts); a
                difference of more than a tenth of it is a FAULT.
        """
        off = float(np.max(np.abs(self.score(tiles).score - scores)))
        text = f"golden tiles differ by {off:.2g} at most, {off / max(spread, 1e-12):.1%} of the good parts' spread"
        if np.isfinite(off) and off <= 0.1 * spread:
            return Check("golden", Level.OK, text)
        return Check("golden", Level.FAULT, text, f"{self.running} computes something else: choose another provider.")

    def _run(self, pixels: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        score, anomaly_map = self._session.run(["score", "anomaly_map"], {"tiles": np.ascontiguousarray(pixels)})
        return score, anomaly_map

    def _fallback(self) -> str:
        return f"{self.asked} was asked for, {self.running} runs"


def _session(model: bytes, providers: Sequence[str], threads: int) -> Any:
    try:
        import onnxruntime as ort
    except ImportError as error:
        raise ProviderError(f"ONNX Runtime is not installed. {_INSTALL}") from error
    known = ort.get_available_providers()
    usable = [name for name in providers if name in known]
    if not usable:
        raise ProviderError(f"none of {', '.join(providers)} is in this ONNX Runtime, which has {', '.join(known)}.")
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    # A pool that spins between two parts keeps a whole core busy on which the pulse thread wants to wake; a pool that
    # never spins needs a quarter more time for a single tile. So it spins during a run and stops with it.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        return ort.InferenceSession(model, options, providers=usable)
    except Exception as error:  # ONNX Runtime's own exceptions share no narrower class
        raise BundleError(f"model.onnx cannot be loaded: {error}. Export the bundle again.") from error


def _keep_contract(session: Any) -> tuple[int, int]:
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
