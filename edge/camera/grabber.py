"""One open capture on a thread of its own, and the instant at which each of its frames was taken."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import cv2
import numpy as np

from edge.camera.pace import Pace
from edge.clock import NS_PER_MS, NS_PER_S, Clock
from edge.errors import CameraError
from edge.parts import Frame, Image

# A first time stamp that says that its frame is younger than this is one of the monotonic clock.
_OLDEST_NS = NS_PER_S
_QUEUE = 4  # frames that a driver holds for OpenCV
_MOST_WAITS = 10
_LOOK_EVERY = 300  # frames between two readings of the controls


class Source(Protocol):
    """A capture that was opened, as OpenCV's are, with what belongs to it."""

    def read(self) -> tuple[bool, Any]:
        """(True, BGR uint8 [H, W, 3]), or (False, anything) once no more frames come. May never return."""
        ...

    def stamp_ms(self) -> float | None:
        """The driver's time stamp of the last frame in milliseconds; None where it has none."""
        ...

    def controls(self) -> Mapping[str, float]:
        """The controls as the camera reads them back now."""
        ...

    def release(self) -> None: ...


class Stamps:
    """When a frame was taken, and whether it may be used.

    Drivers stamp by the monotonic clock, by the wall clock or not at all. Once a stamp fitted the monotonic clock, all
    of them are believed, however old they say that a frame is; a frame older than the opening is refused. Without such
    stamps a frame is as old as its reading, so that what the driver's queue held during a pause has to be thrown away.

    Args:
        pace: of a source that sends by itself and stamps nothing.
    """

    def __init__(self, opened_ns: int, settle: int, pace: Pace | None = None) -> None:
        self._opened = opened_ns
        self._settle = settle
        self._pace = pace
        self._believed = False
        self._last_ns: int | None = None

    def taken_ns(self, now_ns: int, stamp_ms: float | None) -> int | None:
        """The instant of a frame that was read at `now_ns`; None for one that nobody may use."""
        if self._pace is not None:
            return now_ns if self._pace.fresh(now_ns) else None
        paused = self._last_ns is not None and now_ns - self._last_ns > _OLDEST_NS
        self._last_ns = now_ns
        taken = None if stamp_ms is None else round(stamp_ms * NS_PER_MS)
        if taken is not None and 0 <= now_ns - taken < _OLDEST_NS:
            self._believed = True
        if taken is None or not self._believed or taken > now_ns:
            taken = now_ns
            if paused:
                self._settle = max(self._settle, _QUEUE)
        if self._settle > 0:
            self._settle -= 1
            return None
        return taken if taken >= self._opened else None


class Grabber:
    """Opens a source and reads it until it is abandoned.

    OpenCV's calls have no time-out that can be relied on: they may never return once a camera hangs. A grabber that
    hangs is left behind with its capture, and a new one opened; it holds no lock that anybody waits for.

    Args:
        settle: frames that are thrown away first.
        frozen: so many equal frames end it; 0 for never.
        period_ns: least time between two frames, for files that would be read as fast as they can be decoded.
        live_ns: the expected time between two frames of a source that sends by itself and stamps nothing; 0 for
            others.
    """

    def __init__(
        self,
        open_source: Callable[[], Source],
        clock: Clock,
        *,
        settle: int = 0,
        frozen: int = 0,
        period_ns: int = 0,
        live_ns: int = 0,
    ) -> None:
        self._open = open_source
        self._clock = clock
        self._settle, self._frozen, self._period, self._live = settle, frozen, period_ns, live_ns
        self._opened = threading.Event()
        self._ready = threading.Event()
        self._abandoned = threading.Event()
        self._newest: Frame | None = None
        self._failure: str | None = None
        self._last: Image | None = None
        self._equal = 0
        self._count = 0
        self._thread = threading.Thread(target=self._run, name="camera-grabber", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread still runs, or hangs."""
        return self._thread.is_alive()

    def abandon(self) -> None:
        """Returns at once; the source is released by the grabber's own thread when its call comes back."""
        self._abandoned.set()

    def wait_open(self, timeout_ns: int) -> None:
        """Returns once the source is open.

        Raises:
            CameraError: it cannot be opened, or not in this time.
        """
        if not self._clock.wait(self._opened, timeout_ns):
            raise CameraError(f"the camera does not open within {timeout_ns / NS_PER_S:g} s. Plug it in again.")
        if self._failure is not None:
            raise CameraError(self._failure)

    def next(self, timeout_ns: int) -> Frame | None:
        """The newest frame that was not given out yet.

        While frames come that nobody may use (the first ones after an opening, old ones out of a queue), the camera is
        not lost: it may take ten times as long.

        Raises:
            CameraError: the camera gives no more frames, or always the same.
        """
        for _ in range(_MOST_WAITS):
            count = self._count
            frame = self._wait_frame(timeout_ns)
            if frame is not None or self._count == count:
                return frame
        return None

    def _wait_frame(self, timeout_ns: int) -> Frame | None:
        end = self._clock.now_ns() + timeout_ns
        while self._clock.wait(self._ready, end - self._clock.now_ns()):
            if self._failure is not None:
                raise CameraError(self._failure)
            self._ready.clear()
            # A frame that came between these two lines is taken now, and leaves the event set for nothing.
            frame, self._newest = self._newest, None
            if frame is not None:
                return frame
        return None

    def _run(self) -> None:
        try:
            source = self._open()
        except Exception as error:
            self._fail(error)
            return
        try:
            self._opened.set()
            self._read(source)
        except Exception as error:
            self._fail(error)
        finally:
            source.release()

    def _read(self, source: Source) -> None:
        pace = Pace(self._live) if self._live else None
        stamps = Stamps(self._clock.now_ns(), self._settle, pace)
        controls = source.controls()
        while not self._abandoned.is_set():
            taken, image = source.read()
            if not taken or image is None:
                raise CameraError("the camera gives no more frames")
            self._count += 1
            if self._count % _LOOK_EVERY == 0:
                controls = source.controls()
            taken_ns = stamps.taken_ns(self._clock.now_ns(), source.stamp_ms())
            self._watch(image)
            if taken_ns is not None:
                self._newest = Frame(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8), taken_ns, controls)
                self._ready.set()
            if self._period:
                self._clock.wait(self._abandoned, self._period)

    def _watch(self, image: Image) -> None:
        """A picture with no contrast at all may be the same for ever: a lens cap, or a lamp that is off."""
        if not self._frozen:
            return
        same = self._last is not None and np.array_equal(image, self._last) and image.min() != image.max()
        self._equal = self._equal + 1 if same else 0
        self._last = image
        if self._equal >= self._frozen:
            raise CameraError(
                f"the camera gave the same picture {self._equal + 1} times: it is frozen. It is reopened."
            )

    def _fail(self, error: Exception) -> None:
        """Whatever it is: who waits for a frame is told why none comes, and not only that none came in time."""
        expected = isinstance(error, CameraError | OSError | cv2.error)
        self._failure = str(error) if expected else f"the camera's thread failed: {type(error).__name__}: {error}"
        self._opened.set()
        self._ready.set()
