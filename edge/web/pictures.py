"""Pictures of findings, `rolls/<key>/<number>.jpg` below the store's folder, within the bytes that they may take."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2

from edge.disk import replace_durably
from edge.parts import Image

MB = 1_000_000


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class FindingPictures:
    """Saves pictures; those of the oldest roll give way first. A roll's map stays, whatever becomes of its pictures.

    One thread at a time. `short_of_space` says that the disk is too full although no picture is left to give way.

    Args:
        max_mb: bytes that pictures may take. min_free_mb: space that is left to others.
        free_bytes: how much space is left on the disk of a folder.
    """

    def __init__(
        self, folder: Path, quality: int, max_mb: int, min_free_mb: int,
        free_bytes: Callable[[Path], int] = _free_bytes,
    ) -> None:  # fmt: skip
        self.short_of_space = False
        self._folder = folder
        self._quality = quality
        self._max, self._min_free = max_mb * MB, min_free_mb * MB
        self._free_bytes = free_bytes
        self._bytes: Counter[int] | None = None

    def save(self, key: int, number: int, image: Image) -> str | None:
        """Writes a picture, uint8 [H, W, 3]; returns its name relative to the folder, None where there is no room.

        Raises:
            OSError: the disk refuses. cv2.error: the picture cannot be encoded.
        """
        self._make_room()
        if self.short_of_space:
            return None
        done, data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, self._quality])
        if not done:
            raise cv2.error(f"a picture {image.shape} cannot be encoded")
        name = f"rolls/{key}/{number}.jpg"
        (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
        replace_durably(self._folder / name, data.tobytes())
        self._sizes()[key] += data.size
        return name

    def forget(self, key: int) -> None:
        """Removes all that lies in a roll's folder, its map included."""
        self._remove(key, "*")
        folder = self._folder / "rolls" / str(key)
        if folder.is_dir():
            folder.rmdir()

    def _make_room(self) -> None:
        sizes = self._sizes()
        while sizes and self._excess() > 0:
            self._remove(min(sizes), "*.jpg")
        self.short_of_space = self._excess() > 0

    def _excess(self) -> int:
        short = self._min_free - self._free_bytes(self._folder) if self._min_free else 0
        return max(self._sizes().total() - self._max, short)

    def _remove(self, key: int, names: str) -> None:
        for file in (self._folder / "rolls" / str(key)).glob(names):
            file.unlink(missing_ok=True)
        self._sizes().pop(key, None)

    def _sizes(self) -> Counter[int]:
        """Bytes by roll; found out on the disk the first time, and then kept."""
        if self._bytes is None:
            self._bytes = Counter()
            for file in (self._folder / "rolls").glob("*/*.jpg"):
                if file.parent.name.isdigit():
                    self._bytes[int(file.parent.name)] += file.stat().st_size
        return self._bytes
