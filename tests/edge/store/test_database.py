"""What the store finds at start: orphans, damage, and files of another age."""

import sqlite3
import subprocess
import sys

import pytest

from edge.health import Level, worst
from edge.parts import Label
from edge.store.database import MIGRATIONS


@pytest.fixture
def database(tmp_path):
    return tmp_path / "data" / "history.db"


def aside(tmp_path):
    return sorted(path.name for path in (tmp_path / "data").glob("history.*-*.db"))


@pytest.mark.parametrize("damage", [b"this is no database, whatever its name says" * 100, b"SQLite format 3\x00" * 300])
def test_a_damaged_file_is_set_aside_and_a_new_one_begins(open_store, record, database, tmp_path, damage):
    database.parent.mkdir()
    database.write_bytes(damage)
    store = open_store()
    store.put(record(1))
    assert store.flush() == 1
    (name,) = aside(tmp_path)
    assert (tmp_path / "data" / name).read_bytes() == damage
    assert worst(store.checks()) is Level.WARNING
    assert name in store.checks()[-1].text


def test_the_pictures_of_a_damaged_history_are_not_swept_away(open_store, record, database, tmp_path):
    """Without their rows all pictures look like orphans."""
    first = open_store()
    first.put(record(1))
    first.flush()
    first.close()
    database.write_bytes(b"?" * 5000)
    open_store("next")
    assert [path.name for path in tmp_path.glob("data/images.damaged-*/*/*.jpg")] == ["boot-1.jpg"]


def test_damage_met_while_running_does_not_repeat_a_number(open_store, record, database, tmp_path):
    store = open_store()
    for part in (1, 2):
        store.put(record(part))
    store.flush()
    store.close()
    store._history.damaged = True
    store.put(record(3))
    assert store.flush() == 1
    assert [row.seq for row in store.last(9)] == [3]
    assert len(aside(tmp_path)) == 1


def test_damage_met_by_a_reader_is_a_fault_and_is_mended_by_the_next_flush(open_store, record, database, tmp_path):
    store = open_store()
    for part in range(1, 200):
        store.put(record(part, picture=False))
    store.flush()
    store.close()
    store.flush()
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (database.stat().st_size - 4096))
    assert store.last(200) == []
    assert "cannot be read" in store.fault
    store.put(record(200))
    assert store.flush() == 1
    assert [row.part_id for row in store.last(5)] == [200]
    assert store.fault is None


def test_a_history_of_a_newer_ringlight_is_set_aside_not_misread(open_store, database, tmp_path):
    open_store().close()
    with sqlite3.connect(database) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    store = open_store()
    assert store.fault is None
    assert "newer" in aside(tmp_path)[0]


def test_a_history_from_before_relabelling_is_brought_up_to_date(open_store, record, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr("edge.store.database.MIGRATIONS", MIGRATIONS[:1])
        old = open_store()
        old.put(record(1))
        old.flush()
        old.close()
    store = open_store("later")
    assert store.fault is None
    assert store.row(1).label is None
    assert store.relabel(1, Label(True, "", "Ada", 0))
    assert store.row(1).label.good


def test_a_history_removed_under_the_running_box_begins_anew(open_store, record, database):
    store = open_store()
    store.put(record(1))
    store.flush()
    for file in database.parent.glob("history.db*"):
        file.unlink()
    store.put(record(2))
    assert store.flush() == 1
    assert [row.part_id for row in store.last(5)] == [2]
    assert store.last(1)[0].seq == 2


def test_files_without_a_row_are_swept_at_start(open_store, record, files, tmp_path):
    first = open_store()
    first.put(record(1))
    first.flush()
    first.close()
    day = next((tmp_path / "data" / "images").iterdir())
    (day / "boot-9.jpg").write_bytes(b"a power cut came before its row")
    (day / "boot-1.jpg.tmp").write_bytes(b"half")
    open_store("next")
    assert files() == ["boot-1.jpg", "boot-1.map.png"]


def test_a_row_whose_picture_is_gone_lets_go_of_it(open_store, record, tmp_path):
    first = open_store()
    first.put(record(1))
    first.flush()
    first.row(1).image.unlink()
    first.close()
    again = open_store("next")
    assert again.row(1).image is None
    assert again._history.picture_bytes == 0


def test_what_was_flushed_survives_a_kill(open_store, tmp_path):
    """kill -9 right after `flush` returned: the rows must be on disk, and the log is replayed."""
    code = (
        "import os, sys; from pathlib import Path\n"
        "from edge.clock import VirtualClock; from edge.config import StoreConfig; from edge.store import Store\n"
        "from edge.parts import Account, Part, Record, State, Trigger\n"
        "store = Store(StoreConfig(folder=Path(sys.argv[1]), min_free_mb=0), VirtualClock(), 'dead')\n"
        "for part in range(1, 51): store.put(Record(Account(Part(part, Trigger(0, 0.0)), State.PASSED, 0), 'm'))\n"
        "store.flush(); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "data")], check=False).returncode == -9
    assert [row.part_id for row in open_store().unpublished(99)] == list(range(1, 51))
