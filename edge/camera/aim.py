"""Which frame is a part's own, and where in it the part lies.

A webcam runs freely; no frame is taken at exactly the instant when a part is centred. The frame nearest to that
instant is taken, and the inspected rectangle follows the part by the belt travel that is left between the two. The
frame before the newest is kept: where the camera drops one, it may be nearer than the one that comes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.conveyor import Conveyor
from edge.parts import Frame, Image, Part, Place

_AXES = {"+x": (1, 0), "-x": (-1, 0), "+y": (0, 1), "-y": (0, -1)}


@dataclass(frozen=True, slots=True)
class Sight:
    """A part and its picture: `image` [h, w, 3] is a view into the frame, `controls` are those of the camera then."""

    part: Part
    image: Image
    taken_ns: int
    offset_mm: float
    controls: Mapping[str, float] = field(default_factory=dict)


class Aim:
    """Matches frames to the parts that wait for one.

    Args:
        camera_mm: belt travel from the trigger to the camera.
        tolerance_mm: a frame further off than this is not the part's.
        region: the inspected rectangle for a part that is centred; width or height 0 reach to the frame's border.
        mm_per_px: pixel pitch on the belt.
        motion: direction in which parts move in the picture: +x, -x, +y or -y.
    """

    def __init__(
        self,
        conveyor: Conveyor,
        *,
        camera_mm: float,
        tolerance_mm: float,
        region: Place,
        mm_per_px: float,
        motion: str,
    ) -> None:
        self._conveyor = conveyor
        self._camera = camera_mm
        self._tolerance = tolerance_mm
        self._region = region
        self._mm_per_px = mm_per_px
        self._motion = _AXES[motion]
        self._waiting: deque[Part] = deque()
        self._before: tuple[Frame, float] | None = None  # the last frame, and where the belt was then
        self._gone: list[Part] = []

    @property
    def waiting(self) -> int:
        """How many parts wait for their picture."""
        return len(self._waiting)

    def expect(self, part: Part) -> None:
        """A part is under way to the camera. Parts come in belt order."""
        self._waiting.append(part)

    def frame(self, frame: Frame) -> list[Sight]:
        """The parts whose frame this is.

        A part waits for the first frame that no later one can better: taken less than half a frame's travel before
        the part is centred, or after it. Then it takes this frame or the one before, whichever is nearer. A frame
        taken before the part's trigger is never its own. One that is too small for the rectangle shows nobody: a camera
        that came back with another size would be judged by whatever lies in its corner.
        """
        height, width = frame.image.shape[:2]
        if self._region.x + max(1, self._region.w) > width or self._region.y + max(1, self._region.h) > height:
            return []
        belt = self._conveyor.position(frame.taken_ns)
        before, self._before = self._before, (frame, belt)
        step = 0.0 if before is None else max(0.0, belt - before[1])
        reach = min(step / 2, self._tolerance)
        sights: list[Sight] = []
        while self._waiting:
            part = self._waiting[0]
            offset = belt - (part.trigger.belt_mm + self._camera)
            if offset < -reach or frame.taken_ns < part.trigger.at_ns:
                break
            self._waiting.popleft()
            own = frame
            if before is not None and before[0].taken_ns >= part.trigger.at_ns and abs(offset - step) < abs(offset):
                own, offset = before[0], offset - step
            if abs(offset) > self._tolerance:
                self._gone.append(part)  # every later frame is further off still
                continue
            sights.append(Sight(part, self._crop(own.image, offset), own.taken_ns, offset, own.controls))
        return sights

    def overdue(self, now_ns: int) -> list[Part]:
        """Parts that went out of view without a picture, each named once."""
        belt = self._conveyor.position(now_ns)
        gone, self._gone = self._gone, []
        while self._waiting:
            part = self._waiting[0]
            if belt - (part.trigger.belt_mm + self._camera) <= self._late_mm:
                break
            gone.append(self._waiting.popleft())
        return gone

    def next_ns(self, now_ns: int) -> int | None:
        """When the first waiting part goes out of view."""
        if not self._waiting:
            return None
        first = self._waiting[0]
        return self._conveyor.when(first.trigger.belt_mm + self._camera + self._late_mm, now_ns) + 1

    def forget(self, part_id: int) -> None:
        """A part's account was closed for another reason."""
        self._waiting = deque(part for part in self._waiting if part.id != part_id)

    @property
    def _late_mm(self) -> float:
        # A frame needs time from the sensor to here; it is judged by when it was taken, so wait a second tolerance.
        return 2 * self._tolerance

    def _crop(self, image: Image, offset_mm: float) -> Image:
        height, width = image.shape[:2]
        w = self._region.w or width - self._region.x
        h = self._region.h or height - self._region.y
        shift = round(offset_mm / self._mm_per_px)
        x = min(max(self._region.x + shift * self._motion[0], 0), max(0, width - w))
        y = min(max(self._region.y + shift * self._motion[1], 0), max(0, height - h))
        return image[y : y + h, x : x + w]
