"""The true belt: position as a function of time, and the parts that ride on it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from math import ceil

from edge.clock import NS_PER_S
from edge.parts import Image


class TrueBelt:
    """A belt with a speed that may be changed at any moment; exact, and known at all past times."""

    def __init__(self, speed_mm_s: float, start_ns: int) -> None:
        self._times = [start_ns]
        self._places = [0.0]
        self._speeds = [0.0]
        self.set_speed(speed_mm_s, start_ns)

    def set_speed(self, mm_s: float, at_ns: int) -> None:
        """The belt runs at `mm_s` from `at_ns` on, backwards where that is negative; 0 stops it, and so does all that
        no drive can crawl at (0.001).

        Raises:
            ValueError: an instant before the last change.
        """
        if at_ns < self._times[-1]:
            raise ValueError("the past cannot be changed")
        self._places.append(self.position(at_ns))
        self._times.append(at_ns)
        self._speeds.append(mm_s if abs(mm_s) >= 0.001 else 0.0)

    def speed(self, at_ns: int) -> float:
        return self._speeds[self._segment(at_ns)]

    def position(self, at_ns: int) -> float:
        """Travel in mm at an instant at or after the start."""
        i = self._segment(at_ns)
        return self._places[i] + self._speeds[i] * max(0, at_ns - self._times[i]) / NS_PER_S

    def when(self, mm: float) -> int | None:
        """The instant at which a belt that never ran backwards is at `mm` if its speed stays as it is now; None if it
        never will be."""
        i = len(self._times) - 1
        while i > 0 and self._places[i] > mm:
            i -= 1
        if self._speeds[i] == 0:
            return self._times[i] if self._places[i] >= mm else None
        return self._times[i] + max(0, ceil((mm - self._places[i]) / self._speeds[i] * NS_PER_S))

    def crossing(self, after_ns: int, ahead_mm: float | None, behind_mm: float | None) -> tuple[int, bool] | None:
        """When the belt next comes to a place, at or after an instant, if its speed stays as it is now.

        Args:
            ahead_mm, behind_mm: the nearest places that it would come to forwards and backwards; None for none.

        Returns the instant, and whether the belt runs forwards then; None if it comes to neither.
        """
        for i in range(self._segment(after_ns), len(self._times)):
            speed = self._speeds[i]
            mm = ahead_mm if speed > 0 else behind_mm
            if speed == 0 or mm is None:
                continue
            at = max(after_ns, self._times[i] + ceil((mm - self._places[i]) / speed * NS_PER_S))
            if i + 1 == len(self._times) or at <= self._times[i + 1]:
                return at, speed > 0
        return None

    def _segment(self, at_ns: int) -> int:
        return max(0, bisect_right(self._times, at_ns) - 1)


@dataclass
class LaidPart:
    """A part on the belt. `head_mm` is the belt position at which its leading edge is before the photo-eye.

    `image` is at the camera's scale (`optics.at_scale`). `bad` is the truth. What happens to the part is filled in as
    it happens: the instant at which it first came before the eye, how long the jet blew at it, whether an ejector of
    full strength would have thrown it off, when somebody
    lifted it off the belt, where it fell, and when.
    """

    number: int
    head_mm: float
    length_mm: float
    image: Image
    bad: bool
    label: str = ""
    blown_ns: int = 0
    spared_by_weakness: bool = False
    eye_ns: int | None = None
    ejected: bool | None = None
    lifted_ns: int | None = None
    fell_ns: int | None = None

    @property
    def on_belt(self) -> bool:
        """Whether it still lies on the belt."""
        return not self.ejected and self.lifted_ns is None and self.fell_ns is None

    @property
    def tail_mm(self) -> float:
        """Belt position at which its trailing edge is before the photo-eye."""
        return self.head_mm + self.length_mm

    @property
    def centre_mm(self) -> float:
        """Belt position at which its centre is before the photo-eye."""
        return self.head_mm + self.length_mm / 2
