"""A web line on the virtual clock: belt, encoder, camera and marker, and a box that inspects it, in one thread."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from edge.clock import NS_PER_MS, NS_PER_S, VirtualClock
from edge.config.models import Config
from edge.conveyor import EncoderBelt
from edge.parts import Frame, Image
from edge.pins import OutputPin
from edge.virtual.belt import TrueBelt
from edge.virtual.membrane import SPEED_MM_S, Membrane
from edge.virtual.pins import VirtualPinFactory
from edge.web.assemble import WebScoring, make_web_line, sizes_of
from edge.web.cells import Cells
from edge.web.change import ChangeOver
from edge.web.line import Job, Listeners
from edge.web.live import Judged
from edge.web.roll import Roll, Stretch, WebEvent

_MARKER_PIN = 27


def configure_web(
    membrane: Membrane, frame_rows: int, *, speed_mm_s: float = SPEED_MM_S, tile_px: int = 0, **sections: object
) -> Config:
    """The configuration of a web line with this membrane; `sections` are dicts laid over the section of that name."""
    values: dict[str, dict[str, object]] = {
        "camera": {
            "source": "virtual",
            "width_px": membrane.width_px,
            "height_px": frame_rows,
            "mm_per_px": membrane.mm_per_px,
            "motion": "-y",
        },
        "trigger": {"camera_mm": 100.0},
        "belt": {"encoder_pin": 23, "mm_per_tick": 0.1, "speed_mm_s": speed_mm_s},
        "ejector": {"pin": _MARKER_PIN, "distance_mm": 600.0, "pulse_ms": 20.0},
        "web": {"enabled": True, "tile_px": tile_px},
    }
    for section, more in sections.items():
        assert isinstance(more, dict)
        values.setdefault(section, {}).update(more)
    return Config.model_validate(values)


def read_bright(cell_px: int, threshold: float) -> Callable[[Image], Cells]:
    """A stand-in for the model that reads the truth from the light that comes through: a cell's value is its brightest
    pixel, 0 to 1."""

    def look(image: Image) -> Cells:
        h, w = -(-image.shape[0] // cell_px) * cell_px, -(-image.shape[1] // cell_px) * cell_px
        grey = np.pad(image[..., 0], ((0, h - image.shape[0]), (0, w - image.shape[1])))
        value = grey.reshape(h // cell_px, cell_px, w // cell_px, cell_px).max(axis=(1, 3)).astype(np.float32) / 255
        return Cells(value > threshold, value)

    return look


class WebRig:
    """Wires a box to a virtual web and steps both.

    Args:
        frame_rows: rows of a frame. overlap: how much of it the frame before shows too, at the speed of the start;
            the frame rate follows from it.
        look: scores a strip; may raise. takes_ms: how long that takes.

    `camera_works` and `encoder_works` may be set to False, `drop` to a function that says whether a frame is lost.
    `brightness` is the lamp's, 0 to 1, and `lit` says of an instant whether the lamp shines as the model knows it.
    `change` holds the model that scores, `judged` is told of each strip as `edge.web.live` tells it. Where a pin of
    `line_stop` is configured, the drive stands while it is high.
    """

    def __init__(
        self,
        membrane: Membrane,
        *,
        frame_rows: int,
        tile_px: int,
        look: Callable[[Image], Cells],
        threshold: float = 0.5,
        speed_mm_s: float = SPEED_MM_S,
        overlap: float = 0.25,
        takes_ms: Callable[[], float] = lambda: 1.0,
        **sections: object,
    ) -> None:
        self.clock = VirtualClock()
        self.membrane = membrane
        self.config = configure_web(membrane, frame_rows, speed_mm_s=speed_mm_s, tile_px=tile_px, **sections)
        self.sizes = sizes_of(self.config, tile_px)
        self.belt = TrueBelt(speed_mm_s, 0)
        self.events: list[WebEvent] = []
        self.stretches: list[Stretch] = []
        self.rolls: list[Roll] = []
        self.marked_mm: list[float] = []
        self.camera_works = self.encoder_works = True
        self.drop: Callable[[], bool] = lambda: False
        self.brightness = 1.0
        self.lit: Callable[[int], bool] = lambda taken_ns: True
        self.judged: Judged = lambda model_id, scores, threshold: None
        self._rows, self.look, self._takes = frame_rows, look, takes_ms
        self.change = ChangeOver(WebScoring(lambda image: self.look(image), threshold, "rig"))
        self._job: tuple[Job, WebScoring] | None = None
        pins = VirtualPinFactory(self.clock)
        self._output = OutputPin(_MARKER_PIN, factory=pins)
        pins.watch(_MARKER_PIN, self._pin_moved)
        listeners = Listeners(self.events.append, self.stretches.append, self._roll)
        stop = None
        if self.config.line_stop.pin is not None:
            stop = OutputPin(self.config.line_stop.pin, factory=pins)
            pins.watch(self.config.line_stop.pin, self._stop_moved)
        self.line = make_web_line(self.config, self.clock, self._output, tile_px, listeners, stop)
        self.line.start(0)
        self._ticks = 0
        self._wake: int | None = None
        self._period = round(frame_rows * (1 - overlap) * membrane.mm_per_px / speed_mm_s * NS_PER_S)
        self.clock.at(self._period, self._shutter)
        self._book_tick()

    def set_speed(self, mm_s: float) -> None:
        self.belt.set_speed(mm_s, self.clock.now_ns())
        self._book_tick()

    def run(self, seconds: float) -> None:
        """Lets virtual time pass."""
        self.clock.advance(round(seconds * NS_PER_S))

    def _roll(self, roll: Roll) -> None:
        if roll.complete:
            self.rolls.append(roll)

    def _pin_moved(self, high: bool, at_ns: int) -> None:
        if high:
            self.marked_mm.append(self.belt.position(at_ns))

    def _stop_moved(self, high: bool, at_ns: int) -> None:
        if high:
            self.set_speed(0.0)

    def _shutter(self) -> None:
        now = self.clock.now_ns()
        if self.camera_works and not self.drop():
            first = round(self.belt.position(now) / self.membrane.mm_per_px - self._rows / 2)
            image = self.membrane.frame(first, self._rows)
            if self.brightness < 1.0:
                image = np.asarray(image * self.brightness, np.uint8)
            self.line.frame(Frame(image, now), now, lit=self.lit(now))
        self._poll()
        self.clock.at(now + self._period, self._shutter)

    def _score(self) -> None:
        if self._job is None:
            job = self.line.next_job(self.clock.now_ns())
            scoring = self.change.choose(self.line.rolls)
            if job is not None:
                self._job = job, scoring
                self.clock.at(self.clock.now_ns() + round(self._takes() * NS_PER_MS), self._scored)

    def _scored(self) -> None:
        if self._job is None:
            return
        (job, scoring), self._job, now = self._job, None, self.clock.now_ns()
        try:
            cells = scoring.look(job.strip.image)
        except Exception as error:  # whatever the model raises, the strip was not inspected
            self.line.failed(job, f"{type(error).__name__}: {error}", now)
            self.judged(scoring.model_id, None, scoring.threshold)
        else:
            self.line.scored(job, cells, scoring.threshold, scoring.model_id, now)
            self.judged(scoring.model_id, cells.scores, scoring.threshold)
        self._poll()

    def _book_tick(self) -> None:
        """The encoder's next pulse, if the belt keeps its speed."""
        due = self.belt.when((self._ticks + 1) * self.config.belt.mm_per_tick)
        if due is not None:
            self.clock.at(due, lambda: self._tick(due))

    def _tick(self, due: int) -> None:
        # Booked before a change of speed: the one that was booked after it counts.
        if due != self.belt.when((self._ticks + 1) * self.config.belt.mm_per_tick):
            return
        self._ticks += 1
        if not self.encoder_works:
            self._book_tick()
            return
        assert isinstance(self.line.conveyor, EncoderBelt)
        self.line.conveyor.tick(due)
        self._poll()
        self._book_tick()

    def _poll(self) -> None:
        now = self.clock.now_ns()
        wake = self.line.poll(now)
        self._score()
        if wake is not None and (self._wake is None or wake < self._wake or self._wake <= now):
            self._wake = wake
            self.clock.at(wake, self._poll)
