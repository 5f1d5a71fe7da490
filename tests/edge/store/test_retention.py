"""Pictures give way in the order of their worth."""

import pytest

from edge.health import Level
from edge.parts import State

BIG = 700  # a side of noise that makes a JPEG of about 0.45 MB at quality 90


def jpgs(files):
    return [name for name in files() if name.endswith(".jpg")]


@pytest.fixture
def disk():
    """Free bytes that the test sets."""
    return {"free": 10**12}


def test_good_pictures_go_before_older_evidence(open_store, record, files):
    """By bytes without priorities, a peer deleted the evidence first."""
    store = open_store(max_image_mb=1, keep_good_every=1)
    for part, state in enumerate((State.REJECTED, State.PASSED, State.PASSED, State.PASSED), start=1):
        store.put(record(part, state, side=BIG))
        store.flush()
    assert "boot-1.jpg" in jpgs(files)
    assert "boot-2.jpg" not in jpgs(files)
    assert len(jpgs(files)) < 4


def test_uninspected_go_before_rejects_and_the_oldest_reject_goes_last(open_store, record, files):
    store = open_store(max_image_mb=1)
    for part, state in enumerate((State.REJECTED, State.UNINSPECTED, State.REJECTED), start=1):
        store.put(record(part, state, side=BIG))
        store.flush()
    assert jpgs(files) == ["boot-1.jpg", "boot-3.jpg"]
    store.put(record(4, State.REJECTED, side=BIG))
    store.flush()
    assert jpgs(files) == ["boot-3.jpg", "boot-4.jpg"]


def test_bytes_on_disk_stay_below_the_bound_and_rows_survive(open_store, record, tmp_path):
    store = open_store(max_image_mb=1)
    for part in range(1, 7):
        store.put(record(part, side=BIG))
        store.flush()
    taken = sum(path.stat().st_size for path in (tmp_path / "data" / "images").glob("*/*"))
    assert 300_000 < taken <= 1_000_000
    assert [row.image is not None for row in store.last(6)] == [True, True, False, False, False, False]


def test_pictures_give_way_when_others_fill_the_disk(open_store, record, files, disk):
    store = open_store(min_free_mb=100, free_bytes=lambda folder: disk["free"])
    for part in (1, 2, 3):
        store.put(record(part, side=BIG))
    store.flush()
    disk["free"] = 100_000_000 - 10
    store.flush()
    assert jpgs(files) == ["boot-2.jpg", "boot-3.jpg"]


def test_rows_are_still_written_when_no_picture_is_left_to_give_way(open_store, record, files, disk):
    disk["free"] = 5
    store = open_store(min_free_mb=100, free_bytes=lambda folder: disk["free"])
    store.put(record(1))
    assert store.flush() == 1
    assert store.put(record(2))
    assert store.flush() == 1
    assert jpgs(files) == []
    assert store.checks()[0].level is Level.WARNING
    disk["free"] = 10**12
    store.flush()
    assert store.checks()[0].level is Level.OK


def test_the_bytes_are_known_after_a_restart(open_store, record, files):
    first = open_store(max_image_mb=1)
    for part in (1, 2):
        first.put(record(part, side=BIG))
    first.flush()
    first.close()
    second = open_store("next", max_image_mb=1)
    second.put(record(1, side=BIG))
    second.flush()
    assert jpgs(files) == ["boot-2.jpg", "next-1.jpg"]


def test_a_lowered_bound_is_met_at_once(open_store, record, files):
    first = open_store(max_image_mb=10)
    for part in range(1, 7):
        first.put(record(part, side=BIG))
    first.flush()
    first.close()
    open_store("next", max_image_mb=1).flush()
    assert jpgs(files) == ["boot-5.jpg", "boot-6.jpg"]


def test_no_picture_is_even_begun_on_a_disk_that_is_too_full(open_store, record, files):
    """Writing first and deleting afterwards would eat the space that belongs to others."""
    seen = []
    store = open_store(min_free_mb=100, free_bytes=lambda folder: seen.append(files()) or 5)
    store.put(record(1))
    store.flush()
    assert seen
    assert not any(seen)
