"""How much time a part leaves between its picture and the gate, and how much of it is used."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from operator import add

from edge.clock import NS_PER_MS, NS_PER_S
from edge.config.models import Config
from edge.health import Check, Level

_PER_DECADE = 40  # bins; a quantile is right within 6 %
_DECADES = 7  # from 10 µs to 100 s
_FIRST_NS = 10_000
_LEAST = 20  # durations before anything is said of their p99
TIGHT = 0.2
LATELY = 500  # durations from which a running line's budget is told


class Histogram:
    """Durations in bins that grow by 6 %, from 10 µs to 100 s: constant in memory, however many come.

    Args:
        keep: forget all but the last `keep` durations, or up to twice as many; None: keep all. The p99 of a whole day
            says that a computer became slow when a hundredth of the day has been too slow.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._keep = keep
        self._before = self._empty()
        self._bins = self._empty()
        self._full = 0  # how many are in the bins before
        self.count = 0

    def add(self, duration_ns: int) -> None:
        if self._keep is not None and self.count - self._full == self._keep:
            self._before, self._bins = self._bins, self._empty()
            self._full = self.count = self._keep
        place = math.log10(max(duration_ns, _FIRST_NS) / _FIRST_NS) * _PER_DECADE
        self._bins[min(int(place), len(self._bins) - 1)] += 1
        self.count += 1

    def quantile_ms(self, share: float) -> float | None:
        """The duration that `share` (0 to 1) of all do not exceed, in ms, rounded up to its bin's end; None where
        there is none."""
        seen, wanted = 0, share * self.count
        for place, number in enumerate(map(add, self._before, self._bins)):
            seen += number
            if number and seen >= wanted:
                return _FIRST_NS * 10 ** ((place + 1) / _PER_DECADE) / NS_PER_MS
        return None

    @staticmethod
    def _empty() -> list[int]:
        return [0] * (_PER_DECADE * _DECADES + 1)


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of the time from a part's picture to its decision, at a belt speed.

    `travel_mm` is the belt travel from the latest place of the picture to the gate. A part is to be decided on before
    its front, or that of a gate's window (`front_mm`), is there, and before its pulse begins (`pulse_ms`), whichever
    comes first; `fixed_ms`, the actuator's lead and `decide_ms`, comes on top. `available_ms` is what is left. `p99_ms`
    is the time from picture to verdict, waiting for the camera and for other parts included.
    """

    speed_mm_s: float
    travel_mm: float
    front_mm: float
    pulse_ms: float
    fixed_ms: float
    p99_ms: float
    by_camera_mm_s: float

    @property
    def available_ms(self) -> float:
        a_mm_ms = 1000 / self.speed_mm_s
        return self.travel_mm * a_mm_ms - self.fixed_ms - max(self.pulse_ms, self.front_mm * a_mm_ms)

    @property
    def slack_ms(self) -> float:
        """What p99 leaves; negative where parts come too late."""
        return self.available_ms - self.p99_ms

    @property
    def most_mm_s(self) -> float:
        """How fast the belt may run: p99 still comes in time, and a lost frame costs no part."""
        return min(self.by_camera_mm_s, self.by_time_mm_s)

    @property
    def by_time_mm_s(self) -> float:
        """At which speed p99 comes just in time."""
        by_pulse = self.travel_mm / (self.pulse_ms + self.fixed_ms + self.p99_ms) * 1000
        by_front = max(0.0, self.travel_mm - self.front_mm) / (self.fixed_ms + self.p99_ms) * 1000
        return min(by_pulse, by_front)

    def check(self) -> Check:
        """The budget as a line of health: WARNING before it is used up, FAULT once it is."""
        used = self.p99_ms / self.available_ms if self.available_ms > 0 else math.inf
        limit = ", for the camera's sake" if self.by_camera_mm_s < self.by_time_mm_s else ""
        text = (
            f"p99 {self.p99_ms:.2g} ms of {max(0.0, self.available_ms):.0f} ms at {self.speed_mm_s:.0f} mm/s; "
            f"the belt may run at {self.most_mm_s:.0f} mm/s{limit}"
        )
        mend = "Slow the belt down, move the gate further from the camera, or look what else keeps the computer busy."
        if self.slack_ms < 0:
            return Check("budget", Level.FAULT, text, mend)
        if used > 1 - TIGHT:
            return Check("budget", Level.WARNING, text, mend)
        if self.speed_mm_s > self.by_camera_mm_s:
            slow = "One frame that is lost costs a part: raise camera.fps or part.tolerance_mm, or slow the belt down."
            return Check("budget", Level.WARNING, text, slow)
        return Check("budget", Level.OK, text)


def make_budget(config: Config, p99_ms: float, speed_mm_s: float | None = None) -> Budget:
    """The budget of a configured line.

    Args:
        p99_ms: from a part's picture to its verdict.
        speed_mm_s: the configured speed where it is None.
    """
    ejector, part = config.ejector, config.part
    is_gate = ejector.kind == "gate"
    return Budget(
        speed_mm_s=speed_mm_s or config.belt.speed_mm_s,
        # The picture may be taken as late as the tolerance allows.
        travel_mm=max(0.0, ejector.distance_mm - config.trigger.camera_mm - part.tolerance_mm),
        front_mm=max(ejector.hold_mm if is_gate else 0.0, ejector.part_mm) / 2,
        pulse_ms=0.0 if is_gate else ejector.pulse_ms / 2,
        fixed_ms=ejector.lead_ms + ejector.decide_ms,
        p99_ms=p99_ms,
        by_camera_mm_s=part.tolerance_mm * config.camera.fps,
    )


def running_check(config: Config, times: Histogram, speed_mm_s: float) -> list[Check]:
    """The budget of a line that runs, once enough parts were judged. `times` are from picture to verdict."""
    p99 = times.quantile_ms(0.99)
    if times.count < _LEAST or p99 is None or speed_mm_s <= 0:
        return []
    # Two digits, so that the line of health does not change with every pulse of the encoder.
    return [make_budget(config, p99, float(f"{speed_mm_s:.2g}")).check()]


def measure_ms(look: Callable[[], object], now_ns: Callable[[], int], seconds: float = 2.0) -> tuple[float, float]:
    """p50 and p99 (ms) of calls that follow each other for some seconds, on a machine that does nothing else."""
    times, end = Histogram(), now_ns() + round(seconds * NS_PER_S)
    look()
    while not times.count or now_ns() < end:
        start = now_ns()
        look()
        times.add(now_ns() - start)
    return times.quantile_ms(0.5) or 0.0, times.quantile_ms(0.99) or 0.0
