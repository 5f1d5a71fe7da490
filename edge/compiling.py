"""Engines are compiled in a process of their own.

TensorRT takes minutes over it and may end by the kernel's hand for want of memory, and ONNX Runtime (before 1.31) holds
Python's lock meanwhile: in the box's own process the line would stand still. The process leaves the engine in the
cache beside the bundle, from which it is loaded.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Protocol

from edge.bundle import Bundle
from edge.clock import NS_PER_S, Clock, RealClock
from edge.config.models import ModelConfig
from edge.errors import RinglightError, SlotError
from edge.model import Model, engines_of
from edge.providers import COMPILING
from edge.runtime.engines import finished, prepare
from edge.watchdog import notify

_EVERY_NS = 10 * NS_PER_S
_LONGEST_NS = 3600 * NS_PER_S
_PATIENCE_US = 6 * _EVERY_NS // 1000
_log = logging.getLogger(__name__)


class Child(Protocol):
    """A process that compiles."""

    done: threading.Event

    def outcome(self) -> tuple[int, str]:
        """Its exit code (negative: the signal that ended it) and its last words; once it is done."""
        ...

    def kill(self) -> None: ...


def compile_apart(
    bundle: Bundle,
    config: ModelConfig,
    clock: Clock,
    say: Callable[[str], object],
    start: Callable[[ModelConfig], Child] | None = None,
) -> None:
    """Compiles what a bundle needs on this box, unless it was compiled before or its provider compiles nothing.

    Args:
        say: told every ten seconds how long it takes.

    Raises:
        ProviderError: no provider is there.
        SlotError: the engine cannot be kept, or could not be compiled in an hour.
    """
    folder = engines_of(bundle, config)
    if folder is None or finished(folder):
        return
    if not prepare(folder):
        raise SlotError(f"{folder}: takes no files, and a model whose engine is not kept would stop the line. Mend it.")
    provider = config.providers[0]
    say(f"compiling for {provider}: this can take minutes")
    child, began = (start or Compiler)(config.model_copy(update={"bundle": bundle.path})), clock.now_ns()
    while not clock.wait(child.done, _EVERY_NS):
        took = clock.now_ns() - began
        if took > _LONGEST_NS:
            child.kill()
            raise SlotError(f"{bundle.path}: {provider} compiled for an hour without an end. Train a smaller model.")
        say(f"compiling for {provider}: {took / NS_PER_S:.0f} s")
    code, words = child.outcome()
    if code:
        raise SlotError(f"{bundle.path}: {provider} could not compile it: {_why(code, words)}")


def compile_before_start(bundle: Bundle, config: ModelConfig) -> None:
    """The same for a box that starts with a model, or changes to one, whose engine is not there: it was never flashed,
    or driver or provider are others since. The log tells how long it takes, and systemd is told to wait.

    Where the engine cannot be kept nothing is done: the model compiles it as it is loaded.

    Raises:
        ProviderError, SlotError: as `compile_apart`.
    """
    if not set(config.providers) & COMPILING:
        return
    folder = engines_of(bundle, config)
    if folder is not None and prepare(folder):
        compile_apart(bundle, config, RealClock(), _tell)


def _tell(words: str) -> None:
    _log.info("%s", words)
    notify(f"EXTEND_TIMEOUT_USEC={_PATIENCE_US}")


class Compiler:
    """The real process. It gets the configuration by its input, and loads the model once."""

    def __init__(self, config: ModelConfig) -> None:
        self.done = threading.Event()
        self._words = ""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "edge.compiling"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._wait, args=(config.model_dump_json(),), daemon=True).start()

    def outcome(self) -> tuple[int, str]:
        return self._process.returncode, self._words

    def kill(self) -> None:
        self._process.kill()
        self.done.wait()

    def _wait(self, words: str) -> None:
        _, self._words = self._process.communicate(words)
        self.done.set()


def _why(code: int, words: str) -> str:
    if code < 0:
        return f"signal {-code} ended it. If that was for want of memory, lower model.workspace_mb and model.batch."
    lines = words.strip().splitlines()
    return lines[-1] if lines else f"it ended with exit code {code}."


def _main() -> int:
    try:
        Model.load(ModelConfig.model_validate_json(sys.stdin.read()))
    except RinglightError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
