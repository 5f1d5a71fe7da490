"""The database file: how it is opened, brought to the present schema, and set aside when it cannot be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

from edge.clock import NS_PER_S

BUSY_S = 5.0
LARGEST_SEQ = 2**63 - 1
"""The largest row number. SQLite fails on a larger one that it is asked for, instead of not finding it."""


class UnreadableDatabase(Exception):
    """The file cannot be used and must be set aside; `kind` is the word for its new name."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


def _version_1(db: sqlite3.Connection) -> None:
    db.execute("""
        CREATE TABLE part (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          boot_id TEXT NOT NULL, part_id INTEGER NOT NULL,
          state TEXT NOT NULL, reason TEXT, decision TEXT, score REAL, threshold REAL,
          places TEXT NOT NULL, reasons TEXT NOT NULL, model_id TEXT NOT NULL,
          trigger_ns INTEGER NOT NULL, belt_mm REAL NOT NULL, scored_ns INTEGER, closed_ns INTEGER NOT NULL,
          wall_ns INTEGER NOT NULL,
          image TEXT, map TEXT, picture_bytes INTEGER NOT NULL DEFAULT 0, worth INTEGER NOT NULL,
          outbox INTEGER NOT NULL)""")
    db.execute("CREATE INDEX part_by_state ON part (state, seq)")
    db.execute("CREATE INDEX part_in_outbox ON part (seq) WHERE outbox = 0")
    db.execute("CREATE INDEX part_with_picture ON part (worth, seq, picture_bytes) WHERE image IS NOT NULL")
    db.execute("CREATE TABLE tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID")


def _version_2(db: sqlite3.Connection) -> None:
    db.execute("ALTER TABLE part ADD COLUMN label TEXT")
    db.execute("CREATE INDEX part_with_label ON part (seq) WHERE label IS NOT NULL")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_version_1, _version_2)


def open_database(path: Path) -> sqlite3.Connection:
    """Opens the file for writing, made or migrated as need be.

    Raises:
        UnreadableDatabase: the file is damaged, or a newer Ringlight wrote it.
        sqlite3.OperationalError: the disk refuses (full, read-only, I/O error).
    """
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _migrate(db)
        # A full check of a million rows takes seconds on an SD card. This reads the indexes that the start needs;
        # damage elsewhere is met when it is written or read, and ends the same way.
        db.execute("SELECT count(*), max(seq) FROM part WHERE outbox = 0").fetchone()
        db.execute("SELECT sum(picture_bytes) FROM part WHERE image IS NOT NULL").fetchone()
    except (sqlite3.Error, UnreadableDatabase) as error:
        db.close()
        if is_damage(error):
            raise UnreadableDatabase("damaged", str(error)) from error
        raise
    return db


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection for one question; never waits for the writer."""
    uri = path.absolute().as_uri() + "?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None)


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that the file itself is wrong (malformed, not a database), not that the disk refused."""
    return type(error) is sqlite3.DatabaseError


def set_aside(path: Path, images: Path, kind: str, wall_ns: int) -> Path:
    """Renames the database, its log and the picture folder; nothing is deleted. Returns the database's new name.

    The pictures go with it: without their rows the sweep would take them for orphans.
    """
    stamp = datetime.fromtimestamp(wall_ns / NS_PER_S, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    number = 1
    while (new := path.with_name(f"{path.stem}.{kind}-{stamp}-{number}{path.suffix}")).exists():
        number += 1
    for ending in ("-wal", "-shm", ""):
        old = path.with_name(path.name + ending)
        if old.exists():
            old.rename(new.with_name(new.name + ending))
    if images.exists():
        images.rename(images.with_name(f"{images.name}.{kind}-{stamp}-{number}"))
    return new


def _migrate(db: sqlite3.Connection) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise UnreadableDatabase("newer", f"schema version {version}, this Ringlight knows {len(MIGRATIONS)}")
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except sqlite3.Error:
            db.execute("ROLLBACK")
            raise
