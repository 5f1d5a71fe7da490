"""Many tiles on several cores: each thread runs the whole graph, for tiles of its own.

ONNX Runtime's own threads share each layer of a run and wait for each other after each of them, spinning. Where other
programs want the cores too, that costs twice the processor time and loses to one thread (`benchmarks/web.py`). Threads
that share tiles wait once, for the last tile; for a single tile they are of no use.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.parts import Image, Scores
from edge.providers import CPU
from edge.runtime.session import onnxruntime, open_session

_AT_ONCE = 2
"""Tiles of one run: what they need stays in the processor's cache. By 8, a tile takes a tenth longer."""


def cores(threads: int) -> int:
    """How many threads `model.threads` means: 0 stands for as many as there are cores for this process."""
    if threads:
        return threads
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Sharing:
    """The CPU provider for pictures of many tiles.

    Args:
        model: the ONNX graph. threads: how many share the tiles, the caller among them; 2 or more.

    The graph is opened when the first such picture comes.
    """

    def __init__(self, model: bytes, threads: int) -> None:
        self._model, self._threads = model, threads
        self._opening = threading.Lock()
        self._session: Any = None

    def worth(self, tiles: int) -> bool:
        """Whether so many tiles keep every thread busy more than once."""
        return tiles >= 2 * self._threads

    def score(self, pixels: Image) -> Scores:
        """Scores tiles, uint8 [N, H, W, 3]; what a run raises comes out of here."""
        session, helpers = self._opened()
        starts, handing_out = iter(range(0, len(pixels), _AT_ONCE)), threading.Lock()
        score: NDArray[np.float32] = np.empty(len(pixels), np.float32)
        maps: dict[int, NDArray[np.float32]] = {}

        def work() -> None:
            while True:
                with handing_out:
                    at = next(starts, None)
                if at is None:
                    return
                mine = np.ascontiguousarray(pixels[at : at + _AT_ONCE])
                score[at : at + _AT_ONCE], maps[at] = session.run(["score", "anomaly_map"], {"tiles": mine})

        others = [helpers.submit(work) for _ in range(self._threads - 1)]
        work()
        for other in others:
            other.result()
        return Scores(score, np.concatenate([maps[at] for at in sorted(maps)]))

    def _opened(self) -> tuple[Any, ThreadPoolExecutor]:
        with self._opening:
            if self._session is None:
                opened = open_session(onnxruntime(), self._model, [CPU], {}, 1, observe=False)
                self._helpers = ThreadPoolExecutor(self._threads - 1, "ringlight-tiles")
                self._session = opened.session
            return self._session, self._helpers
