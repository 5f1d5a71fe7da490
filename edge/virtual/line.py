"""The virtual line itself: what happens where on the belt, and what falls into which bin."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.clock import NS_PER_MS, Clock
from edge.parts import Frame
from edge.virtual.actuators import Actuator, Bench, Jet
from edge.virtual.belt import LaidPart, TrueBelt
from edge.virtual.course import Action, Course
from edge.virtual.encoder import VirtualEncoder
from edge.virtual.optics import Eye, Lens, Optics
from edge.virtual.pins import VirtualPinFactory
from edge.virtual.sensors import VirtualChute, VirtualEye

_NOTHING = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True)
class Layout:
    """Where things stand along the belt, in mm after the photo-eye, and on which pins.

    `drop_mm` after the ejector the belt ends, and what was not thrown off falls into the pass bin. `gate_eye_mm` is the
    place of a photo-eye before the gate, `chute_ms` the time that a part takes into the sight of the one in the reject
    chute; 0 where there is none. `encoder_b_pin` is the encoder's second channel; 0 for an encoder with one.
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
    encoder_b_pin: int = 0


@dataclass
class Faults:
    """What is wrong with the virtual line now; change it while it runs. Encoder, eyes and chute have their own.

    `light` and `jet` are what is left of the lamp's and the ejector's strength, 0 to 1. `blur_px` is how far the lens
    is out of focus, `knocked_px` how far aside all lies in the picture.
    """

    jet: float = 1.0
    light: float = 1.0
    blur_px: float = 0.0
    knocked_px: float = 0.0


class VirtualLine:
    """A belt that carries parts past a photo-eye, a camera and an ejector into two bins.

    All that happens, happens at a belt position, so it is kept in the order of positions: the speed may change at any
    moment, and its sign with it. Pins are driven with no lock held, because their callbacks run the box.

    Args:
        light: brightness that falls on the belt now, 0 to 1.
        actuator: what throws parts off; an air jet where it is None.
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
        actuator: Actuator | None = None,
    ) -> None:
        self.layout = layout
        self.faults = Faults()
        self.fallen: list[LaidPart] = []
        self.lifted: list[LaidPart] = []
        self.on_booked: Callable[[], object] = lambda: None  # something will happen, perhaps sooner than `next_ns` said
        self._clock = clock
        self._optics = optics
        self._camera_eye = Eye(optics)
        self._light = light
        self._lock = threading.RLock()
        self._riding: list[LaidPart] = []
        self._belt = TrueBelt(speed_mm_s, clock.now_ns())
        self.encoder = VirtualEncoder(pins, layout.encoder_pin, layout.encoder_b_pin, layout.mm_per_tick)
        self._course = Course(self._belt, self.encoder, clock.now_ns())
        self.eye = VirtualEye(pins, layout.eye_pin, self._at_instant)
        self.gate_eye = VirtualEye(pins, layout.gate_eye_pin, self._at_instant)
        self.chute = VirtualChute(pins, layout.chute_pin, layout.chute_ms, self._at_instant)
        bench = Bench(self._belt, layout.ejector_mm, lambda: self._riding, self._throw, lambda: self.faults.jet)
        self._actuator = actuator or Jet()
        self._actuator.attach(bench)
        pins.watch(layout.ejector_pin, self._ejector_moved)

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
            self._book_part(part)

    def put_on(self) -> bool:
        """Somebody lays a part that looks like the last one in the largest free place between camera and gate; nobody
        has judged it, and its number is 0. Returns whether there was room."""
        with self._lock:
            here, layout, like = self.position(), self.layout, self._riding[-1] if self._riding else None
            if like is None:
                return False
            first_mm = here - (layout.gate_eye_mm or layout.ejector_mm - like.length_mm)
            last_mm = here - layout.camera_mm - 2 * like.length_mm
            between = [one for one in self._riding if one.tail_mm > first_mm and one.head_mm < last_mm]
            ends = [first_mm, *(one.tail_mm for one in between)]
            begins = [*(one.head_mm for one in between), last_mm]
            room, end = max((begin - end, end) for end, begin in zip(ends, begins, strict=True))
            if room < like.length_mm:
                return False
            part = LaidPart(0, end + (room - like.length_mm) / 2, like.length_mm, like.image, bad=True, label="put on")
            self._riding = sorted([*self._riding, part], key=lambda one: one.head_mm)
            self._book_part(part)
        self.on_booked()
        return True

    def take_off(self) -> bool:
        """Somebody takes the part that lies nearest downstream of the camera; returns whether there was one."""
        with self._lock:
            past = self.position() - self.layout.camera_mm
            last = self.position() - (self.layout.gate_eye_mm or self.layout.ejector_mm)
            found = [part for part in self._riding if part.tail_mm < past and part.head_mm > last]
            if not found:
                return False
            part = found[-1]
            part.lifted_ns = self._clock.now_ns()
            self._riding.remove(part)
            self.lifted.append(part)
        for eye in (self.eye, self.gate_eye):
            eye.uncover(part, self._clock.now_ns())
        return True

    def set_speed(self, mm_s: float) -> None:
        """The belt runs at `mm_s` from now on, backwards where that is negative."""
        self.advance()
        with self._lock:
            now = self._clock.now_ns()
            self._actuator.settle(now)
            self._belt.set_speed(mm_s, now)

    def speed(self) -> float:
        """How fast the belt runs now, in mm/s."""
        with self._lock:
            return self._belt.speed(self._clock.now_ns())

    def position(self, at_ns: int | None = None) -> float:
        """Where the belt is now, or was, in mm."""
        with self._lock:
            return self._belt.position(self._clock.now_ns() if at_ns is None else at_ns)

    @property
    def riding(self) -> int:
        """Parts on the belt."""
        return len(self._riding)

    # -- what time does ----------------------------------------------------------------------------------------------

    def next_ns(self) -> int | None:
        """When something happens next if the belt keeps its speed; None while it stands."""
        with self._lock:
            return self._course.next_ns()

    def advance(self) -> None:
        """Makes all happen that is due by now, each with its own instant."""
        while True:
            with self._lock:
                due = self._course.take(self._clock.now_ns())
            if due is None:
                return
            action, at_ns = due
            action(at_ns)

    # -- what the camera sees ----------------------------------------------------------------------------------------

    def frame(self, at_ns: int) -> Frame:
        """The picture that a shutter opened at `at_ns` gives."""
        with self._lock:
            belt, speed = self._belt.position(at_ns), self._belt.speed(at_ns)
            half_view = self._optics.width_px * self._optics.mm_per_px / 2
            views = []
            for part in self._riding:
                if part.ejected:
                    continue
                past = belt - (part.centre_mm + self.layout.camera_mm)
                if abs(past) < half_view + part.length_mm / 2:
                    views.append((past, part.image))
        faults = self.faults
        lens = Lens(faults.blur_px, faults.knocked_px)
        return Frame(self._camera_eye.frame(belt, speed, self._light() * faults.light, views, lens), at_ns)

    # -- what happens on the belt ------------------------------------------------------------------------------------

    def _book_part(self, part: LaidPart) -> None:
        """Each place that a part comes by is booked once, for its front or its tail."""
        layout, actuator = self.layout, self._actuator
        self._book_eye(self.eye, part, 0.0, lambda at_ns: self._first_seen(part, at_ns))
        if layout.gate_eye_mm:
            self._book_eye(self.gate_eye, part, layout.gate_eye_mm)

        def met(at_ns: int) -> None:
            with self._lock:
                if part.on_belt:
                    actuator.met(part, at_ns)

        front, tail = part.head_mm + layout.ejector_mm, part.tail_mm + layout.ejector_mm
        self._course.at_place(front + actuator.begins_mm, met, met)
        self._course.at_place(tail + actuator.ends_mm, met, met)
        self._course.at_place(tail + layout.drop_mm, lambda at_ns: self._fall(part, at_ns))

    def _book_eye(self, eye: VirtualEye, part: LaidPart, mm: float, also: Action = lambda at_ns: None) -> None:
        def cover(at_ns: int) -> None:
            also(at_ns)
            eye.cover(part, at_ns)

        def uncover(at_ns: int) -> None:
            eye.uncover(part, at_ns)

        self._course.at_place(part.head_mm + mm, cover, uncover, is_front=True)
        self._course.at_place(part.tail_mm + mm, uncover, cover)

    def _first_seen(self, part: LaidPart, at_ns: int) -> None:
        if part.eye_ns is None:
            part.eye_ns = at_ns

    def _at_instant(self, at_ns: int, action: Action) -> None:
        with self._lock:
            self._course.at_instant(at_ns, action)
        self.on_booked()

    def _ejector_moved(self, high: bool, at_ns: int) -> None:
        with self._lock:
            self._actuator.moved(high, at_ns)

    def _throw(self, part: LaidPart, at_ns: int) -> None:
        if part.on_belt:
            part.ejected = True
            self.chute.thrown(at_ns)

    def _fall(self, part: LaidPart, at_ns: int) -> None:
        """The belt has carried a part, or the place of one that was thrown off, to its end."""
        with self._lock:
            self._actuator.settle(at_ns)
            if part.lifted_ns is not None:
                return
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
