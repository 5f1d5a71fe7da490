"""The book of rolls: roll maps in SQLite beside the pictures of defects, and the outbox of what is to be published.

The line's threads only put into memory; one slow thread writes. A disk that hangs holds up nothing.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2

from edge.clock import Clock
from edge.disk import replace_durably
from edge.errors import RinglightError
from edge.health import Check, Level
from edge.store.database import LARGEST_SEQ
from edge.web.cut_off import close_cut_off
from edge.web.finding import Finding, RollEntry, as_csv, as_json
from edge.web.ledger import Lengths
from edge.web.pictures import FindingPictures
from edge.web.roll import Roll, Stretch, WebEvent
from edge.web.tables import FINDING, ROLL, make_tables, models_text, roll_entry

_BACKLOG = 2000
_log = logging.getLogger(__name__)
_Task = Callable[[sqlite3.Connection], object]


class RollBook:
    """Roll maps below `folder`: `rolls.db`, and `rolls/<key>/` with the pictures and, once a roll has ended, its map as
    `map.json` and `map.csv`.

    `began`, `event`, `stretch` and `ended` may be called by the line's threads and return at once; `flush` is called by
    one slow thread; everything else by anyone.

    Args:
        most_events: findings of a roll that are kept. keep_rolls: older rolls are removed with their pictures.
        max_image_mb, min_free_mb: bounds of the pictures, see `FindingPictures`.
        box: name for the exports. published: whether anybody publishes findings.

    Raises:
        RinglightError: the disk refuses. A damaged book is set aside instead.
    """

    def __init__(
        self, folder: Path, clock: Clock, boot_id: str, *, box: str = "", most_events: int = 10_000,
        keep_rolls: int = 200, jpeg_quality: int = 90, max_image_mb: int = 2000, min_free_mb: int = 0,
        published: bool = True,
    ) -> None:  # fmt: skip
        self.wake = threading.Event()
        self.fault: str | None = None
        self.dropped = 0
        self._pictures_lost = 0
        self.given_up = 0
        self._folder, self._clock, self._boot_id, self._box = folder, clock, boot_id, box
        self._most, self._keep = most_events, keep_rolls
        self._pictures = FindingPictures(folder, jpeg_quality, max_image_mb, min_free_mb)
        self._outbox = 0 if published else 1
        self._tasks: deque[_Task] = deque()
        self._found: dict[int, int] = {}
        self._writing = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._aside = ""
        self._cut_off = 0
        try:
            self._make()
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise RinglightError(
                    f"{folder / 'rolls.db'}: cannot be opened ({error}). Mend the box's disk."
                ) from error
            self._set_aside()
            self._make()

    @property
    def waiting(self) -> int:
        """Notes that are in memory only."""
        return len(self._tasks)

    def close(self) -> None:
        """Writes what is left. Nothing else is open between two notes."""
        self.flush()

    def recover(self) -> None:
        """Closes rolls that an earlier run of the box left open. Only the box itself may call it, before its first
        roll begins: another program would end the roll that is under way."""
        self._later(self._close_cut_off)

    def began(self, roll: Roll, width_mm: float) -> None:
        """A roll began."""
        values = (self._boot_id, roll.id, roll.name, self._clock.wall_ns(), width_mm)
        sql = "INSERT INTO roll (boot_id, id, name, started_ns, width_mm) VALUES (?, ?, ?, ?, ?)"
        self._later(lambda db: db.execute(sql, values))

    def event(self, event: WebEvent) -> None:
        """A defect is complete."""
        if self._counts(event.roll_id):
            wall = self._clock.wall_ns()
            self._later(lambda db: self._write_event(db, event, wall))

    def stretch(self, stretch: Stretch, width_mm: float) -> None:
        """A length was not inspected."""
        if not self._counts(stretch.roll_id):
            return
        wall, at = self._clock.wall_ns(), round(stretch.at_mm / 1000, 6)
        row = {"kind": "uninspected", "at_m": at, "across_mm": 0.0, "length_mm": round(stretch.length_mm, 3)}
        row |= {"width_mm": width_mm, "why": stretch.why.value, "continues": 0, "wall_ns": wall, "number": None}
        self._later(lambda db: self._insert(db, stretch.roll_id, row))

    def progress(self, roll_id: int, lengths: Lengths, models: Sequence[str] = ()) -> None:
        """How far a roll is that runs, and who judged it: what is left of its account if the power fails now."""
        told, roll = lengths.to_dict(), (self._boot_id, roll_id)
        values = (told["travelled_mm"], told["inspected_mm"], told["uninspected_mm"], models_text(models))
        sql = "UPDATE roll SET travelled_mm = ?, inspected_mm = ?, uninspected_mm = ?, models = ? WHERE boot_id = ?"
        self._later(lambda db: db.execute(f"{sql} AND id = ? AND ended_ns IS NULL", (*values, *roll)))

    def ended(self, roll: Roll) -> None:
        """Everything is known of a roll."""
        lengths, wall = roll.lengths().to_dict(), self._clock.wall_ns()
        values = (
            wall,
            lengths["travelled_mm"],
            lengths["inspected_mm"],
            lengths["uninspected_mm"],
            models_text(roll.models),
        )
        left_out = max(0, self._found.pop(roll.id, 0) - self._most)
        self._later(lambda db: self._end(db, roll.id, values, left_out), always=True)

    def flush(self) -> bool:
        """Writes what waits; False where the disk refused: `fault` says why, and the next call tries again."""
        with self._writing:
            try:
                self._write(list(self._tasks))
            except (OSError, sqlite3.Error, cv2.error) as error:
                self.fault = f"{self._folder}: roll maps cannot be saved ({error}). Free space, or mend the disk."
                _log.error("%s", self.fault)
                return False
            self.fault = None
            return True

    def rolls(self, n: int = 50) -> list[RollEntry]:
        """The newest `n` rolls, the newest first."""
        return [roll_entry(row) for row in self._read(f"SELECT {ROLL} FROM roll ORDER BY key DESC LIMIT ?", n)]

    def key_of(self, roll_id: int) -> int | None:
        """The key of a roll of this start of the box; None until its beginning is written."""
        found = self._read("SELECT key FROM roll WHERE boot_id = ? AND id = ?", self._boot_id, roll_id)
        return found[0][0] if found else None

    def roll(self, key: int) -> RollEntry | None:
        """One roll, or None."""
        found = self._read(f"SELECT {ROLL} FROM roll WHERE key = ?", min(key, LARGEST_SEQ))
        return roll_entry(found[0]) if found else None

    def findings(self, key: int) -> list[Finding]:
        """All that is known of a roll, in the order of its places."""
        return self._findings("WHERE roll = ? ORDER BY at_m, seq", min(key, LARGEST_SEQ))

    def newest(self, n: int) -> list[Finding]:
        """The `n` findings that were written last, the newest first."""
        return self._findings("ORDER BY seq DESC LIMIT ?", n)

    def finding(self, seq: int) -> Finding | None:
        """One finding, or None."""
        return next(iter(self._findings("WHERE seq = ?", min(seq, LARGEST_SEQ))), None)

    def unpublished(self, limit: int, after: int = 0) -> list[Finding]:
        """Findings that telemetry has not delivered, oldest first, with `seq` larger than `after`."""
        return self._findings("WHERE outbox = 0 AND seq > ? ORDER BY seq LIMIT ?", after, limit)

    def mark_published(self, seqs: Sequence[int]) -> bool:
        """Notes durably that the broker has these. False where the disk refused: try again later."""
        try:
            with self._writing, closing(self._open()) as db, db:
                db.executemany("UPDATE finding SET outbox = 1 WHERE seq = ?", [(seq,) for seq in seqs])
        except sqlite3.Error as error:
            _log.warning("published findings cannot be marked as such yet: %s", error)
            return False
        return True

    def outbox_depth(self) -> int:
        """Findings on disk that wait for telemetry."""
        found = self._read("SELECT count(*) FROM finding WHERE outbox = 0")
        return int(found[0][0]) if found else 0

    def checks(self) -> list[Check]:
        """What a person should know of the book and its disk."""
        if self.fault:
            return [Check("roll maps", Level.FAULT, self.fault)]
        if self.dropped:
            text = f"{self.dropped} findings were lost because the disk could not keep up."
            return [Check("roll maps", Level.WARNING, text, "Use a faster disk; see the log.")]
        if self._pictures.short_of_space:
            text = f"The disk of {self._folder} is almost full: no pictures of findings are kept."
            return [Check("roll maps", Level.WARNING, text, "Free space on it, or lower store.min_free_mb.")]
        if self._pictures_lost:
            text = f"{self._pictures_lost} pictures of findings could not be written."
            return [Check("roll maps", Level.WARNING, text, "Free space on this disk; see the log.")]
        if self._aside:
            text = f"The book of rolls was damaged and is kept as {self._aside} in {self._folder}."
            return [Check("roll maps", Level.WARNING, text, "Copy what you need of it, then delete it.")]
        if self._cut_off:
            text = f"{self._cut_off} rolls were cut off as the box ended without being stopped; their maps say where."
            return [Check("roll maps", Level.WARNING, text, "What passed after that was inspected by nobody.")]
        return [Check("roll maps", Level.OK, "Roll maps are kept.")]

    def _make(self) -> None:
        with closing(self._open()) as db:
            make_tables(db)

    def _set_aside(self) -> None:
        """A damaged file is kept for people, and a new one is begun."""
        path = self._folder / "rolls.db"
        self._aside = f"rolls.damaged-{self._clock.wall_ns()}.db"
        _log.error("%s is damaged; it is kept as %s", path, self._aside)
        path.rename(path.with_name(self._aside))
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)

    def _counts(self, roll_id: int) -> bool:
        """Whether one more finding of this roll is kept."""
        self._found[roll_id] = self._found.get(roll_id, 0) + 1
        return self._found[roll_id] <= self._most

    def _later(self, task: _Task, *, always: bool = False) -> None:
        if len(self._tasks) >= _BACKLOG and not always:
            self.dropped += 1
            return
        self._tasks.append(task)
        self.wake.set()

    def _write(self, tasks: list[_Task]) -> None:
        if not tasks:
            return
        with closing(self._open()) as db:
            with db:
                for task in tasks:
                    task(db)
            for _ in tasks:
                self._tasks.popleft()

    def _close_cut_off(self, db: sqlite3.Connection) -> None:
        for key in close_cut_off(db, self._clock.wall_ns(), self._outbox):
            self._export(db, key)
            self._cut_off += 1

    def _write_event(self, db: sqlite3.Connection, event: WebEvent, wall_ns: int) -> None:
        row: dict[str, Any] = {**event.to_dict(), "kind": "defect", "wall_ns": wall_ns}
        row["continues"] = int(event.continues)
        if event.image is not None:
            try:
                row["image"] = self._pictures.save(self._key(db, event.roll_id), event.number, event.image)
            except (OSError, cv2.error) as error:
                # A finding never waits for its picture, and holds up none of those that follow.
                self._pictures_lost += 1
                _log.warning("the picture of a finding cannot be kept: %s", error)
        self._insert(db, event.roll_id, row)

    def _insert(self, db: sqlite3.Connection, roll_id: int, row: dict[str, Any]) -> None:
        key = self._key(db, roll_id)
        if row["number"] is None:
            sql = "SELECT count(*) + 1 FROM finding WHERE roll = ? AND kind = 'uninspected'"
            row = {**row, "number": db.execute(sql, (key,)).fetchone()[0]}
        row = {**row, "roll": key, "boot_id": self._boot_id, "outbox": self._outbox}
        names = ", ".join(row)
        db.execute(f"INSERT INTO finding ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))

    def _end(self, db: sqlite3.Connection, roll_id: int, values: tuple[Any, ...], left_out: int) -> None:
        key = self._key(db, roll_id)
        names = ("ended_ns", "travelled_mm", "inspected_mm", "uninspected_mm", "models", "left_out")
        sql = f"UPDATE roll SET {', '.join(f'{name} = ?' for name in names)} WHERE key = ?"
        db.execute(sql, (*values, left_out, key))
        self._export(db, key)
        for (old,) in db.execute("SELECT key FROM roll WHERE key <= ?", (key - self._keep,)).fetchall():
            self._forget(db, old)

    def _export(self, db: sqlite3.Connection, key: int) -> None:
        roll = roll_entry(db.execute(f"SELECT {ROLL} FROM roll WHERE key = ?", (key,)).fetchone())
        rows = db.execute(f"SELECT {FINDING} FROM finding WHERE roll = ? ORDER BY at_m, seq", (key,))
        findings = [self._finding_of(row) for row in rows]
        folder = self._folder / "rolls" / str(key)
        folder.mkdir(parents=True, exist_ok=True)
        replace_durably(folder / "map.json", as_json(roll, findings, self._box).encode())
        replace_durably(folder / "map.csv", as_csv(findings).encode())

    def _forget(self, db: sqlite3.Connection, key: int) -> None:
        """What is published of an old roll goes; a finding that waits for the broker keeps its row."""
        db.execute("DELETE FROM finding WHERE roll = ? AND outbox <> 0", (key,))
        if not db.execute("SELECT 1 FROM finding WHERE roll = ? LIMIT 1", (key,)).fetchone():
            db.execute("DELETE FROM roll WHERE key = ?", (key,))
        self._pictures.forget(key)

    def _key(self, db: sqlite3.Connection, roll_id: int) -> int:
        sql, names = "SELECT key FROM roll WHERE boot_id = ? AND id = ?", (self._boot_id, roll_id)
        found = db.execute(sql, names).fetchone()
        if found is None:
            # The book was lost under the running box, or the roll's beginning with it.
            values = (*names, "", self._clock.wall_ns(), 0.0)
            db.execute("INSERT INTO roll (boot_id, id, name, started_ns, width_mm) VALUES (?, ?, ?, ?, ?)", values)
            found = db.execute(sql, names).fetchone()
        return found[0]

    def _findings(self, where: str, *values: object) -> list[Finding]:
        return [self._finding_of(row) for row in self._read(f"SELECT {FINDING} FROM finding {where}", *values)]

    def _finding_of(self, row: Sequence[Any]) -> Finding:
        values = dict(zip(FINDING.split(", "), row, strict=True))
        image = values.pop("image")
        values["continues"] = bool(values["continues"])
        return Finding(**values, image=self._folder / image if image else None)

    def _read(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with closing(self._open()) as db:
                return db.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            self.fault = f"{self._folder / 'rolls.db'}: cannot be read ({error}). Check the disk."
            return []

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._folder / "rolls.db", timeout=5.0)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        return db
