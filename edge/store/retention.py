"""Which pictures give way, and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edge.config import StoreConfig
from edge.store.history import History
from edge.store.pictures import Pictures

MB = 1_000_000
_AT_ONCE = 100


class Retention:
    """Keeps pictures under `max_image_mb`, and `min_free_mb` of the disk free for others.

    The oldest first, and good ones before uninspected ones before rejected ones; rows stay.
    `short_of_space` says that the disk is too full although no picture is left to give way.
    """

    def __init__(
        self, config: StoreConfig, history: History, pictures: Pictures, free_bytes: Callable[[Path], int]
    ) -> None:
        self.short_of_space = False
        self._config = config
        self._history = history
        self._pictures = pictures
        self._free_bytes = free_bytes

    def make_room(self) -> None:
        """Deletes what has to go.

        Raises:
            OSError, sqlite3.Error: the disk refuses; the next call goes on.
        """
        need = self._excess()
        while need > 0 and (candidates := self._history.pictures(_AT_ONCE)):
            going = []
            while candidates and need > 0:
                going.append(candidates.pop(0))
                need -= going[-1].bytes
            # Files first: on a disk that is full to the last byte the database cannot even note what to delete.
            # A power cut in between leaves rows that name no file, which the sweep at start mends.
            self._pictures.delete(name for picture in going for name in (picture.image, picture.map))
            self._history.forget_pictures(going)
        self.short_of_space = self._short() > 0

    def _excess(self) -> int:
        return max(self._history.picture_bytes - self._config.max_image_mb * MB, self._short())

    def _short(self) -> int:
        if self._config.min_free_mb == 0:
            return 0
        return self._config.min_free_mb * MB - self._free_bytes(self._config.folder)
