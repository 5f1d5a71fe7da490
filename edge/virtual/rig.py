"""A whole line on the virtual clock: the virtual line, and a box wired to it by pins and camera, in one thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.camera.aim import Sight
from edge.clock import NS_PER_MS, NS_PER_S, VirtualClock
from edge.config.models import Config
from edge.inspector.assemble import LinePins, make_inspector
from edge.inspector.stepped import SteppedLine
from edge.parts import Ejection, Frame, PartMap, Record
from edge.regions.looking import prepared
from edge.virtual.actuators import Actuator
from edge.virtual.belt import LaidPart
from edge.virtual.camera import FaultyFrames
from edge.virtual.line import Layout, VirtualLine
from edge.virtual.optics import Optics
from edge.virtual.pins import VirtualPinFactory


def configure(
    layout: Layout, optics: Optics, *, part_mm: float, speed_mm_s: float, fps: float = 30.0, **sections: object
) -> Config:
    """The configuration that fits a virtual line on which parts `part_mm` long are carried.

    `sections` are dicts laid over the section of the same name.
    """
    side = round(part_mm / optics.mm_per_px)
    values: dict[str, dict[str, object]] = {
        "camera": {
            "source": "virtual",
            "width_px": optics.width_px,
            "height_px": optics.height_px,
            "mm_per_px": optics.mm_per_px,
            "fps": fps,
        },
        "part": {
            "x_px": (optics.width_px - side) // 2,
            "y_px": max(0, (optics.height_px - side) // 2),
            "w_px": side,
            "h_px": min(side, optics.height_px),
        },
        "trigger": {"pin": layout.eye_pin, "camera_mm": layout.camera_mm + part_mm / 2},
        "belt": {"encoder_pin": layout.encoder_pin, "mm_per_tick": layout.mm_per_tick, "speed_mm_s": speed_mm_s},
        "ejector": {"pin": layout.ejector_pin, "distance_mm": layout.ejector_mm + part_mm / 2},
    }
    if layout.encoder_b_pin:
        values["belt"]["encoder_b_pin"] = layout.encoder_b_pin
    if layout.gate_eye_mm:
        values["gate_eye"] = {"pin": layout.gate_eye_pin, "distance_mm": layout.gate_eye_mm}
    if layout.chute_ms:
        values["confirm"] = {"pin": layout.chute_pin, "within_ms": layout.chute_ms + 300.0}
    for section, more in sections.items():
        assert isinstance(more, dict)
        values.setdefault(section, {}).update(more)
    return Config.model_validate(values)


def read_grey(sight: Sight) -> PartMap:
    """A stand-in for the model that reads the truth from the part's grey level, so that a wrong bin is the line's own
    doing. Score: brightness of the middle of the picture, 0 to 1."""
    h, w = sight.image.shape[:2]
    middle = float(sight.image[h // 4 : -h // 4, w // 4 : -w // 4].mean()) / 255
    return PartMap(np.full((2, 2), middle, np.float32), middle)


class Rig:
    """Wires a box to a virtual line and steps both.

    Args:
        look: the model: a part's picture → PartMap; may raise.
        takes_ms: how long scoring a part takes.

    `on_record` may be set to somebody who is told each closed account.
    """

    def __init__(
        self,
        look: Callable[[Sight], PartMap],
        *,
        threshold: float = 0.5,
        takes_ms: Callable[[Sight], float] = lambda sight: 20.0,
        layout: Layout | None = None,
        optics: Optics | None = None,
        part_mm: float = 60.0,
        speed_mm_s: float = 200.0,
        fps: float = 30.0,
        clock: VirtualClock | None = None,
        actuator: Actuator | None = None,
        **sections: object,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.layout = layout or Layout()
        self.optics = optics or Optics(width_px=80, height_px=24, mm_per_px=2.0, noise=0.0)
        self.part_mm = part_mm
        self.pins = VirtualPinFactory(self.clock)
        self.line = VirtualLine(
            self.clock, self.pins, self.layout, self.optics, speed_mm_s=speed_mm_s, actuator=actuator
        )
        self.config = configure(self.layout, self.optics, part_mm=part_mm, speed_mm_s=speed_mm_s, fps=fps, **sections)
        self._look = prepared(self.config, look)
        self._takes = lambda sight: round(takes_ms(sight) * NS_PER_MS)
        self._threshold = threshold
        self.on_record: Callable[[Record], object] = lambda record: None
        self.on_ejection: Callable[[Ejection], object] = lambda ejection: None
        self._wire()
        self.camera_works = True
        self.stalled = False
        self.late_ms = 0.0
        self.frozen = False
        self.disordered = False
        self._faulty = FaultyFrames(self)
        self._period = round(NS_PER_S / fps)
        self._line_wake: int | None = None
        self.line.on_booked = self._book_line
        self.clock.at(self._period, self._shutter)
        self._book_line()

    def restart(self) -> None:
        """The box's power is cut and comes back: a new inspector that knows nothing, on the same pins."""
        self.wiring.close()
        self._wire()
        self.inspector.start(self.config.ejector.distance_mm, self.clock.now_ns())

    def _wire(self) -> None:
        self.records: list[Record] = []
        self.ejections: list[Ejection] = []
        self.wiring = LinePins(self.config, self.clock, self.pins)
        self.inspector = make_inspector(
            self.config,
            self.clock,
            self.wiring.output,
            threshold=self._threshold,
            model_id="rig",
            on_record=self._record,
            on_ejection=self._eject,
            stop_output=self.wiring.stop_output,
        )
        self.box = SteppedLine(self.inspector, self.clock, self._look, self._takes)
        self.inspector.watch.stop.start()
        self.wiring.listen(self.box.trigger, self.box.tick, **self.box.ears())

    def lay(self, part: LaidPart) -> None:
        self.line.lay(part)
        self._book_line()

    def set_speed(self, mm_s: float) -> None:
        """The belt changes its speed now."""
        self.line.advance()
        self.line.set_speed(mm_s)
        self._line_wake = None
        self._book_line()

    def changed(self) -> None:
        """Somebody did something to the line: it may happen sooner now than was booked."""
        self._line_wake = None
        self._book_line()

    def run(self, seconds: float) -> None:
        """Lets virtual time pass."""
        self.clock.advance(round(seconds * NS_PER_S))

    def run_until_empty(self, most_seconds: float = 3600.0) -> None:
        """Lets virtual time pass until the last part fell.

        Raises:
            TimeoutError: parts are still on the belt after `most_seconds`.
        """
        end = self.clock.now_ns() + round(most_seconds * NS_PER_S)
        while self.line.riding:
            if self.clock.now_ns() >= end:
                raise TimeoutError(f"{self.line.riding} parts are still on the belt after {most_seconds:g} s")
            self.run(0.1)

    def _record(self, record: Record) -> None:
        self.records.append(record)
        self.on_record(record)

    def _eject(self, ejection: Ejection) -> None:
        self.ejections.append(ejection)
        self.on_ejection(ejection)

    def _shutter(self) -> None:
        if self.camera_works and not self.stalled:
            for frame in self._faulty.through(self.line.frame(self.clock.now_ns())):
                self._hand_over(frame)
        self.clock.at(self.clock.now_ns() + self._period, self._shutter)

    def _hand_over(self, frame: Frame) -> None:
        if self.late_ms:
            self.clock.at(self.clock.now_ns() + round(self.late_ms * NS_PER_MS), lambda: self.box.frame(frame))
        else:
            self.box.frame(frame)

    def _book_line(self) -> None:
        due = self.line.next_ns()
        if due is not None and (self._line_wake is None or due < self._line_wake):
            self._line_wake = due
            self.clock.at(due, lambda: self._happen(due))

    def _happen(self, due_ns: int) -> None:
        if due_ns != self._line_wake:
            return  # booked before somebody changed the line; another booking took its place
        self.line.advance()
        self._line_wake = None
        self._book_line()
