"""One model on one execution provider: tiles in, scores out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ProviderError
from edge.health import Check, Level
from edge.parts import Image, Scores
from edge.providers import COMPILING, CPU
from edge.runtime.engines import engine_folder, finish, gpu_identity, prepare
from edge.runtime.options import BatchProfile, Graph, Settings, options_for
from edge.runtime.report import Nodes, Report
from edge.runtime.session import choose, keep_contract, needs, onnxruntime, open_session
from edge.runtime.sharing import Sharing, cores

_LITTLE = 0.5
"""A provider that runs less of the graph than this is hardly the one that was asked for."""


class Runtime:
    """One model, loaded.

    Args:
        model: the ONNX graph of a bundle: input `tiles` uint8 [N, H, W, 3], outputs `score` float32 [N] and
            `anomaly_map` float32 [N, h, w].
        providers: ONNX Runtime's execution providers in order of preference.
        threads: threads of the CPU provider; 0 takes all cores. They share the layers of a tile, or the tiles of a
            picture that has many.
        batch: tiles that are scored in one call, at most `profile.most`.
        require: refuse to go on when the first provider does not run.
        settings: what the providers are told; `threads` in it is this function's own.
        size: height and width of a tile, for engines that are compiled for it.
        profile: batch sizes that the graph is made for; None takes `batch` as it is.
        engines: folder in which compiled engines are kept; None keeps none.
        observe: find out in the warm-up who runs which nodes, where ONNX Runtime (before 1.24) has to be profiled.

    Raises:
        ProviderError: ONNX Runtime is not installed, knows none of the providers, or (with `require`) does not run
            the first one.
        BundleError: the graph cannot be loaded or does not keep the contract.
    """

    def __init__(
        self,
        model: bytes,
        providers: Sequence[str],
        threads: int = 0,
        batch: int = 8,
        require: bool = False,
        *,
        settings: Settings | None = None,
        size: tuple[int, int] | None = None,
        profile: BatchProfile | None = None,
        engines: Path | None = None,
        observe: bool = False,
    ) -> None:
        if batch < 1:
            raise ValueError(f"batch is {batch}; at least one tile is scored at a time")
        ort = onnxruntime()
        chosen = choose(providers, ort.get_available_providers())
        self.asked = providers[0]
        if require and chosen[0] != self.asked:
            raise ProviderError(
                f"{self.asked} was asked for and is not in this ONNX Runtime, which has "
                f"{', '.join(ort.get_available_providers())}. {needs(self.asked)}"
            )
        settings = settings or Settings(threads)
        graph = graph_of(model, size, profile or BatchProfile(1, batch, batch), batch)
        self.batch = min(batch, profile.most) if profile else batch
        engines = engines_for(model, chosen, settings, graph, engines)
        self._unkept = engines if engines and not prepare(engines) else None
        self._engines = None if self._unkept else engines
        options = {name: options_for(name, settings, graph, self._engines) for name in chosen}
        self._opened = open_session(ort, model, chosen, options, threads, observe)
        self._session: Any = self._opened.session
        self._nodes = Nodes({}, {})
        self.input_h, self.input_w = keep_contract(self._session)
        self.running: str = self._session.get_providers()[0]
        if require and self.running != self.asked:
            raise ProviderError(f"{self._fallback()} {needs(self.asked)}")
        self._require = require
        alone = self.running != CPU or cores(threads) == 1
        self._sharing = None if alone else Sharing(model, cores(threads))

    def score(self, pixels: Image) -> Scores:
        """Scores tiles, uint8 [N, H, W, 3], N ≥ 1, `batch` at a time at the most."""
        if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[1:] != (self.input_h, self.input_w, 3):
            raise ValueError(
                f"the model takes tiles uint8 [N, {self.input_h}, {self.input_w}, 3], not {pixels.dtype} {pixels.shape}"
            )
        if not len(pixels):
            raise ValueError("there is no tile to score")
        if self._sharing is not None and self._sharing.worth(len(pixels)):
            return self._sharing.score(pixels)
        parts = [self._run(pixels[at : at + self.batch]) for at in range(0, len(pixels), self.batch)]
        if len(parts) == 1:
            return Scores(*parts[0])
        return Scores(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))

    def warm_up(self) -> None:
        """Runs the model once for one tile and once for a full batch, so that the first part does not pay for
        memory and kernels; then it is known which provider runs which nodes.

        Raises:
            ProviderError: (with `require`) the provider that was asked for runs none of them.
        """
        for n in {1, self.batch}:
            self._run(np.zeros((n, self.input_h, self.input_w, 3), np.uint8))
        if not self._nodes.total:
            self._nodes = self._opened.nodes()
        if self._engines is not None and self.running in COMPILING:
            finish(self._engines)
        if self._nodes.total and not self._nodes.of(self.running):
            self.running = self._nodes.most()
            if self._require and self.running != self.asked:
                raise ProviderError(f"{self._fallback()} {needs(self.asked)}")

    def report(self) -> Report:
        """Where the model runs; which nodes where is known once it is warm."""
        return Report(self.asked, self.running, self._nodes, self._opened.why, self._engines)

    def checks(self) -> list[Check]:
        """Whether the provider that was asked for runs, and how much of the graph; whether engines can be kept."""
        found = [self._check_provider()]
        if self._unkept:
            text = f"{self._unkept} takes no files: the engine is compiled anew with every start"
            found.append(
                Check("engines", Level.WARNING, text, "Give the folder to the box's user, or set model.engines.")
            )
        return found

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

    def _check_provider(self) -> Check:
        nodes = self._nodes.text(self.running)
        if self.running != self.asked:
            text = f"{self._fallback()}{f' ({nodes})' if nodes else ''}"
            mend = f"{needs(self.asked)} Or ask for {self.running} in model.providers."
            return Check("provider", Level.FAULT, text, mend)
        text = f"{self.running} runs, as asked" + (f": {nodes}" if nodes else "")
        if nodes and self._nodes.part(self.running) < _LITTLE:
            mend = "Most of the graph runs elsewhere: ask for that provider, or report it with this line."
            return Check("provider", Level.WARNING, text, mend)
        return Check("provider", Level.OK, text)

    def _run(self, pixels: Image) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        score, anomaly_map = self._session.run(["score", "anomaly_map"], {"tiles": np.ascontiguousarray(pixels)})
        return score, anomaly_map

    def _fallback(self) -> str:
        why = f" {self.asked} says: {self._opened.why}" if self._opened.why else ""
        return f"{self.asked} was asked for, {self.running} runs.{why}"


def graph_of(model: bytes, size: tuple[int, int] | None, profile: BatchProfile, batch: int) -> Graph | None:
    """What an engine of this model is built for on a box that scores `batch` tiles at a time; None without a size."""
    return Graph(*size, profile.within(batch), quantized=b"DequantizeLinear" in model) if size else None


def engines_for(
    model: bytes, chosen: Sequence[str], settings: Settings, graph: Graph | None, root: Path | None
) -> Path | None:
    """The folder under `root` of what is compiled for this model; None where none of the providers compiles."""
    compiler = next((name for name in chosen if name in COMPILING), None)
    if root is None or compiler is None:
        return None
    options = options_for(compiler, settings, graph, None)
    return engine_folder(root, model, gpu_identity(), onnxruntime().__version__, options)
