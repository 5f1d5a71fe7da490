"""The web as one state machine: rolls, frames, strips, events, marks.

No threads, no clock, no waiting in here, as in `edge.inspector.core`; only one call runs at a time. Scoring itself
happens outside, between `next_job` and `scored`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from edge.clock import NS_PER_MS
from edge.conveyor import Conveyor, EncoderBelt
from edge.inspector.tally import Tally
from edge.parts import Frame, Image, Place
from edge.trigger import PhotoEye
from edge.web.account import WebAccount
from edge.web.cells import Cells
from edge.web.marker import Marker
from edge.web.outside import Outside
from edge.web.roll import News, Roll, Sizes, Stretch, WebEvent
from edge.web.still import StillWatch
from edge.web.strips import Lost, Strip
from edge.web.watch import WebWatch

_HOLD_NS = 100 * NS_PER_MS
_TURNS = {"-y": 0, "+x": 1, "+y": 2, "-x": 3}


@dataclass(frozen=True, slots=True)
class Job:
    """A strip to score, uint8 [h, W, 3] with rows along the web, and the roll that it is of."""

    roll: Roll
    strip: Strip


@dataclass(frozen=True, slots=True)
class Rules:
    """What is an event, and what becomes of it; see the section `[web]`."""

    join_mm: float = 1.0
    min_area_mm2: float = 0.0
    max_event_mm: float = 1000.0
    action: str = "mark"
    mark_uninspected: bool = True
    queue: int = 4


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told; each must return at once. `roll` is called when a roll begins and when everything is known of it."""

    event: Callable[[WebEvent], object] = lambda event: None
    stretch: Callable[[Stretch], object] = lambda stretch: None
    roll: Callable[[Roll], object] = lambda roll: None
    mark: Callable[[float, int | None], object] = lambda place_mm, rose_ns: None


class WebLine:
    """One web. Calls come in any order, one at a time.

    Args:
        eye: who tells a signal from its bouncing.
        region: the stretch of the frame that is used; width or height 0 reach to the frame's border.
        motion: where the web moves to in the picture: +x, -x, +y or -y.
        camera_mm: travel from the signal of a new roll to the camera's axis, which is the middle of `region`.
        view_mm: length of web in a frame: what has left the view by that much again was not pictured.
        watch: told what a person has to hear of.
    """

    def __init__(
        self,
        *,
        conveyor: Conveyor,
        eye: PhotoEye,
        marker: Marker,
        sizes: Sizes,
        rules: Rules,
        region: Place,
        motion: str,
        camera_mm: float,
        view_mm: float,
        listeners: Listeners,
        watch: WebWatch,
    ) -> None:
        self.conveyor = conveyor
        self._eye = eye
        self.marker = marker
        self.watch = watch
        self.tally = Tally()
        self._sizes, self._rules, self._region = sizes, rules, region
        self._turns = _TURNS[motion]
        self._camera = camera_mm
        self._view = view_mm
        self._tell = listeners
        self._rolls: list[Roll] = []
        self._count = 0
        self._last: tuple[int, Image] | None = None
        self._held: Frame | None = None
        self._still = StillWatch(sizes.mm_per_px)
        self._came = 0
        self._dark = False  # since the last frame that was taken in
        self._outside = Outside(0)
        self._ended_row = 0

    @property
    def rolls(self) -> tuple[Roll, ...]:
        """Rolls of which not everything is known yet, the oldest first."""
        return tuple(self._rolls)

    @property
    def open(self) -> bool:
        """Whether a roll is under way."""
        return bool(self._rolls) and self._rolls[-1].end_row is None

    def came(self, now_ns: int) -> int:
        """A number that changes when web of a roll has passed, by a millimetre or more, or a roll has begun: while it
        stands, nobody needs the lamp."""
        if self.open:
            self._came = self._count + int(self.conveyor.position(now_ns))
        return self._came

    def signal(self, at_ns: int) -> None:
        """The signal of a new roll, at its own place: the roll before ends where this one begins. A bouncing contact
        gives one signal."""
        trigger = self._eye.edge(at_ns)
        if trigger is not None:
            self._begin(math.floor((trigger.belt_mm + self._camera) / self._sizes.mm_per_px), "")

    def start_roll(self, name: str, now_ns: int) -> Roll:
        """A roll begins at what lies under the camera now."""
        return self._begin(self._axis_row(now_ns), name)

    def end_roll(self, now_ns: int) -> Roll | None:
        """The roll ends at what lies under the camera now; None where none is open."""
        roll = self._rolls[-1] if self._rolls else None
        if roll is None or roll.end_row is not None:
            return None
        self._end(roll, self._axis_row(now_ns))
        return roll

    def frame(self, frame: Frame, now_ns: int, *, lit: bool = True) -> bool:
        """A frame came; returns whether there is something to score. It waits for the next one, or a tenth of a second:
        by then the encoder's pulse after it has come, and where the belt was is known instead of guessed. One that was
        not taken in the light that the model knows shows nothing, and the length that only it shows is not inspected.
        """
        if self._held is not None:
            self._take(self._held)
            self._held = None
        if not lit:
            self._dark = True
        elif getattr(self.conveyor, "behind_mm", 0.0) <= 0.0:  # what a web that runs back shows was seen before
            self._held = frame
        return any(roll.waiting for roll in self._rolls)

    def step(self, direction: int, at_ns: int) -> None:
        """A step of an encoder, +1 or -1; 0 where an edge was missed."""
        if direction == 0:
            self.watch.trust.illegal += 1
        elif isinstance(self.conveyor, EncoderBelt):
            self.conveyor.step(direction, at_ns)

    def _take(self, frame: Frame) -> None:
        image = turned(frame.image, self._region, self._turns)
        first = round(self.conveyor.position(frame.taken_ns) / self._sizes.mm_per_px - len(image) / 2)
        if image.shape[1] < self._sizes.width_px:
            image = np.pad(image, ((0, 0), (0, self._sizes.width_px - image.shape[1]), (0, 0)), mode="edge")
        self._last = first, image[:, : self._sizes.width_px]
        stands = self.conveyor.speed(frame.taken_ns) == 0.0
        if self._still.frame(image, self.conveyor.position(frame.taken_ns), stands=stands) and self.open:
            self.watch.runs_unseen()
        for roll in self._rolls:
            roll.frame(*self._last, Lost.DARK if self._dark else Lost.GAP)
        self._dark = False

    def next_job(self, now_ns: int) -> Job | None:
        """The next strip to score, oldest first. What was lost before it is told."""
        for roll in tuple(self._rolls):
            news = News()
            strip = roll.next_strip(news)
            self._spread(roll, news, now_ns)
            if strip is not None:
                return Job(roll, strip)
        return None

    def scored(self, job: Job, cells: Cells, threshold: float, model_id: str, now_ns: int) -> None:
        """The cells of a strip are there."""
        news = News()
        job.roll.scored(cells, threshold, model_id, news)
        self._spread(job.roll, news, now_ns)

    def failed(self, job: Job, error: str, now_ns: int) -> None:
        """The model could not score a strip."""
        self.tally.model_faults += 1
        self.tally.last_fault = error
        news = News()
        job.roll.failed(Lost.MODEL_FAULT, news)
        self._spread(job.roll, news, now_ns)

    def poll(self, now_ns: int, clock: Callable[[], int] | None = None) -> int | None:
        """Does what is due; says when it wants to be called next, None where nothing is to come by itself."""
        if self._held is not None and now_ns - self._held.taken_ns >= _HOLD_NS:
            self._take(self._held)
            self._held = None
        lost_mm = self.conveyor.position(now_ns) - 1.5 * self._view
        for roll in tuple(self._rolls):
            roll.lose(math.floor(lost_mm / self._sizes.mm_per_px), self._unseen)
            self.watch.looked(roll.id, roll.lengths())
            if not roll.waiting:
                news = News()
                roll.next_strip(news)
                self._spread(roll, news, now_ns)
        self.watch.outside(self._outside.since(self._axis_row(now_ns)) * self._sizes.mm_per_px)
        self.watch.poll(now_ns)
        for place, rose in self.marker.poll(now_ns, clock):
            self.tally.ejections += rose is not None
            self.tally.missed_ejections += rose is None
            if rose is None:
                self.watch.unmarked(place)
            self._tell.mark(place, rose)
        wakes = [] if self._held is None else [self._held.taken_ns + _HOLD_NS]
        wakes += [wake for wake in (self.marker.next_ns(now_ns),) if wake is not None]
        return max(min(wakes), now_ns + NS_PER_MS // 20) if wakes else None

    def start(self, now_ns: int) -> None:
        """Begins: the line may run. Web that has passed before is nobody's."""
        row = self._rolls[0].start_row if self._rolls else self._axis_row(now_ns)
        self._outside = Outside(row)
        if self._rolls:
            self._outside.begin(row)
        self.watch.stop.start()

    def stop(self, now_ns: int) -> None:
        """Ends: what waits stays uninspected (stopped), and the pins go to their safe level."""
        with ExitStack() as at_last:
            # Whatever becomes of the account.
            at_last.callback(self.watch.stop.release)
            at_last.callback(self.marker.release)
            for roll in tuple(self._rolls):
                news, ends = News(), roll.end_row is None
                roll.lose(self._axis_row(now_ns), self._unseen)
                roll.stop(Lost.STOPPED, news)
                if ends:
                    self._outside.end(roll.end_row or 0)
                self._spread(roll, news, now_ns)

    def _begin(self, row: int, name: str) -> Roll:
        if self._rolls:
            last = self._rolls[-1]
            if last.end_row is None:
                self._end(last, row)
            row = max(row, last.end_row or row)
        # The last roll ended behind what its frames had shown, half a view beyond the axis.
        row = max(row, self._ended_row)
        self._outside.begin(row)
        self._count += 1
        pitch = self._sizes.cell_mm
        roll = Roll(
            self._count,
            name,
            row,
            self._sizes,
            join=round(self._rules.join_mm / pitch),
            longest=max(1, round(self._rules.max_event_mm / pitch)),
            min_cells=max(1, math.ceil(self._rules.min_area_mm2 / pitch**2)),
            queue=self._rules.queue,
        )
        self._rolls.append(roll)
        self._tell.roll(roll)
        if self._last is not None:
            # It shows what lies between the axis and the border of the view, which the next frame may not.
            roll.frame(*self._last)
        return roll

    @property
    def _unseen(self) -> Lost:
        """Why no frame shows what came after the last one."""
        return Lost.DARK if self._dark else Lost.NO_FRAME

    def _end(self, roll: Roll, row: int) -> None:
        roll.end(row)
        end = roll.end_row or row
        if end > roll.start_row:
            self._ended_row = end
        self._outside.end(end)

    def account(self, now_ns: int) -> WebAccount:
        """How the web stands now: the newest roll of which not everything is known, and what belongs to none."""
        outside_mm = self._outside.rows(self._axis_row(now_ns)) * self._sizes.mm_per_px
        if not self._rolls:
            return WebAccount(outside_mm)
        roll = self._rolls[-1]
        return WebAccount(outside_mm, self.open, roll.id, roll.name, roll.lengths(), roll.events, tuple(roll.models))

    def _axis_row(self, now_ns: int) -> int:
        return math.floor(self.conveyor.position(now_ns) / self._sizes.mm_per_px)

    def _spread(self, roll: Roll, news: News, now_ns: int) -> None:
        """Tells what is new, and forgets a roll of which everything is known."""
        for row in news.marks:
            self.watch.event(roll.id, row * self._sizes.mm_per_px)
            self._act(row, now_ns)
        for row in news.blind if self._rules.mark_uninspected else ():
            self._act(row, now_ns)
        for stretch in news.stretches:
            self._tell.stretch(stretch)
        for event in news.events:
            self._tell.event(event)
        if roll.complete and roll in self._rolls:
            self._rolls.remove(roll)
            self.watch.forget(roll.id)
            self._tell.roll(roll)

    def _act(self, row: int, now_ns: int) -> None:
        if self._rules.action == "mark":
            self.marker.mark(row * self._sizes.mm_per_px)
        elif self._rules.action == "alarm":
            self.marker.pulse(now_ns)


def turned(image: Image, region: Place, turns: int) -> Image:
    """The used stretch of a frame, turned so that the web travels upwards: rows along it, the later ones further down,
    columns across it from its left edge, looking along its travel. Never mirrored."""
    height, width = image.shape[:2]
    w, h = region.w or width - region.x, region.h or height - region.y
    return np.rot90(image[region.y : region.y + h, region.x : region.x + w], turns)
