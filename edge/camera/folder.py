"""Pictures of a folder, as if a camera took them: over and over, in the order of their names, at the frame rate."""

from __future__ import annotations

import threading
from pathlib import Path

from edge.clock import NS_PER_S, Clock
from edge.errors import CameraError, DatasetError
from edge.health import Check
from edge.parts import Frame
from edge.picture import SUFFIXES, load_image


class FolderCamera:
    """Plays the pictures of a folder at `fps`."""

    def __init__(self, folder: Path, fps: float, clock: Clock) -> None:
        self._folder = folder
        self._period = round(NS_PER_S / fps)
        self._clock = clock
        self._files: list[Path] = []
        self._at = 0
        self._next_ns = 0
        self._never = threading.Event()

    def open(self) -> None:
        try:
            self._files = sorted(path for path in self._folder.iterdir() if path.suffix.lower() in SUFFIXES)
        except OSError as error:
            raise CameraError(
                f"{self._folder}: cannot be read ({error.strerror}). Name the folder in camera.device."
            ) from error
        if not self._files:
            raise CameraError(f"{self._folder}: holds no pictures ({', '.join(sorted(SUFFIXES))})")
        self._next_ns = self._clock.now_ns() + self._period

    def read(self, timeout_ns: int) -> Frame | None:
        now = self._clock.now_ns()
        if self._next_ns - now > timeout_ns:
            self._clock.wait(self._never, timeout_ns)
            return None
        self._clock.wait(self._never, self._next_ns - now)
        taken, self._next_ns = self._next_ns, max(self._next_ns + self._period, self._clock.now_ns())
        path = self._files[self._at % len(self._files)]
        self._at += 1
        try:
            return Frame(load_image(path), taken)
        except DatasetError as error:
            raise CameraError(str(error)) from error

    def close(self) -> None:
        pass

    def checks(self) -> list[Check]:
        return []
