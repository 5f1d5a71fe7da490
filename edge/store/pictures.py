"""Picture files, `images/YYYY-MM-DD/<boot>-<part>.jpg` (or `.png`) and `.map.png`; a power cut leaves no half file."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.clock import NS_PER_S
from edge.disk import replace_durably
from edge.parts import Image, PartMap

MAP_MAX_PX = 128


@dataclass(frozen=True, slots=True)
class Saved:
    """Names relative to the store's folder, and the bytes that both files take."""

    image: str
    map: str | None
    bytes: int


class Pictures:
    """The picture files under `folder/images`. All names that go in and out are relative to `folder`.

    `lossless` keeps PNG files instead of JPEG."""

    def __init__(self, folder: Path, jpeg_quality: int, lossless: bool = False) -> None:
        self.root = folder / "images"
        self._folder = folder
        self._ending = ".png" if lossless else ".jpg"
        # Large pictures on a small box: the quickest level, which costs a tenth of the room.
        self._how = [cv2.IMWRITE_PNG_COMPRESSION, 1] if lossless else [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality]
        self._unsettled: set[Path] = set()

    def save(self, stem: str, wall_ns: int, image: Image, part_map: PartMap | None, threshold: float | None) -> Saved:
        """Writes picture and map; `settle` must follow before a row names them.

        Args:
            stem: file name without its ending.
            wall_ns: nanoseconds since 1970; its UTC date names the day's folder.
            image: RGB uint8 [H, W, 3].
            part_map: its map float32 [H, W], or None.
            threshold: score of which the map shows twice as white; without a positive, finite one no map is kept.

        Raises:
            OSError: the disk refuses.
            cv2.error: the picture cannot be encoded (empty, not uint8, not three channels).
        """
        day = self.root / datetime.fromtimestamp(wall_ns / NS_PER_S, timezone.utc).strftime("%Y-%m-%d")
        picture = _encode(self._ending, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), self._how)
        grey = b""
        if part_map is not None and threshold is not None and 0 < threshold < math.inf:
            grey = _encode(".png", grey_map(part_map, threshold), [])
        self._make(day)
        file = day / f"{stem}{self._ending}"
        self._write(file, picture)
        if grey:
            self._write(day / f"{stem}.map.png", grey, file)
        name = f"{self.root.name}/{day.name}/{stem}"
        return Saved(f"{name}{self._ending}", f"{name}.map.png" if grey else None, len(picture) + len(grey))

    def settle(self) -> None:
        """Makes the names of all files saved since the last call durable, one sync a folder."""
        for folder in self._unsettled:
            sync_folder(folder)
        self._unsettled.clear()

    def delete(self, names: Iterable[str | None]) -> None:
        """Removes files; one that is gone already is as good as removed."""
        for name in names:
            if name:
                (self._folder / name).unlink(missing_ok=True)

    def sweep(self, known: set[str]) -> set[str]:
        """Removes every file that no row names (a power cut left it), and returns the known names that are missing."""
        found: set[str] = set()
        for day in _entries(self.root):
            for entry in _entries(Path(day.path)) if day.is_dir() else []:
                name = f"{self.root.name}/{day.name}/{entry.name}"
                if name in known:
                    found.add(name)
                elif entry.is_file():
                    Path(entry.path).unlink()
            if day.is_dir() and not _entries(Path(day.path)):
                Path(day.path).rmdir()
        return known - found

    def _make(self, day: Path) -> None:
        if not day.is_dir():
            day.mkdir(parents=True, exist_ok=True)
            self._unsettled |= {self._folder, self.root}
        self._unsettled.add(day)

    def _write(self, path: Path, data: bytes, *companions: Path) -> None:
        try:
            replace_durably(path, data)
        except OSError:
            # No row will name these: they would take room that nobody counts until the next start.
            for orphan in companions:
                orphan.unlink(missing_ok=True)
            raise


def grey_map(part_map: PartMap, threshold: float) -> Image:
    """The map as uint8 grey [h, w], at most 128 pixels on its longer side: 0 is 0, 128 the threshold, 255 twice that.

    Not-a-number shows as white: it must be seen.
    """
    values = np.nan_to_num(np.asarray(part_map.anomaly_map, np.float32), nan=np.inf, posinf=np.inf)
    scaled = np.clip(values / (2.0 * threshold), 0.0, 1.0)
    height, width = scaled.shape
    shrink = MAP_MAX_PX / max(height, width)
    if shrink < 1:
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        scaled = cv2.resize(scaled, size, interpolation=cv2.INTER_AREA)
    # 256, not 255: the threshold then falls on 128 itself and not between two greys.
    return np.rint(np.minimum(256.0 * scaled, 255.0)).astype(np.uint8)


def sync_folder(folder: Path) -> None:
    """Makes the folder's own entries durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _encode(ending: str, image: NDArray[Any], options: list[int]) -> bytes:
    done, data = cv2.imencode(ending, image, options)
    if not done:
        raise cv2.error(f"a picture {image.shape} cannot be encoded as {ending}")
    return data.tobytes()


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; tens of thousands of pictures must not slow the start, so no Path is made of each."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return list(entries)
