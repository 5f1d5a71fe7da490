"""Where the belt is, was, and when it will be somewhere.

Positions are millimetres of travel since start. `SteadyBelt` trusts a speed, `EncoderBelt` counts pulses.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import Protocol

from edge.clock import NS_PER_S

# Further away than any part that is under way: "not while the belt stands still".
NEVER_NS = 1 << 62
_MOST_BACK_MM = 1000.0
_SILENT = 9  # steps to and fro


class Conveyor(Protocol):
    """What the line asks of the belt."""

    def position(self, at_ns: int) -> float:
        """Travel in mm at an instant, past or (by extrapolation) present."""
        ...

    def when(self, mm: float, now_ns: int) -> int:
        """The instant at which the belt was or will be at `mm`, as well as can be known at `now_ns`."""
        ...

    def speed(self, now_ns: int) -> float:
        """Speed in mm/s; 0 while the belt stands still."""
        ...


def runs_back(conveyor: Conveyor) -> bool:
    """Whether the belt lies back from the furthest place where it was, and what comes by was there before."""
    return bool(getattr(conveyor, "runs_back", False))


class SteadyBelt:
    """A belt that runs at a constant, known speed from `start_ns` on."""

    def __init__(self, speed_mm_s: float, start_ns: int = 0) -> None:
        if speed_mm_s <= 0:
            raise ValueError(f"speed must be positive: {speed_mm_s}")
        self._speed = speed_mm_s
        self._start = start_ns

    def position(self, at_ns: int) -> float:
        return (at_ns - self._start) * self._speed / NS_PER_S

    def when(self, mm: float, now_ns: int) -> int:
        return self._start + round(mm / self._speed * NS_PER_S)

    def speed(self, now_ns: int) -> float:
        return self._speed


class EncoderBelt:
    """A belt with an incremental encoder, one channel, one pulse every `mm_per_tick`.

    Between two pulses the position is extrapolated from the recent speed, but never past the next pulse: a belt that
    stops is noticed within one tick. Speed is the mean over the last `_WINDOW` pulses, short enough to follow a
    change within a few millimetres, long enough to even out the pulse jitter.
    """

    _WINDOW = 8
    _HISTORY = 8192

    def __init__(self, mm_per_tick: float, speed_guess_mm_s: float, stall_ns: int, start_ns: int = 0) -> None:
        if mm_per_tick <= 0 or speed_guess_mm_s <= 0:
            raise ValueError(f"tick and speed must be positive: {mm_per_tick}, {speed_guess_mm_s}")
        self._pitch = mm_per_tick
        self._guess = speed_guess_mm_s
        self._stall = stall_ns
        self._count = 0
        self._behind = 0
        self._times: deque[int] = deque([start_ns], maxlen=self._HISTORY)
        self.disordered = 0
        self._direction = 0
        self._to_and_fro = 0
        self._fro_ns = start_ns
        self._before_mm_s = 0.0

    @property
    def ticks(self) -> int:
        """Pulses counted since start."""
        return self._count

    def tick(self, at_ns: int) -> None:
        """A pulse happened at `at_ns`. One that claims to be older than the last is counted at the last's instant:
        the belt moved, whatever the time stamp says."""
        if at_ns < self._times[-1]:
            self.disordered += 1
            at_ns = self._times[-1]
        self._count += 1
        self._times.append(at_ns)

    def step(self, direction: int, at_ns: int) -> None:
        """A pulse with its direction, +1 or -1. A belt that ran backwards has made progress only when it is past the
        place where it turned: until then its position is that place."""
        if direction != -self._direction:
            self._to_and_fro, self._fro_ns, self._before_mm_s = 0, at_ns, self._recent_speed()
        self._to_and_fro += 1
        self._direction = direction
        if direction < 0:
            self._behind += 1
        elif self._behind:
            self._behind -= 1
            self._times[-1] = max(self._times[-1], at_ns)
        else:
            self.tick(at_ns)

    @property
    def behind_mm(self) -> float:
        """How far it has run back from the furthest place where it was."""
        return self._behind * self._pitch

    @property
    def runs_back(self) -> bool:
        """Whether it lies back by more than the one pulse that a belt shakes by while it stands, or that an encoder
        with a dead channel goes to and fro; and by no more than can be believed: channels that are swapped say that it
        runs back for ever."""
        return 1 < self._behind <= min(self._count, _MOST_BACK_MM / self._pitch)

    def is_silent(self, now_ns: int) -> bool:
        """Whether only one of the encoder's two channels moves: it goes to and fro by one pulse, at the pace at which
        the belt ran. A belt that shakes while it stands does so slower."""
        if self._to_and_fro < _SILENT or now_ns <= self._fro_ns:
            return False
        # Each edge of the channel that is left stands for two of both.
        pace = 2 * (self._to_and_fro - 1) * self._pitch * NS_PER_S / (now_ns - self._fro_ns)
        return pace > self._before_mm_s / 2

    def position(self, at_ns: int) -> float:
        last = self._times[-1]
        here = self._count * self._pitch
        if at_ns >= last and self._behind:
            return here
        if at_ns >= last:
            return here + min(self._pitch, (at_ns - last) * self._recent_speed() / NS_PER_S)
        after = bisect_right(self._times, at_ns)
        first_mm = (self._count - len(self._times) + 1) * self._pitch
        if after == 0:
            return first_mm
        t0, t1 = self._times[after - 1], self._times[after]
        return first_mm + (after - 1 + (at_ns - t0) / (t1 - t0)) * self._pitch

    def when(self, mm: float, now_ns: int) -> int:
        last = self._times[-1]
        here = self._count * self._pitch
        if mm <= here:
            return self._was(mm)
        if self.speed(now_ns) == 0.0:
            return NEVER_NS
        ns_per_mm = NS_PER_S / self._recent_speed()
        expected = last + round((mm - here) * ns_per_mm)
        # The next pulse is overdue: the belt cannot be past it, so all that lies behind it moves away with time.
        beyond = now_ns + round((mm - here - self._pitch) * ns_per_mm)
        return max(expected, beyond) if mm > here + self._pitch else expected

    def speed(self, now_ns: int) -> float:
        if self._behind or now_ns - self._times[-1] > self._stall:
            return 0.0
        return self._recent_speed()

    def _recent_speed(self) -> float:
        span = min(self._WINDOW, len(self._times) - 1)
        if self._count < 2 or span < 2:
            return self._guess
        # The time before the very first pulse says nothing of the speed.
        first = -1 - min(span, self._count - 1)
        duration = self._times[-1] - self._times[first]
        if duration <= 0:
            return self._guess
        return (-1 - first) * self._pitch * NS_PER_S / duration

    def _was(self, mm: float) -> int:
        first_mm = (self._count - len(self._times) + 1) * self._pitch
        steps = (mm - first_mm) / self._pitch
        if steps <= 0:
            return self._times[0]
        index = int(steps)
        if index >= len(self._times) - 1:
            return self._times[-1]
        t0, t1 = self._times[index], self._times[index + 1]
        return t0 + round((t1 - t0) * (steps - index))
