"""The web in real time: frames become strips, strips are scored, and the marker gives its pulses."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge.budget import LATELY, Histogram
from edge.camera.base import Camera
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.errors import RinglightError
from edge.health import Check, Level
from edge.inspector.live import Live
from edge.inspector.watch import GateState
from edge.line_stop import Alarm
from edge.parts import Frame
from edge.watchdog import DeadMan
from edge.web.account import WebAccount
from edge.web.assemble import WebScoring
from edge.web.change import ChangeOver
from edge.web.health import account_checks
from edge.web.ledger import Lengths
from edge.web.line import WebLine

_LOOK_NS = 2 * NS_PER_MS
Judged = Callable[[str, NDArray[np.float32] | None, float], object]


class LiveWeb(Live):
    """Runs a `WebLine` with a camera and a model until it is stopped.

    Args:
        read_timeout_ns: how long a frame may take before the camera counts as lost.
        lit: whether a frame was taken in the light that the model knows.
        judged: told of each strip: model, the tiles' scores (None where it could not score them), threshold.
        dead_man: what lets the marker go where the pulse thread hangs; None where nobody starts the program anew.

    `strip_times` is how long strips took to be scored.
    """

    def __init__(
        self,
        line: WebLine,
        camera: Camera,
        scoring: WebScoring,
        clock: Clock,
        read_timeout_ns: int,
        lit: Callable[[Frame], bool] = lambda frame: True,
        judged: Judged = lambda model_id, scores, threshold: None,
        dead_man: DeadMan | None = None,
    ) -> None:
        super().__init__(camera, clock, read_timeout_ns, line.watch.stop, line.stop, line.marker.close, dead_man)
        self.strip_times = Histogram(LATELY)
        self._line = line
        self._lit, self._judged = lit, judged
        self._change = ChangeOver(scoring)

    def start(self) -> None:
        """Starts the threads."""
        with self._lock:
            self._line.start(self._clock.now_ns())
        self._start_threads()

    def signal(self, at_ns: int) -> None:
        """The signal of a new roll, from the pin's own thread."""
        self._ending.tell("pins'", self._line.signal, at_ns)

    def tick(self, at_ns: int) -> None:
        """The encoder's pulse, from the pin's own thread."""
        self.step(1, at_ns)

    def step(self, direction: int, at_ns: int) -> None:
        """A pulse of an encoder with two channels: +1, -1, or 0 where an edge was missed."""
        self._ending.tell("pins'", self._line.step, direction, at_ns)

    def gate(self) -> GateState:
        """What the marker did, and which alarms wait for somebody."""
        with self._lock:
            return self._line.watch.state(self._line.marker.given, self._line.marker.missed)

    def failing(self, light: str | None) -> None:
        """Watches over camera and light; `light` says what is wrong with it, None where nothing is."""
        faults = {Alarm.CAMERA: self._watching.fault, Alarm.LIGHT: light}
        with self._lock:
            told = {alarm: text for alarm, text in faults.items() if text} if self._line.open else {}
            self._line.watch.failing(told, self._clock.now_ns())

    def start_roll(self, name: str) -> int:
        """A roll begins at what lies under the camera; returns its number since the box started.

        Raises:
            RinglightError: the box is being stopped.
        """
        with self._lock:
            if self._ending.over:
                raise RinglightError("no roll can begin: the box is being stopped.")
            return self._line.start_roll(name, self._clock.now_ns()).id

    def end_roll(self) -> int | None:
        """The roll ends at what lies under the camera; None where none is open."""
        roll = self._ending.tell("page's", self._line.end_roll, self._clock.now_ns())
        return None if roll is None else roll.id

    def roll(self) -> tuple[int, str, Lengths, int] | None:
        """The newest roll of which not everything is known: number, name, lengths, events; None where there is none."""
        with self._lock:
            if not self._line.rolls:
                return None
            roll = self._line.rolls[-1]
            return roll.id, roll.name, roll.lengths(), roll.events

    def account(self) -> WebAccount:
        """How the web stands now."""
        with self._lock:
            return self._line.account(self._clock.now_ns())

    def swap(self, scoring: WebScoring, *, at_once: bool) -> threading.Event:
        """Another model scores from the next roll on, or from the next strip; the event is set when it does."""
        with self._lock:
            done = self._change.swap(scoring, at_once=at_once)
        self._work.set()
        return done

    @property
    def scoring_id(self) -> str:
        """The model that scores now."""
        return self._change.scoring.model_id

    def withdraw(self) -> None:
        """No model is to follow any more."""
        with self._lock:
            self._change.withdraw()

    def came(self) -> int:
        """See `WebLine.came`."""
        with self._lock:
            return self._line.came(self._clock.now_ns())

    def belt_mm_s(self) -> float:
        with self._lock:
            return self._line.conveyor.speed(self._clock.now_ns())

    def _own_checks(self) -> list[Check]:
        found, tally = [], self._line.tally
        if tally.model_faults:
            text = f"{tally.model_faults} strips could not be scored; last: {tally.last_fault}"
            found.append(Check("model", Level.FAULT, text, "Flash the model again; this length was not inspected."))
        if missed := tally.missed_ejections:
            # The alarm is for whoever has to act; this stays after it was acknowledged.
            text = f"{missed} place{'s' if missed > 1 else ''} passed the marker unmarked since the start"
            mend = "Put the marker further from the camera (ejector.distance_mm), or slow the web."
            found.append(Check("marker", Level.WARNING, text, mend))
        if self._line.watch.trust.illegal:
            edges = self._line.watch.trust.illegal
            text = f"the encoder's edges were missed {edges} times: places on the roll are off by as much"
            found.append(Check("encoder", Level.WARNING, text, "Check the encoder's cable and its pulses a second."))
        return [*found, *account_checks(self.account())]

    def _take(self, frame: Frame) -> None:
        self._beats["camera"] += 1
        lit = self._lit(frame)
        with self._lock:
            if not self._ending.over:
                self._line.frame(frame, self._clock.now_ns(), lit=lit)
        self._work.set()

    def _score(self) -> None:
        while not self._stop.is_set():
            self._work.clear()
            with self._lock:
                job = self._line.next_job(self._clock.now_ns())
                scoring = self._change.choose(self._line.rolls)
            self._beats["scoring"] += 1
            if job is None:
                self._clock.wait(self._work, NS_PER_S)
                continue
            start = self._clock.now_ns()
            try:
                cells = scoring.look(job.strip.image)
            except Exception as error:  # whatever the model raises, the strip was not inspected
                with self._lock:
                    if not self._ending.over:
                        self._line.failed(job, f"{type(error).__name__}: {error}", self._clock.now_ns())
                self._judged(scoring.model_id, None, scoring.threshold)
            else:
                with self._lock:
                    if self._ending.over:
                        return
                    now = self._clock.now_ns()
                    self._line.tally.scored += 1
                    self._line.tally.scoring_ns += now - start
                    self._line.scored(job, cells, scoring.threshold, scoring.model_id, now)
                self.strip_times.add(now - start)
                self._judged(scoring.model_id, cells.scores, scoring.threshold)
            self._work.set()

    def _fire(self) -> None:
        now_ns = self._clock.now_ns
        while not self._stop.is_set():
            self._round()
            with self._lock:
                if self._ending.over:
                    return
                wake = self._line.poll(now_ns(), now_ns)
            # A held frame may have been taken in, with nobody else to notice.
            self._work.set()
            now = now_ns()
            until = now + 50 * _LOOK_NS if wake is None else min(wake, now + 10 * _LOOK_NS)
            self._pulse.clear()
            self._clock.wait(self._pulse, until - now)
