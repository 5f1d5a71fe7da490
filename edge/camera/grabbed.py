"""A camera that is opened and read on a thread of its own, and reopened however the last one ended."""

from __future__ import annotations

from abc import ABC, abstractmethod

from edge.camera.grabber import Grabber
from edge.clock import NS_PER_MS, Clock
from edge.config.camera import CameraConfig
from edge.errors import CameraError
from edge.parts import Frame

_MOST_HANGING = 3


class GrabbedCamera(ABC):
    """Each opening gets a new grabber. One whose calls hang is left behind, three of them at most."""

    def __init__(self, config: CameraConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._grabber: Grabber | None = None
        self._left: list[Grabber] = []

    def open(self) -> None:
        self._left = [grabber for grabber in self._left if grabber.alive]
        if len(self._left) >= _MOST_HANGING:
            raise CameraError(
                f"{self._config.device}: {len(self._left)} earlier calls to its driver hang. Unplug the camera; if "
                "that does not end them, restart the box."
            )
        self._grabber = self._make_grabber()
        try:
            self._grabber.wait_open(self._config.open_timeout_ms * NS_PER_MS)
        except CameraError:
            self.close()
            raise

    def read(self, timeout_ns: int) -> Frame | None:
        if self._grabber is None:
            raise CameraError(f"{self._config.device}: is not open")
        return self._grabber.next(timeout_ns)

    def close(self) -> None:
        if self._grabber is not None:
            self._grabber.abandon()
            self._left.append(self._grabber)
            self._grabber = None

    @abstractmethod
    def _make_grabber(self) -> Grabber:
        """A new grabber, whose thread opens the camera."""
