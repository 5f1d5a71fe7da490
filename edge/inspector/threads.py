"""The line of parts in real time."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from edge.budget import Histogram
from edge.camera.aim import Sight
from edge.camera.base import Camera
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.errors import NotLocated
from edge.health import Check, Level
from edge.inspector.core import Inspector
from edge.inspector.live import Live
from edge.inspector.reporting import pulse_checks
from edge.inspector.scoring import Scoring
from edge.inspector.tally import Tally
from edge.inspector.watch import GateState
from edge.ledger import Counts
from edge.parts import Frame, PartMap
from edge.watchdog import DeadMan

_log = logging.getLogger(__name__)

# The pulse thread looks at the belt at least this often: an encoder may have sped up since it last asked.
_LOOK_NS = 2 * NS_PER_MS
# An event's time-out is late by up to this much under load; the rest of the wait is spun.
_SPIN_NS = NS_PER_MS // 4
_PRIORITY = 10


class LiveLine(Live):
    """Runs an `Inspector` with a camera and a model until it is stopped.

    Args:
        look: scores a part's picture, uint8 [H, W, 3] → PartMap.
        read_timeout_ns: how long a frame may take before the camera counts as lost.
        realtime: whether the pulse thread asks to run before all others (SCHED_FIFO).
        lit: whether a frame of that instant was taken in the light that the model knows.
        dead_man: what closes the gate where the pulse thread hangs; None where nobody starts the program anew.

    `realtime` is whether it really does, once it has started.
    """

    def __init__(
        self,
        inspector: Inspector,
        camera: Camera,
        look: Callable[[Sight], PartMap],
        clock: Clock,
        read_timeout_ns: int,
        *,
        realtime: bool = True,
        lit: Callable[[int], bool] = lambda taken_ns: True,
        dead_man: DeadMan | None = None,
    ) -> None:
        super().__init__(
            camera, clock, read_timeout_ns, inspector.watch.stop, inspector.stop, inspector.close_gate, dead_man
        )
        self._inspector = inspector
        self._look = look
        self._next: tuple[Scoring, threading.Event] | None = None
        self._ask_realtime = realtime
        self._lit = lit
        self.realtime = False

    def start(self, purge_mm: float | None = None) -> None:
        """Starts the threads; with `purge_mm`, begins by ejecting that much of the belt."""
        with self._lock:
            self._inspector.start(purge_mm, self._clock.now_ns())
        self._start_threads()

    def trigger(self, at_ns: int) -> None:
        """The photo-eye's leading edge, from the pin's own thread."""
        self._tell(self._inspector.trigger, at_ns)

    def tick(self, at_ns: int) -> None:
        """The encoder's pulse, from the pin's own thread. The belt is looked at often enough by itself."""
        self._ending.tell("pins'", self._inspector.tick, at_ns)

    def ears(self) -> dict[str, Callable[..., object]]:
        """What `LinePins.listen` is given besides trigger and tick; each is called from the pin's own thread."""
        one = self._inspector
        told = {
            "cleared": one.cleared,
            "arrived": one.arrived,
            "departed": one.departed,
            "passed": one.passed,
            "chute": one.chute,
        }
        heard = {name: partial(self._tell, call) for name, call in told.items()}
        return {**heard, "step": partial(self._ending.tell, "pins'", one.step), "acknowledge": self.acknowledge}

    def _tell(self, call: Callable[..., object], *facts: Any) -> None:
        self._ending.tell("pins'", call, *facts)
        self._pulse.set()

    def gate(self) -> GateState:
        """What the gate did, and which alarms wait for somebody."""
        with self._lock:
            watch = self._inspector.watch
            return GateState(replace(watch.tally), watch.stop.stopped, watch.stop.raised)

    def swap(self, scoring: Scoring) -> threading.Event:
        """Another model scores from the next part on; the event is set when the scoring thread has changed over."""
        done = threading.Event()
        with self._lock:
            self._next = scoring, done
        self._work.set()
        return done

    def counts(self) -> Counts:
        with self._lock:
            return self._inspector.counts()

    def tally(self) -> Tally:
        return self._inspector.tally

    @property
    def picture_to_verdict(self) -> Histogram:
        """How long parts took from their picture to their verdict."""
        return self._inspector.picture_to_verdict

    @property
    def trigger_to_verdict(self) -> Histogram:
        """How long parts took from their trigger to their verdict, the belt's travel included."""
        return self._inspector.trigger_to_verdict

    def belt_mm_s(self) -> float:
        with self._lock:
            return self._inspector.conveyor.speed(self._clock.now_ns())

    def _own_checks(self) -> list[Check]:
        found, tally = [], self._inspector.tally
        if tally.model_faults:
            text = f"{tally.model_faults} parts could not be scored; last: {tally.last_fault}"
            found.append(Check("model", Level.FAULT, text, "Flash the model again; its parts were not inspected."))
        with self._lock:
            return found + pulse_checks(self._inspector.watch.pulse_late, self.realtime)

    def _take(self, frame: Frame) -> None:
        self._beats["camera"] += 1
        see = partial(self._inspector.frame, lit=self._lit(frame.taken_ns))
        if self._ending.tell("camera", see, frame, self._clock.now_ns()):
            self._work.set()

    def _score(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                self._change_over()
                sight = self._inspector.next_job()
                if sight is None:
                    self._work.clear()
            self._beats["scoring"] += 1
            if sight is None:
                self._clock.wait(self._work, NS_PER_S)
                continue
            start = self._clock.now_ns()
            try:
                part_map = self._look(sight)
                # Before the lock is taken: finding the places above the threshold takes longer than a pulse may wait.
                verdict = self._inspector.judge(sight, part_map)
            except NotLocated as error:
                with self._lock:
                    self._inspector.unlocated(sight, self._clock.now_ns(), error)
            except Exception as error:  # whatever the model raises, the part was not inspected
                with self._lock:
                    self._inspector.failed(sight, f"{type(error).__name__}: {error}", self._clock.now_ns())
            else:
                now = self._clock.now_ns()
                with self._lock:
                    self._inspector.tally.scored += 1
                    self._inspector.tally.scoring_ns += now - start
                    self._inspector.conclude(sight, part_map, verdict, now)

    def _change_over(self) -> None:
        """Here, where no part is being scored: a map is judged by the threshold of the model that made it."""
        if self._next is not None:
            scoring, done = self._next
            self._next = None
            self._look = scoring.look
            self._inspector.adopt(scoring.judge, scoring.model_id)
            done.set()

    def _fire(self) -> None:
        self.realtime = self._ask_realtime and _be_prompt()
        now_ns = self._clock.now_ns
        while not self._stop.is_set():
            self._round()
            self._pulse.clear()  # before it looks: what comes from here on wakes it
            with self._lock:
                if self._ending.over:
                    return
                wake = self._inspector.poll(now_ns(), now_ns)
            now = now_ns()
            until = now + 50 * _LOOK_NS if wake is None else min(wake, now + _LOOK_NS)
            if until - now > _SPIN_NS:
                self._clock.wait(self._pulse, until - now - _SPIN_NS)
            elif wake is not None:
                while now_ns() < until and not self._stop.is_set():
                    pass


def _be_prompt() -> bool:
    """Asks the kernel to run this thread before all ordinary ones (SCHED_FIFO); without the right to, it stays one of
    them, and False is returned. The unit grants the right with LimitRTPRIO."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except (AttributeError, OSError) as error:
        _log.info("the pulse thread runs at ordinary priority: %s", error)
        return False
    return True
