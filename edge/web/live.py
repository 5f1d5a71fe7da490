"""The web in real time, on three threads, as `edge.inspector.threads` does it for parts: one takes frames, one scores
strips, one gives the marker's pulses. They share the `WebLine` under one lock that no score and no read of the camera
is waited for in."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable

from edge.camera.base import Camera
from edge.camera.watching import Watching
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.conveyor import EncoderBelt
from edge.health import Check, Level
from edge.parts import Frame
from edge.web.assemble import WebScoring
from edge.web.ledger import Lengths
from edge.web.line import WebLine

_LOOK_NS = 2 * NS_PER_MS
_SWITCH_S = 0.0005
_log = logging.getLogger(__name__)


class LiveWeb:
    """Runs a `WebLine` with a camera and a model until it is stopped.

    Args:
        read_timeout_ns: how long a frame may take before the camera counts as lost.
    """

    def __init__(self, line: WebLine, camera: Camera, scoring: WebScoring, clock: Clock, read_timeout_ns: int) -> None:
        self.crash: str | None = None
        self._line, self._camera, self._scoring, self._clock = line, camera, scoring, clock
        self._watching = Watching(camera, clock, read_timeout_ns)
        self._lock = threading.Lock()
        self._stop, self._work, self._pulse = threading.Event(), threading.Event(), threading.Event()
        self._missed_edges = 0
        self._next: tuple[WebScoring, threading.Event] | None = None
        self._came = 0
        self._beats = {"camera": 0, "scoring": 0, "pulse": 0}
        self._threads = [
            threading.Thread(target=self._guarded, args=(name, target), name=f"ringlight-{name}", daemon=True)
            for name, target in (("camera", self._watch), ("scoring", self._score), ("pulse", self._fire))
        ]

    def start(self) -> None:
        """Starts the threads."""
        # The pulse thread may wait this long for the interpreter's lock.
        sys.setswitchinterval(_SWITCH_S)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stops the threads, closes the account and puts the pin to its safe level."""
        self._stop.set()
        self._work.set()
        self._pulse.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=5)
        with self._lock:
            self._line.stop(self._clock.now_ns())
        self._camera.close()

    def signal(self, at_ns: int) -> None:
        """The signal of a new roll, from the pin's own thread."""
        with self._lock:
            self._line.signal(at_ns)

    def tick(self, at_ns: int) -> None:
        """The encoder's pulse, from the pin's own thread."""
        with self._lock:
            self._encoder.tick(at_ns)

    def step(self, direction: int, at_ns: int) -> None:
        """A pulse of an encoder with two channels: +1, -1, or 0 where an edge was missed."""
        with self._lock:
            if direction:
                self._encoder.step(direction, at_ns)
            else:
                self._missed_edges += 1

    @property
    def _encoder(self) -> EncoderBelt:
        belt = self._line.conveyor
        if not isinstance(belt, EncoderBelt):
            raise ValueError("a pulse came, and the web has no encoder")
        return belt

    def start_roll(self, name: str) -> int:
        """A roll begins at what lies under the camera; returns its number since the box started."""
        with self._lock:
            return self._line.start_roll(name, self._clock.now_ns()).id

    def end_roll(self) -> int | None:
        """The roll ends at what lies under the camera; None where none is open."""
        with self._lock:
            roll = self._line.end_roll(self._clock.now_ns())
        return None if roll is None else roll.id

    def roll(self) -> tuple[int, str, Lengths, int] | None:
        """The newest roll of which not everything is known: number, name, lengths, events; None where there is none."""
        with self._lock:
            if not self._line.rolls:
                return None
            roll = self._line.rolls[-1]
            return roll.id, roll.name, roll.lengths(), roll.events

    def swap(self, scoring: WebScoring) -> threading.Event:
        """Another model scores from the next strip on; the event is set when the scoring thread has changed over."""
        done = threading.Event()
        with self._lock:
            self._next = scoring, done
        self._work.set()
        return done

    def came(self) -> int:
        """A number that changes whenever web of a roll has passed, by a millimetre or more, or a roll has begun."""
        with self._lock:
            if self._line.open:
                self._came = self._line.begun + int(self._line.conveyor.position(self._clock.now_ns()))
            return self._came

    def belt_mm_s(self) -> float:
        with self._lock:
            return self._line.conveyor.speed(self._clock.now_ns())

    def beats(self) -> dict[str, int]:
        """How often each thread has come round: what the watchdog is fed by."""
        return dict(self._beats)

    def checks(self) -> list[Check]:
        """Camera, model, marker and account as this line sees them."""
        if self.crash:
            return [Check("line", Level.FAULT, self.crash, "This is a mistake in Ringlight: report it with the log.")]
        fault = self._watching.fault
        mend = "Check the camera's cable and camera.device; it is reopened by itself."
        found = [Check("camera", Level.FAULT, fault, mend) if fault else Check("camera", Level.OK, "frames arrive")]
        tally = self._line.tally
        if tally.model_faults:
            text = f"{tally.model_faults} strips could not be scored; last: {tally.last_fault}"
            found.append(Check("model", Level.FAULT, text, "Flash the model again; this length was not inspected."))
        if tally.missed_ejections:
            text = f"{tally.missed_ejections} places passed the marker before they were known"
            found.append(Check("marker", Level.FAULT, text, "Put the marker further from the camera, or slow the web."))
        if self._missed_edges:
            text = f"the encoder's edges were missed {self._missed_edges} times: places on the roll are off by as much"
            found.append(Check("encoder", Level.WARNING, text, "Check the encoder's cable and its pulses a second."))
        return [*found, *self._camera.checks(), *self._lengths_check()]

    def _lengths_check(self) -> list[Check]:
        roll = self.roll()
        if roll is None:
            mend = "Begin a roll: by its signal, by MQTT or by POST /api/roll."
            return [Check("web", Level.WARNING, "no roll is under way: what passes now is not inspected", mend)]
        lengths = roll[2]
        if not lengths.balanced:
            return [Check("web", Level.FAULT, "the roll's lengths do not balance", "Report this with the log.")]
        if not lengths.uninspected:
            return []
        metres = lengths.uninspected * lengths.mm_per_row / 1000
        why = ", ".join(
            f"{reason.value} {rows * lengths.mm_per_row / 1000:.3f} m" for reason, rows in lengths.by_reason
        )
        mend = "See the roll map. `gap`: more frames a second, or a slower web; `busy`: a faster model."
        return [Check("web", Level.WARNING, f"{metres:.3f} m of this roll were not inspected: {why}", mend)]

    def _guarded(self, name: str, target: Callable[[], None]) -> None:
        """A mistake of ours in one thread ends the line: half a line would leave a length out and not know it."""
        try:
            target()
        except Exception as error:
            _log.exception("the %s thread failed", name)
            self._stop.set()
            with self._lock:
                self._line.stop(self._clock.now_ns())
            self.crash = f"the {name} thread failed: {type(error).__name__}: {error}"

    def _watch(self) -> None:
        self._watching.run(self._stop, self._take)

    def _take(self, frame: Frame) -> None:
        self._beats["camera"] += 1
        with self._lock:
            self._line.frame(frame, self._clock.now_ns())
        self._work.set()

    def _score(self) -> None:
        while not self._stop.is_set():
            self._work.clear()
            with self._lock:
                self._change_over()
                job = self._line.next_job(self._clock.now_ns())
            self._beats["scoring"] += 1
            if job is None:
                self._clock.wait(self._work, NS_PER_S)
                continue
            start, scoring = self._clock.now_ns(), self._scoring
            try:
                cells = scoring.look(job.strip.image)
            except Exception as error:  # whatever the model raises, the strip was not inspected
                with self._lock:
                    self._line.failed(job, f"{type(error).__name__}: {error}", self._clock.now_ns())
            else:
                with self._lock:
                    now = self._clock.now_ns()
                    self._line.tally.scored += 1
                    self._line.tally.scoring_ns += now - start
                    self._line.scored(job, cells, scoring.threshold, scoring.model_id, now)
            self._work.set()

    def _change_over(self) -> None:
        """Here, where no strip is being scored."""
        if self._next is not None:
            self._scoring, done = self._next
            self._next = None
            done.set()

    def _fire(self) -> None:
        now_ns = self._clock.now_ns
        while not self._stop.is_set():
            self._beats["pulse"] += 1
            with self._lock:
                wake = self._line.poll(now_ns(), now_ns)
            # A held frame may have been taken in, with nobody else to notice.
            self._work.set()
            now = now_ns()
            until = now + 50 * _LOOK_NS if wake is None else min(wake, now + 10 * _LOOK_NS)
            self._pulse.clear()
            self._clock.wait(self._pulse, until - now)
