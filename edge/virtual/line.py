"""The virtual line itself: what happens where on the belt, and what falls into which bin."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.clock import NS_PER_MS, Clock
from edge.parts import Frame
from edge.virtual.belt import LaidPart, TrueBelt
from edge.virtual.optics import Eye, Optics
from edge.virtual.pins import VirtualPinFactory

_NOTHING = np.empty((0, 0, 3), np.uint8)
_SEEN_NS = 20 * NS_PER_MS  # how long a falling part is before the chute's sensor


@dataclass(frozen=True)
class Layout:
    """Where things stand along the belt, in mm after the photo-eye, and on which pins.

    `drop_mm` after the ejector the belt ends, and what was not blown off falls into the pass bin. `gate_eye_mm` is the
    place of a photo-eye before the gate, `chute_ms` the time that a part takes into the sight of the one in the reject
    chute; 0 where there is none.
    """

    camera_mm: float = 60.0
    ejector_mm: float = 420.0
    drop_mm: float = 120.0
    mm_per_tick: float = 2.0
    eye_pin: int = 17
    encoder_pin: int = 23
    ejector_pin: int = 27
    gate_eye_mm: float = 0.0
    gate_eye_pin: int = 22
    chute_ms: float = 0.0
    chute_pin: int = 24


@dataclass
class Faults:
    """What is wrong with the virtual line now; change it while it runs.

    `light` and `jet` are what is left of the lamp's and the jet's strength, 0 to 1. `lost_ticks` pulses of the encoder
    will be missing, and `slipping_ticks` will come without the belt having moved.
    """

    encoder_dead: bool = False
    lost_ticks: int = 0
    slipping_ticks: int = 0
    eye_stuck: bool = False
    jammed: bool = False
    jet: float = 1.0
    light: float = 1.0


class VirtualLine:
    """A belt that carries parts past a photo-eye, a camera and an ejector into two bins.

    All that happens, happens at a belt position, so it is kept in the order of positions: the speed may change at any
    moment. Pins are driven with no lock held, because their callbacks run the box.

    Args:
        light: brightness that falls on the belt now, 0 to 1.
        blow_ms: the ejector moves a part that it blew at for this long in all; less only shakes it.
    """

    def __init__(
        self,
        clock: Clock,
        pins: VirtualPinFactory,
        layout: Layout,
        optics: Optics,
        *,
        speed_mm_s: float,
        light: Callable[[], float] = lambda: 1.0,
        blow_ms: float = 15.0,
    ) -> None:
        self.layout = layout
        self._clock = clock
        self._pins = pins
        self._optics = optics
        self._eye = Eye(optics)
        self._light = light
        self._blow_ns = round(blow_ms * NS_PER_MS)
        self._belt = TrueBelt(speed_mm_s, clock.now_ns())
        self._lock = threading.RLock()
        self._events: list[tuple[float, int, Callable[[int], object]]] = []  # by belt position
        self._order = itertools.count()
        self._timed: list[tuple[float, int, Callable[[int], object]]] = []  # by instant
        self._riding: list[LaidPart] = []
        self._before_the_eye = 0
        self.faults = Faults()
        self._high_since: int | None = None
        self.fallen: list[LaidPart] = []
        self.on_booked: Callable[[], object] = lambda: None  # something will happen, perhaps sooner than `next_ns` said
        pins.watch(layout.ejector_pin, self._ejector_moved)
        self._book(layout.mm_per_tick, self._tick)

    # -- what a person does ------------------------------------------------------------------------------------------

    def lay(self, part: LaidPart) -> None:
        """Lays a part on the belt, upstream of the photo-eye and behind the last one.

        Raises:
            ValueError: it would lie on top of another, or past the eye.
        """
        with self._lock:
            if part.head_mm < self.position():
                raise ValueError(f"part {part.number} would lie past the photo-eye already")
            if self._riding and part.head_mm < self._riding[-1].tail_mm:
                raise ValueError(f"part {part.number} would lie on part {self._riding[-1].number}")
            self._riding.append(part)
            self._book(part.head_mm, lambda at_ns: self._before_eye(part, at_ns))
            self._book(part.tail_mm, self._past_eye)
            if self.layout.gate_eye_mm:
                eye, pin = self.layout.gate_eye_mm, self.layout.gate_eye_pin
                self._book(part.head_mm + eye, lambda at_ns: self._pins.drive(pin, True, at_ns))
                self._book(part.tail_mm + eye, lambda at_ns: self._pins.drive(pin, False, at_ns))
            self._book(
                part.tail_mm + self.layout.ejector_mm + self.layout.drop_mm, lambda at_ns: self._fall(part, at_ns)
            )

    def set_speed(self, mm_s: float) -> None:
        with self._lock:
            self._belt.set_speed(mm_s, self._clock.now_ns())

    def speed(self) -> float:
        """How fast the belt runs now, in mm/s."""
        with self._lock:
            return self._belt.speed(self._clock.now_ns())

    def position(self) -> float:
        """Where the belt is now, in mm."""
        with self._lock:
            return self._belt.position(self._clock.now_ns())

    @property
    def riding(self) -> int:
        """Parts on the belt."""
        return len(self._riding)

    # -- what time does ----------------------------------------------------------------------------------------------

    def next_ns(self) -> int | None:
        """When something happens next if the belt keeps its speed; None while it stands."""
        with self._lock:
            return self._next()

    def advance(self) -> None:
        """Makes all happen that is due by now, each with its own instant."""
        while True:
            with self._lock:
                due = self._next()
                if due is None or due > self._clock.now_ns():
                    return
                timed = bool(self._timed) and self._timed[0][0] == due
                action = heapq.heappop(self._timed if timed else self._events)[2]
            action(due)

    def _next(self) -> int | None:
        on_the_belt = self._belt.when(self._events[0][0]) if self._events else None
        instants = [at for at in (on_the_belt, int(self._timed[0][0]) if self._timed else None) if at is not None]
        return min(instants) if instants else None

    # -- what goes wrong ---------------------------------------------------------------------------------------------

    def stick_eye(self, stuck: bool) -> None:
        """Something covers the photo-eye, or is taken away."""
        self.faults.eye_stuck = stuck
        self._show_eye(self._clock.now_ns())

    def jam(self, jammed: bool) -> None:
        """A part stays before the sensor in the reject chute, or is taken away."""
        self.faults.jammed = jammed
        self._pins.drive(self.layout.chute_pin, jammed, self._clock.now_ns())

    # -- what the camera sees ----------------------------------------------------------------------------------------

    def frame(self, at_ns: int) -> Frame:
        """The picture that a shutter opened at `at_ns` gives."""
        with self._lock:
            belt, speed = self._belt.position(at_ns), self._belt.speed(at_ns)
            half_view = self._optics.width_px * self._optics.mm_per_px / 2
            views = []
            for part in self._riding:
                past = belt - (part.centre_mm + self.layout.camera_mm)
                if abs(past) < half_view + part.length_mm / 2:
                    views.append((past, part.image))
        return Frame(self._eye.frame(belt, speed, self._light() * self.faults.light, views), at_ns)

    # -- what happens on the belt ------------------------------------------------------------------------------------

    def _book(self, mm: float, action: Callable[[int], object]) -> None:
        heapq.heappush(self._events, (mm, next(self._order), action))

    def _tick(self, at_ns: int) -> None:
        faults = self.faults
        if faults.lost_ticks:
            faults.lost_ticks -= 1
        elif not faults.encoder_dead:
            self._pulse(self.layout.encoder_pin, at_ns)
        if faults.slipping_ticks:
            faults.slipping_ticks -= 1
            self._pulse(self.layout.encoder_pin, at_ns)
        with self._lock:
            ticks = round(self._belt.position(at_ns) / self.layout.mm_per_tick)
            self._book((ticks + 1) * self.layout.mm_per_tick, self._tick)

    def _pulse(self, pin: int, at_ns: int) -> None:
        self._pins.drive(pin, True, at_ns)
        self._pins.drive(pin, False, at_ns)

    def _before_eye(self, part: LaidPart, at_ns: int) -> None:
        part.eye_ns = at_ns
        self._before_the_eye += 1
        self._show_eye(at_ns)

    def _past_eye(self, at_ns: int) -> None:
        self._before_the_eye -= 1
        self._show_eye(at_ns)

    def _show_eye(self, at_ns: int) -> None:
        self._pins.drive(self.layout.eye_pin, self._before_the_eye > 0 or self.faults.eye_stuck, at_ns)

    def _into_chute(self, part: LaidPart, at_ns: int) -> None:
        """A part left the belt: a little later it comes before the chute's sensor, for a moment."""
        part.ejected = True
        if self.layout.chute_ms:
            seen_ns = at_ns + round(self.layout.chute_ms * NS_PER_MS)
            self._book_at(seen_ns, lambda seen: self._show_chute(True, seen))
            self._book_at(seen_ns + _SEEN_NS, lambda seen: self._show_chute(False, seen))

    def _show_chute(self, dark: bool, at_ns: int) -> None:
        if not self.faults.jammed:
            self._pins.drive(self.layout.chute_pin, dark, at_ns)

    def _book_at(self, at_ns: int, action: Callable[[int], object]) -> None:
        heapq.heappush(self._timed, (at_ns, next(self._order), action))
        self.on_booked()

    def _ejector_moved(self, high: bool, at_ns: int) -> None:
        with self._lock:
            if high:
                self._high_since = at_ns
            elif self._high_since is not None:
                self._blow(self._high_since, at_ns)
                self._high_since = None

    def _blow(self, start_ns: int, end_ns: int) -> None:
        """The jet was on between two instants: the parts that lay before it felt it for as long as they did."""
        first, last = self._belt.position(start_ns), self._belt.position(end_ns)
        for part in self._riding:
            enters, leaves = part.head_mm + self.layout.ejector_mm, part.tail_mm + self.layout.ejector_mm
            if enters > last:
                break
            if last == first:
                share = 1.0 if enters <= first <= leaves else 0.0
            else:
                share = max(0.0, min(last, leaves) - max(first, enters)) / (last - first)
            part.blown_ns += round(share * (end_ns - start_ns) * self.faults.jet)
            if part.blown_ns >= self._blow_ns and not part.ejected:
                self._into_chute(part, end_ns)

    def _fall(self, part: LaidPart, at_ns: int) -> None:
        with self._lock:
            if self._high_since is not None:
                self._blow(self._high_since, at_ns)
                self._high_since = max(self._high_since, at_ns)
            part.ejected = bool(part.ejected)
            part.fell_ns = at_ns
            part.image = _NOTHING
            self._riding.remove(part)
            self.fallen.append(part)


class LineThread:
    """Lets the virtual line happen in real time."""

    def __init__(self, line: VirtualLine, clock: Clock, most_wait_ns: int = 5 * NS_PER_MS) -> None:
        self._line = line
        self._clock = clock
        self._most_wait = most_wait_ns
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="virtual-line", daemon=True)
        self.before_each: Callable[[], object] = lambda: None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.before_each()
            self._line.advance()
            due = self._line.next_ns()
            now = self._clock.now_ns()
            self._clock.wait(self._stop, self._most_wait if due is None else min(self._most_wait, max(0, due - now)))
