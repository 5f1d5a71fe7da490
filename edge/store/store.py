"""The store: puts quickly, writes durably, answers readers, and never holds up the line."""

from __future__ import annotations

import itertools
import json
import logging
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from edge.clock import Clock
from edge.config import StoreConfig
from edge.errors import RinglightError
from edge.health import Check, Level
from edge.parts import Label, Record, State
from edge.store.backlog import Backlog, Waiting
from edge.store.database import LARGEST_SEQ
from edge.store.history import History
from edge.store.pictures import Pictures
from edge.store.retention import MB, Retention
from edge.store.row import COLUMNS, Row, row_of
from edge.store.writer import Writer

Which = State | Literal["relabelled"]
_PAGE = "AND image IS NOT NULL AND seq > ? ORDER BY seq LIMIT ?"
_log = logging.getLogger(__name__)


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Store:
    """The box's memory of what it saw.

    `put` may be called by the line's threads, `flush` by one slow thread (`Archivist`), everything else by anyone.
    Kept are the pictures of all rejected and uninspected parts and of each `keep_good_every`-th good one. When
    pictures take more than `max_image_mb`, or less than `min_free_mb` is left on the disk, they give way in this
    order, the oldest first within each: good, uninspected, rejected, relabelled by an operator. Their rows stay.

    Args:
        config: folder and bounds.
        clock: for the wall time of rows.
        boot_id: names this start of the program, not of the machine: part ids begin anew with it.
        backlog_rows: rows that may wait for the disk; one more is lost and counted in `dropped`.
        backlog_pictures: pictures that may wait with them; beyond it pictures are let go, good ones first.
        outbox_rows: rows that may wait for telemetry; 0 where nobody publishes.
        history_rows: rows without a picture that are kept after they were published or given up.
        free_bytes: how much space is left on the disk of a folder.
    """

    def __init__(
        self,
        config: StoreConfig,
        clock: Clock,
        boot_id: str,
        *,
        backlog_rows: int = 2000,
        backlog_pictures: int = 64,
        outbox_rows: int = 1_000_000,
        history_rows: int = 1_000_000,
        free_bytes: Callable[[Path], int] = _free_bytes,
    ) -> None:
        self.wake = threading.Event()
        self._config = config
        self._clock = clock
        self._backlog = Backlog(backlog_rows, backlog_pictures)
        self._history = History(config.folder / "history.db", outbox_rows, history_rows)
        pictures = Pictures(config.folder, config.jpeg_quality, lossless=config.picture == "png")
        self._retention = Retention(config, self._history, pictures, free_bytes)
        self._writer = Writer(config.folder, boot_id, clock, self._backlog, self._history, pictures, self._retention)
        self._good = itertools.count(1)
        self._flushing = threading.Lock()
        self._read_fault: str | None = None
        self._writer.start()

    @property
    def dropped(self) -> int:
        """Rows that were lost since start because the backlog was full."""
        return self._backlog.dropped

    @property
    def waiting(self) -> int:
        """Rows that wait in memory for the disk."""
        return len(self._backlog)

    @property
    def fault(self) -> str | None:
        """What keeps the store from writing or reading, with its mend; None while all is well."""
        return self._writer.fault or self._read_fault

    @property
    def given_up(self) -> int:
        """Rows that were never published because the outbox was full, over all boots."""
        return self._history.tally["given_up"]

    def put(self, record: Record) -> bool:
        """Takes a closed account; the caller lets go of its image. Never blocks, never touches the disk.

        Returns:
            False where the backlog is full and the row is lost.
        """
        account = record.account
        wall_ns = self._clock.wall_ns() - (self._clock.now_ns() - account.closed_ns)
        waiting = Waiting(account, record.model_id, record.scored_ns, wall_ns)
        if record.image is not None and self._keeps_picture(account.state):
            waiting.image, waiting.part_map = record.image, record.part_map
        taken = self._backlog.add(waiting)
        self.wake.set()
        return taken

    def flush(self) -> int:
        """Writes what waits, one transaction a batch, and makes room.

        On an I/O error the rows keep waiting, `fault` says why, and the next call tries again.

        Returns:
            Rows written.
        """
        with self._flushing:
            before = self._writer.written
            self._writer.flush()
            return self._writer.written - before

    def close(self) -> None:
        """Closes the database. What still waits in memory is lost: `flush` first."""
        with self._flushing:
            self._history.close()

    def last(self, n: int, states: Iterable[State] | None = None) -> list[Row]:
        """The newest `n` rows, newest first; of these states only, where given."""
        found: list[Row] = []
        for state in set(states if states is not None else State):
            found += self._rows("WHERE state = ? ORDER BY seq DESC LIMIT ?", state.value, n)
        return sorted(found, key=lambda row: row.seq, reverse=True)[:n]

    def row(self, seq: int) -> Row | None:
        """One row by its number, or None."""
        return next(iter(self._rows("WHERE seq = ?", min(seq, LARGEST_SEQ))), None)

    def page(self, which: Which, after: int, n: int) -> list[Row]:
        """The oldest `n` rows with a picture that come after the row `after`, of one kind: those that an operator
        relabelled, or all others that ended in a state."""
        if which == "relabelled":
            return self._rows(f"WHERE label IS NOT NULL {_PAGE}", after, n)
        return self._rows(f"WHERE label IS NULL AND state = ? {_PAGE}", which.value, after, n)

    def relabel(self, seq: int, label: Label) -> bool:
        """Notes what an operator says of a part; False where it is not remembered.

        Raises:
            RinglightError: the disk refuses.
        """
        try:
            return self._history.relabel(min(seq, LARGEST_SEQ), json.dumps(asdict(label)))
        except sqlite3.Error as error:
            raise RinglightError(f"what was said of the part cannot be kept ({error}). Mend the box's disk.") from error

    def unpublished(self, limit: int, after: int = 0) -> list[Row]:
        """Rows that telemetry has not delivered, oldest first, with `seq` larger than `after`."""
        return self._rows("WHERE outbox = 0 AND seq > ? ORDER BY seq LIMIT ?", after, limit)

    def mark_published(self, seqs: Sequence[int]) -> bool:
        """Notes durably that the broker has these rows. False where the disk refused: try again later."""
        try:
            self._history.mark_published(seqs)
        except sqlite3.Error as error:
            _log.warning("published results cannot be marked as such yet: %s", error)
            return False
        return True

    def outbox_depth(self) -> int:
        """Rows on disk that wait for telemetry."""
        return self._history.waiting

    def counts(self) -> dict[State, int]:
        """Parts by state over all boots, also those whose rows are pruned."""
        return {state: self._history.tally[state.value] for state in State}

    def checks(self) -> list[Check]:
        """What a person should know of the history and its disk."""
        return [self._check_history(), *self._check_losses(), *self._check_set_aside()]

    def _check_history(self) -> Check:
        if fault := self.fault:
            return Check("history", Level.FAULT, fault)
        if self._retention.short_of_space:
            return Check(
                "history",
                Level.WARNING,
                f"Less than {self._config.min_free_mb} MB are free in {self._config.folder}: no pictures are kept.",
                "Free space on this disk, or lower store.min_free_mb.",
            )
        parts, megabytes = sum(self.counts().values()), self._history.picture_bytes / MB
        text = f"{parts} parts, pictures take {megabytes:.0f} of {self._config.max_image_mb} MB."
        return Check("history", Level.OK, text)

    def _check_losses(self) -> list[Check]:
        lost = {
            "results were lost because the disk could not keep up": self.dropped,
            "pictures were let go because the disk could not keep up": self._backlog.pictures_dropped,
            "pictures could not be written": self._writer.pictures_lost,
        }
        said = "; ".join(f"{number} {what}" for what, number in lost.items() if number)
        checks = [Check("history losses", Level.WARNING, f"Since start {said}.", "Use a faster disk; see the log.")]
        if not said:
            checks.clear()
        if self.given_up:
            text = f"{self.given_up} results were never published: the broker was away too long."
            checks.append(Check("outbox", Level.WARNING, text, "Raise mqtt.outbox_rows, or mend the broker's link."))
        return checks

    def _check_set_aside(self) -> list[Check]:
        names = sorted(path.name for path in self._config.folder.glob("history.*-*.db"))
        if not names:
            return []
        text = f"Histories that could not be read were set aside in {self._config.folder}: {', '.join(names)}."
        mend = "Copy what you need of them and of the images folders beside them, then delete both."
        return [Check("history set aside", Level.WARNING, text, mend)]

    def _keeps_picture(self, state: State) -> bool:
        if state is not State.PASSED:
            return True
        every = self._config.keep_good_every
        return every > 0 and next(self._good) % every == 0

    def _rows(self, where: str, *values: object) -> list[Row]:
        try:
            found = self._history.read(f"SELECT {COLUMNS} FROM part {where}", *values)
        except sqlite3.Error as error:
            self._read_fault = (
                f"{self._history.path}: cannot be read ({error}). If it stays so, restart the box and check the disk."
            )
            return []
        self._read_fault = None
        return [row_of(values, self._config.folder) for values in found]
