"""A line in real time, on three threads, whatever it inspects.

One takes frames, one scores, one gives pulses on time. They share one state machine under one lock that is held for
microseconds; scoring and reads of the camera happen outside of it. Nothing here waits for store, broker or page.
"""

from __future__ import annotations

import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from edge.camera.base import Camera
from edge.camera.watching import Watching
from edge.clock import Clock
from edge.health import Check, Level
from edge.inspector.ending import Ending
from edge.line_stop import LineStop
from edge.parts import Frame
from edge.watchdog import DeadMan

# The pulse thread may wait this long for the interpreter's lock; Python's own 5 ms would be seen at the gate.
_SWITCH_S = 0.0005


class Live(ABC):
    """The threads, their beginning and their end; what inherits says what each of them does.

    Args:
        alarms: those of the state machine, asked and acknowledged with the lock held.
        close: closes all accounts of the state machine at an instant, and puts every output to its safe level.
        read_timeout_ns: how long a frame may take before the camera counts as lost.
        release: puts the output of the pulses to its safe level, without a turn and without a lock.
        dead_man: what calls that where the pulse thread hangs; None where nobody starts the program anew.
    """

    def __init__(
        self,
        camera: Camera,
        clock: Clock,
        read_timeout_ns: int,
        alarms: LineStop,
        close: Callable[[int], object],
        release: Callable[[], object],
        dead_man: DeadMan | None,
    ) -> None:
        self._camera, self._clock, self._alarms = camera, clock, alarms
        self._release, self._dead_man = release, dead_man
        self._watching = Watching(camera, clock, read_timeout_ns)
        self._stop, self._work, self._pulse = threading.Event(), threading.Event(), threading.Event()
        self._ending = Ending(self._stop, lambda: close(clock.now_ns()))
        self._lock = self._ending.lock
        self._beats = {"camera": 0, "scoring": 0, "pulse": 0}
        self._threads = [
            threading.Thread(target=self._ending.guard, args=(name, target), name=f"ringlight-{name}", daemon=True)
            for name, target in (("camera", self._watch), ("scoring", self._score), ("pulse", self._pulses))
        ]

    def stop(self) -> None:
        """Closes all accounts, puts the pins to their safe level, and stops the threads."""
        try:
            # Before anybody is waited for: a camera that hangs would keep the output active meanwhile.
            self._ending.end()
        finally:
            self._work.set()
            self._pulse.set()
            for thread in self._threads:
                if thread.is_alive():
                    thread.join(timeout=5)
            self._camera.close()

    @property
    def crash(self) -> str | None:
        """What ended the line, if it ended by itself."""
        return self._ending.crash

    def beats(self) -> dict[str, int]:
        """How often each thread has come round: what the watchdog is fed by."""
        return dict(self._beats)

    def acknowledge(self, seen: Mapping[str, int] | None = None) -> bool:
        """Somebody has seen the alarms; the line may run. Returns whether there was one. See `LineStop`."""
        with self._lock:
            return self._alarms.acknowledge(seen)

    def checks(self) -> list[Check]:
        """What this line sees of itself."""
        if self.crash:
            return [Check("line", Level.FAULT, self.crash, "This is a mistake in Ringlight: report it with the log.")]
        fault = self._watching.fault
        mend = "Check the camera's cable and camera.device; it is reopened by itself."
        found = [Check("camera", Level.FAULT, fault, mend) if fault else Check("camera", Level.OK, "frames arrive")]
        found += [*self._camera.checks(), *self._own_checks()]
        with self._lock:
            return found + self._alarms.checks()

    def _start_threads(self) -> None:
        sys.setswitchinterval(_SWITCH_S)
        if self._dead_man is not None:
            self._dead_man.start(self._release)
        for thread in self._threads:
            thread.start()

    def _watch(self) -> None:
        self._watching.run(self._stop, self._take)

    def _pulses(self) -> None:
        try:
            self._fire()
        finally:
            if self._dead_man is not None:
                self._dead_man.end()

    def _round(self) -> None:
        """The pulse thread has come round."""
        self._beats["pulse"] += 1
        if self._dead_man is not None:
            self._dead_man.round()

    @abstractmethod
    def _own_checks(self) -> list[Check]:
        """Model and output. Called with no lock held."""

    @abstractmethod
    def _take(self, frame: Frame) -> None:
        """A frame came."""

    @abstractmethod
    def _score(self) -> None:
        """Scores until the line is over."""

    @abstractmethod
    def _fire(self) -> None:
        """Gives pulses until the line is over, and calls `_round` whenever it comes round."""
