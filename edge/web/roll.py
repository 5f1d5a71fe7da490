"""One roll: what was seen of it, what was found on it, and what nobody looked at."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from edge.parts import Image
from edge.web.cells import Cells, Seams
from edge.web.events import EventFormer, Found
from edge.web.ledger import Lengths, WebLedger
from edge.web.strips import Gap, Lost, Stitcher, Strip

PICTURE_PX = 256
# Of a strip: a web that is bad all over would fill the memory with pictures that nobody looks at.
_PICTURES = 16


@dataclass(frozen=True, slots=True)
class Sizes:
    """Lengths that all rolls of a line share, in pixels of `mm_per_px`: `tile_px` is a strip's height, `step_px` from
    one to the next, `cell_px` the side of a cell of the map; `width_px` is the web's inspected width."""

    mm_per_px: float
    tile_px: int
    step_px: int
    cell_px: int
    width_px: int

    @property
    def cell_mm(self) -> float:
        return self.cell_px * self.mm_per_px


@dataclass(frozen=True, slots=True)
class WebEvent:
    """A connected defect. Lengths in millimetres: `at_mm` from the roll's beginning to the defect's, `across_mm` from
    the web's left edge, looking along its travel. `continues`: it goes on in the next event. `image` shows its worst
    place, uint8 [h, w, 3] at the camera's scale; who keeps it owns it."""

    roll_id: int
    number: int
    at_mm: float
    length_mm: float
    across_mm: float
    width_mm: float
    area_mm2: float
    peak: float
    threshold: float
    model_id: str
    continues: bool
    image: Image | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """All but picture and roll, for JSON; position along the roll in metres."""
        return {
            "number": self.number,
            "at_m": round(self.at_mm / 1000, 6),
            "across_mm": round(self.across_mm, 3),
            "length_mm": round(self.length_mm, 3),
            "width_mm": round(self.width_mm, 3),
            "area_mm2": round(self.area_mm2, 4),
            "peak": self.peak,
            "threshold": self.threshold,
            "model_id": self.model_id,
            "continues": self.continues,
        }


@dataclass(frozen=True, slots=True)
class Stretch:
    """A length of a roll that was not inspected, in millimetres from its beginning."""

    roll_id: int
    at_mm: float
    length_mm: float
    why: Lost


@dataclass(slots=True)
class News:
    """What one step brought: complete events, complete lengths that were lost, and the rows at which an event (`marks`)
    or a lost length (`blind`) begins."""

    events: list[WebEvent] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    blind: list[int] = field(default_factory=list)


class Roll:
    """Takes frames, hands out strips to be scored in their order, takes their cells.

    Args:
        start_row: the web's row with which the roll begins.
        join, longest: see `EventFormer`, in cells. min_cells: events with less are not told.
        queue: strips that may wait for the model; one more, and the oldest ends uninspected (busy).
    """

    def __init__(
        self,
        roll_id: int,
        name: str,
        start_row: int,
        sizes: Sizes,
        *,
        join: int,
        longest: int,
        min_cells: int,
        queue: int,
    ) -> None:
        self.id, self.name, self.start_row = roll_id, name, start_row
        self.end_row: int | None = None
        self.events = 0
        self.models: list[str] = []
        self._sizes = sizes
        self._min_cells = min_cells
        self._queue_limit = queue
        self._stitcher = Stitcher(start_row, height=sizes.tile_px, step=sizes.step_px, grid=sizes.cell_px)
        self._ledger = WebLedger(sizes.mm_per_px)
        self._seams = Seams()
        self._former = EventFormer(join, longest)
        self._queue: deque[Strip | Gap] = deque()
        self._scoring: Strip | None = None
        self._origin_row = start_row
        self._closed = False
        self._gap: Gap | None = None
        self._threshold, self._model_id = 0.0, ""
        self._recent: deque[Strip] = deque(maxlen=2 + -(-join * sizes.cell_px // sizes.step_px))

    @property
    def next_row(self) -> int:
        """The first row of which nothing is known yet."""
        return self._stitcher.next_row

    @property
    def waiting(self) -> int:
        """Strips that wait for the model."""
        return sum(isinstance(item, Strip) for item in self._queue)

    @property
    def model_id(self) -> str:
        """The model that judged it last; empty before the first strip."""
        return self._model_id

    @property
    def complete(self) -> bool:
        """Whether the roll has ended and everything is known of it."""
        return self.end_row is not None and self.next_row >= self.end_row and not self._queue and self._scoring is None

    def lengths(self) -> Lengths:
        return self._ledger.lengths()

    def frame(self, first_row: int, image: Image, why: Lost = Lost.GAP) -> None:
        """A frame [h, W, 3] whose row 0 is the web's `first_row`; `why` is said of rows that no frame showed."""
        before = self.next_row
        items = self._stitcher.frame(first_row, image, self.end_row, why)
        gaps = sum(item.rows for item in items if isinstance(item, Gap))
        self._ledger.seen(self.next_row - before - gaps)
        self._put(items)
        self._end_if_seen()

    def lose(self, until_row: int, why: Lost) -> None:
        """The rows up to `until_row` went by and no frame will show them."""
        if self.end_row is not None:
            until_row = min(until_row, self.end_row)
        self._put(self._stitcher.lose(until_row, why))
        self._end_if_seen()

    def end(self, row: int) -> None:
        """The roll ends before `row`, or behind what was seen already."""
        self.end_row = max(row, self.next_row)
        self._end_if_seen()

    def next_strip(self, news: News) -> Strip | None:
        """The next strip to score, oldest first; one at a time. What was lost before it is told in `news`."""
        while self._queue and self._scoring is None:
            item = self._queue.popleft()
            if isinstance(item, Strip):
                self._scoring = item
                return item
            self._break(news)
            self._lost(item, news)
        return None

    def scored(self, cells: Cells, threshold: float, model_id: str, news: News) -> None:
        """The cells of the strip that was handed out."""
        strip, self._scoring = self._scoring, None
        if strip is None:
            raise ValueError("no strip was handed out")
        self._ledger.inspected(strip.rows)
        self._lost(None, news)
        self._origin_row = strip.origin_row
        self._recent.append(strip)
        top = (strip.first_row - strip.origin_row) // self._sizes.cell_px
        until = top + self._sizes.step_px // self._sizes.cell_px
        self._threshold, self._model_id = threshold, model_id
        if model_id not in self.models:
            self.models.append(model_id)
        self._tell(self._former.add(*_rows(self._seams.add(top, cells, until))), news)

    def failed(self, why: Lost, news: News) -> None:
        """The strip that was handed out could not be scored."""
        strip, self._scoring = self._scoring, None
        if strip is None:
            raise ValueError("no strip was handed out")
        self._ledger.given_up(strip.rows, why)
        self._break(news)
        self._lost(Gap(strip.new_row, strip.end_row, why), news)

    def stop(self, why: Lost, news: News) -> None:
        """The roll ends here and now: what waits is not scored any more."""
        self.end_row = self.next_row
        self._end_if_seen()
        if self._scoring is not None:
            self.failed(why, news)
        while self.next_strip(news) is not None:
            self.failed(why, news)

    def _put(self, items: list[Strip | Gap]) -> None:
        for item in items:
            if isinstance(item, Gap):
                self._ledger.missed(item.rows, item.why)
            self._queue.append(item)
        while self.waiting > self._queue_limit:
            at = next(i for i, item in enumerate(self._queue) if isinstance(item, Strip))
            strip = self._queue[at]
            self._ledger.given_up(strip.rows, Lost.BUSY)
            assert isinstance(strip, Strip)
            self._queue[at] = Gap(strip.new_row, strip.end_row, Lost.BUSY)

    def _end_if_seen(self) -> None:
        if not self._closed and self.end_row is not None and self.next_row >= self.end_row:
            self._closed = True
            self._put([*self._stitcher.finish(), Gap(self.end_row, self.end_row, Lost.STOPPED)])

    def _lost(self, gap: Gap | None, news: News) -> None:
        """Lengths that follow each other and were lost for one reason are told as one, once it is complete; None and
        the gap without rows that ends a roll complete it."""
        before = self._gap
        if before is not None and gap is not None and gap.rows and gap.why is before.why:
            self._gap = Gap(before.first_row, gap.end_row, gap.why)
            return
        if before is not None:
            news.stretches.append(self._stretch(before))
        self._gap = gap if gap is not None and gap.rows else None
        if self._gap is not None:
            news.blind.append(self._gap.first_row)

    def _break(self, news: News) -> None:
        """The unbroken piece of web ends: all its events are complete."""
        self._tell(self._former.add(*_rows(self._seams.finish())), news)
        self._tell(self._former.finish(), news)
        self._recent.clear()

    def _tell(self, complete: list[Found], news: News) -> None:
        told = [found for found in (*complete, *self._former.open) if self._counts(found)]
        unseen = [found for found in told if found.pictured < found.peak]
        for found in sorted(unseen, key=lambda one: -one.peak)[:_PICTURES]:
            found.picture, found.pictured = self._picture(found), found.peak
        for found in told:
            if not found.announced and found.sure_top is not None:
                found.announced = True
                # Not where it begins: that may have been faint, and have passed the marker before anything was sure.
                news.marks.append(self._row(found.sure_top))
        for found in complete:
            if self._counts(found):
                self.events += 1
                news.events.append(self._event(found))

    def _counts(self, found: Found) -> bool:
        return found.sure_top is not None and found.cells >= self._min_cells

    def _event(self, found: Found) -> WebEvent:
        cell = self._sizes.cell_mm
        width = self._sizes.width_px * self._sizes.mm_per_px
        return WebEvent(
            self.id,
            self.events,
            at_mm=(self._row(found.top) - self.start_row) * self._sizes.mm_per_px,
            length_mm=(found.bottom - found.top) * cell,
            across_mm=found.left * cell,
            width_mm=min(found.right * cell, width) - found.left * cell,
            area_mm2=found.cells * cell * cell,
            peak=found.peak,
            threshold=self._threshold,
            model_id=self._model_id,
            continues=found.continues,
            image=found.picture,
        )

    def _stretch(self, gap: Gap) -> Stretch:
        pitch = self._sizes.mm_per_px
        return Stretch(self.id, (gap.first_row - self.start_row) * pitch, gap.rows * pitch, gap.why)

    def _row(self, cell_row: int) -> int:
        return self._origin_row + cell_row * self._sizes.cell_px

    def _picture(self, found: Found) -> Image | None:
        """The worst place of an event, from the strip in which it lies nearest to the middle."""
        cell = self._sizes.cell_px
        row, column = self._row(found.peak_at[0]) + cell // 2, found.peak_at[1] * cell + cell // 2
        shown = [strip for strip in self._recent if strip.first_row <= row < strip.end_row]
        if not shown:
            return None
        strip = min(shown, key=lambda one: abs(2 * row - one.first_row - one.end_row))
        h, w = strip.image.shape[:2]
        y = min(max(row - strip.first_row - PICTURE_PX // 2, 0), max(0, h - PICTURE_PX))
        x = min(max(column - PICTURE_PX // 2, 0), max(0, w - PICTURE_PX))
        return strip.image[y : y + PICTURE_PX, x : x + PICTURE_PX].copy()


def _rows(handed_out: tuple[int, Cells]) -> tuple[int, Any, Any, Any, Any]:
    first, cells = handed_out
    return first, cells.hot, cells.value, cells.measured, cells.certain
