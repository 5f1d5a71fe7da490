"""From the backlog to the disk: pictures, then the rows that name them, then whatever has to give way."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from edge.clock import Clock
from edge.store.backlog import Backlog, Waiting
from edge.store.database import UnreadableDatabase, set_aside
from edge.store.history import WORTH, History
from edge.store.pictures import Pictures, Saved
from edge.store.retention import Retention
from edge.store.row import columns_of

BATCH_ROWS = 256
_log = logging.getLogger(__name__)


class Writer:
    """Empties the backlog. One thread at a time.

    `written` counts rows, `pictures_lost` pictures that could not be written although their rows were.
    `fault` says why the last attempt failed, and the mend.
    """

    def __init__(
        self, folder: Path, boot_id: str, clock: Clock, backlog: Backlog, history: History,
        pictures: Pictures, retention: Retention,
    ) -> None:  # fmt: skip
        self.written = 0
        self.pictures_lost = 0
        self.fault: str | None = None
        self._folder = folder
        self._boot_id = boot_id
        self._clock = clock
        self._backlog = backlog
        self._history = history
        self._pictures = pictures
        self._retention = retention

    def start(self) -> None:
        """Opens the history if it is not open; a failure becomes `fault`."""
        self._guarded(lambda: None)

    def flush(self) -> None:
        """Writes what waits; a failure becomes `fault`, and the rest goes on waiting."""
        self._guarded(self._empty)

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            if self._history.is_open and (self._history.damaged or not self._history.path.exists()):
                _log.error("%s was damaged or removed under the running box", self._history.path)
                self._history.close()
            if not self._history.is_open:
                self._open()
            work()
        except (OSError, sqlite3.Error, UnreadableDatabase) as error:
            self._fail(error)
        else:
            self.fault = None

    def _fail(self, error: Exception) -> None:
        fault = (
            f"{self._folder}: results cannot be saved ({error}). They wait in memory and are lost at a restart. "
            "Free space on this disk, make the folder writable for the box, or replace the disk."
        )
        if fault != self.fault:
            _log.error("%s", fault)
        self.fault = fault

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            self._history.open()
        except UnreadableDatabase as error:
            new = set_aside(self._history.path, self._pictures.root, error.kind, self._clock.wall_ns())
            _log.error("%s is %s (%s); it is kept as %s", self._history.path, error.kind, error, new.name)
            self._history.open()
        kept = self._history.pictures()
        missing = self._pictures.sweep({name for one in kept for name in (one.image, one.map) if name})
        self._history.forget_pictures([one for one in kept if one.image in missing])

    def _empty(self) -> None:
        self._retention.make_room()
        for _ in range(0, len(self._backlog), BATCH_ROWS):
            batch = self._backlog.first(BATCH_ROWS)
            wanted = [waiting.image is not None for waiting in batch]
            saved = [self._save_picture(waiting) for waiting in batch]
            self._pictures.settle()
            self._history.add([self._row(*pair) for pair in zip(batch, saved, strict=True)])
            self._backlog.done(len(batch))
            self.written += len(batch)
            self.pictures_lost += sum(wanted) - sum(one is not None for one in saved)
            self._retention.make_room()

    def _save_picture(self, waiting: Waiting) -> Saved | None:
        """A row never waits for its picture: where only the picture fails, the row goes without it."""
        image, part_map, account = waiting.image, waiting.part_map, waiting.account  # `put` may drop them meanwhile
        if image is None or self._retention.short_of_space:
            return None
        stem = f"{self._boot_id}-{account.part.id}"
        threshold = account.verdict.threshold if account.verdict else None
        try:
            return self._pictures.save(stem, waiting.wall_ns, image, part_map, threshold)
        except (OSError, cv2.error) as error:
            _log.warning("the picture of part %d cannot be kept: %s", account.part.id, error)
            return None

    def _row(self, waiting: Waiting, saved: Saved | None) -> dict[str, Any]:
        account = waiting.account
        return columns_of(account, self._boot_id, waiting.model_id, waiting.scored_ns, waiting.wall_ns) | {
            "image": saved.image if saved else None,
            "map": saved.map if saved else None,
            "picture_bytes": saved.bytes if saved else 0,
            "worth": WORTH[account.state],
        }
