"""The tables of the book of rolls."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from edge.web.finding import RollEntry

_SCHEMA = """
CREATE TABLE IF NOT EXISTS roll (key INTEGER PRIMARY KEY AUTOINCREMENT, boot_id TEXT NOT NULL, id INTEGER NOT NULL,
  name TEXT NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER, width_mm REAL NOT NULL, travelled_mm REAL,
  inspected_mm REAL, uninspected_mm REAL, left_out INTEGER NOT NULL DEFAULT 0, models TEXT NOT NULL DEFAULT '',
  UNIQUE (boot_id, id));
CREATE TABLE IF NOT EXISTS finding (seq INTEGER PRIMARY KEY AUTOINCREMENT, roll INTEGER NOT NULL, boot_id TEXT NOT NULL,
  number INTEGER NOT NULL, kind TEXT NOT NULL, at_m REAL NOT NULL, across_mm REAL NOT NULL, length_mm REAL NOT NULL,
  width_mm REAL NOT NULL, area_mm2 REAL, peak REAL, threshold REAL, model_id TEXT, continues INTEGER NOT NULL, why TEXT,
  wall_ns INTEGER NOT NULL, image TEXT, outbox INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS finding_of_roll ON finding (roll, at_m);
CREATE INDEX IF NOT EXISTS finding_in_outbox ON finding (seq) WHERE outbox = 0;
"""
ROLL = "key, name, started_ns, ended_ns, width_mm, travelled_mm, inspected_mm, uninspected_mm, left_out, models"
FINDING = (
    "seq, roll, boot_id, number, kind, at_m, across_mm, length_mm, width_mm, area_mm2, peak, threshold, model_id, "
    "continues, why, wall_ns, image"
)
_BETWEEN = "\n"


def make_tables(db: sqlite3.Connection) -> None:
    """Makes what is not there, also in a book of an earlier version."""
    db.executescript(_SCHEMA)
    if "models" not in {row[1] for row in db.execute("PRAGMA table_info(roll)")}:
        db.execute("ALTER TABLE roll ADD COLUMN models TEXT NOT NULL DEFAULT ''")


def models_text(models: Sequence[str]) -> str:
    """The models of a roll as its row has them."""
    return _BETWEEN.join(models)


def roll_entry(row: Sequence[Any]) -> RollEntry:
    """The columns of `ROLL` as an entry."""
    *values, models = row
    return RollEntry(*values, models=tuple(filter(None, models.split(_BETWEEN))))
