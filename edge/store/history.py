"""The history in SQLite: rows, the outbox of what telemetry has not delivered, and which pictures exist."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.parts import State
from edge.store.database import UnreadableDatabase, is_damage, open_database, open_reader

WAITING, PUBLISHED, GIVEN_UP = 0, 1, 2

# Which pictures give way first. An uninspected part shows a fault of the box, a reject is what people come to see.
WORTH = {State.PASSED: 0, State.UNINSPECTED: 1, State.REJECTED: 2}
WORTH_LABELLED = 3

_INSERT = """
INSERT INTO part (boot_id, part_id, state, reason, decision, score, threshold, places, reasons, model_id,
  trigger_ns, belt_mm, scored_ns, closed_ns, wall_ns, image, map, picture_bytes, worth, outbox)
VALUES (:boot_id, :part_id, :state, :reason, :decision, :score, :threshold, :places, :reasons, :model_id,
  :trigger_ns, :belt_mm, :scored_ns, :closed_ns, :wall_ns, :image, :map, :picture_bytes, :worth, :outbox)"""


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A row's picture: names relative to the store's folder, and the bytes of both files."""

    seq: int
    image: str
    map: str | None
    bytes: int


class History:
    """One writer connection behind a lock, and a fresh read-only connection for every question.

    Args:
        path: the database file.
        outbox_rows: rows that may wait for telemetry; more and the oldest are given up. 0: nobody publishes.
        rows: rows that are kept once they are published or given up. Rows with a picture stay beyond it.

    Methods raise `sqlite3.Error`, and `UnreadableDatabase` on opening. `damaged` says that one of them met damage
    in the file: close it, and `open` will refuse it once, so that it can be set aside.
    """

    def __init__(self, path: Path, outbox_rows: int, rows: int) -> None:
        self.path = path
        self.damaged = False
        self.waiting = 0
        self.picture_bytes = 0
        self.tally: Counter[str] = Counter()
        self._outbox_rows = outbox_rows
        self._rows = rows
        self._last_seq = 0
        self._pruned_at = 0
        self._db: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._db is not None

    def open(self) -> None:
        """Opens the file and counts what is in it."""
        if self.damaged:
            self.damaged = False
            raise UnreadableDatabase("damaged", "damage was met in the running box")
        db = open_database(self.path)
        with self._lock:
            self.waiting = db.execute("SELECT count(*) FROM part WHERE outbox = 0").fetchone()[0]
            self.picture_bytes = _number(db, "SELECT sum(picture_bytes) FROM part WHERE image IS NOT NULL")
            self.tally = Counter(dict(db.execute("SELECT name, count FROM tally")))
            found = _number(db, "SELECT seq FROM sqlite_sequence WHERE name = 'part'")
            if found < self._last_seq:
                # The file was replaced during this boot: (boot_id, seq) must not name two parts.
                db.execute("DELETE FROM sqlite_sequence WHERE name = 'part'")
                db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('part', ?)", (self._last_seq,))
            self._last_seq = max(found, self._last_seq)
            self._pruned_at = 0
            self._db = db

    def close(self) -> None:
        """Closes the writer; readers and writers find an empty history until it is opened again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None

    def add(self, rows: Sequence[dict[str, Any]]) -> None:
        """Writes rows in one transaction: all of them are on disk when it returns, or none."""
        outbox = WAITING if self._outbox_rows else PUBLISHED
        by_state = Counter(row["state"] for row in rows)
        with self._writing() as db:
            excess = self.waiting + len(rows) - self._outbox_rows if self._outbox_rows else 0
            last = self._last_seq
            for row in rows:
                last = db.execute(_INSERT, row | {"outbox": outbox}).lastrowid or last
            given_up = self._give_up(db, excess) if excess > 0 else 0
            if given_up:
                by_state["given_up"] = given_up
            db.executemany(
                "INSERT INTO tally VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count",
                list(by_state.items()),
            )
            pruned = self._prune(db, last)
            db.execute("COMMIT")
            self._last_seq = last
            self._pruned_at = last if pruned else self._pruned_at
            self.tally.update(by_state)
            self.picture_bytes += sum(row["picture_bytes"] for row in rows)
            self.waiting += (len(rows) if outbox == WAITING else 0) - given_up

    def mark_published(self, seqs: Sequence[int]) -> None:
        """Takes rows out of the outbox."""
        with self._writing() as db:
            marked = 0
            for seq in seqs:
                marked += db.execute(
                    f"UPDATE part SET outbox = {PUBLISHED} WHERE seq = ? AND outbox = 0", (seq,)
                ).rowcount
            db.execute("COMMIT")
            self.waiting -= marked

    def relabel(self, seq: int, label: str) -> bool:
        """Notes what an operator says of a part, whose picture is then the last to give way. False where the part is
        not remembered."""
        with self._writing() as db:
            values = (label, WORTH_LABELLED, seq)
            found = db.execute("UPDATE part SET label = ?, worth = ? WHERE seq = ?", values).rowcount
            db.execute("COMMIT")
        return found > 0

    def forget_pictures(self, pictures: Sequence[KeptPicture]) -> None:
        """The files are gone; their rows stay."""
        with self._writing() as db:
            db.executemany(
                "UPDATE part SET image = NULL, map = NULL, picture_bytes = 0 WHERE seq = ?",
                [(picture.seq,) for picture in pictures],
            )
            db.execute("COMMIT")
            self.picture_bytes -= sum(picture.bytes for picture in pictures)

    def pictures(self, limit: int = -1) -> list[KeptPicture]:
        """Kept pictures, those that give way first at the front; -1 is all."""
        found = self.read(
            "SELECT seq, image, map, picture_bytes FROM part WHERE image IS NOT NULL ORDER BY worth, seq LIMIT ?",
            limit,
        )
        return [KeptPicture(*values) for values in found]

    def read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Answers one SELECT; nothing where the history is not open."""
        if self._db is None:
            return []
        with self._noticing_damage(), closing(open_reader(self.path)) as db:
            return db.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that the block must commit itself, so that counters change only after the disk said yes."""
        with self._lock, self._noticing_damage():
            if self._db is None:
                raise sqlite3.OperationalError("the history is not open")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")

    @contextmanager
    def _noticing_damage(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.damaged = self.damaged or is_damage(error)
            raise

    def _give_up(self, db: sqlite3.Connection, excess: int) -> int:
        return db.execute(
            f"UPDATE part SET outbox = {GIVEN_UP} WHERE seq IN "
            "(SELECT seq FROM part WHERE outbox = 0 ORDER BY seq LIMIT ?)",
            (excess,),
        ).rowcount

    def _prune(self, db: sqlite3.Connection, last: int) -> bool:
        """Every hundredth part of the bound is often enough, and keeps the cost of a search off most batches."""
        if last - self._pruned_at < max(1, self._rows // 100):
            return False
        db.execute(
            "DELETE FROM part WHERE seq <= ? AND outbox <> 0 AND image IS NULL AND label IS NULL", (last - self._rows,)
        )
        return True


def _number(db: sqlite3.Connection, sql: str) -> int:
    found = db.execute(sql).fetchone()
    return (found[0] or 0) if found else 0
