"""What the store promises to the line, the page and telemetry."""

import resource
import threading
from pathlib import Path

import cv2
import numpy as np

from edge.health import Level, worst
from edge.parts import Decision, Label, Place, Reason, State
from edge.picture import load_image


def test_a_row_comes_back_as_it_was_put(open_store, record):
    store = open_store()
    assert store.put(record(7))
    assert store.flush() == 1
    row = store.row(1)
    assert (row.seq, row.boot_id, row.part_id, row.state, row.reason) == (1, "boot", 7, State.REJECTED, None)
    assert (row.decision, row.score, row.threshold, row.where) == (Decision.REJECT, 3.5, 2.0, (Place(1, 2, 3, 4),))
    assert (row.reasons, row.model_id, row.belt_mm) == (("score",), "model-1", 70.0)
    assert (row.trigger_ns, row.scored_ns, row.closed_ns) == (7000, 7400, 7500)


def test_wall_time_is_the_closing_of_the_account_not_the_writing(open_store, record):
    store = open_store()
    store._clock.advance(10_000_000)
    store.put(record(1))
    store._clock.advance(5_000_000_000)
    store.flush()
    assert store.row(1).wall_ns == store._clock.wall_ns() - store._clock.now_ns() + 1500


def test_a_part_nobody_looked_at_has_no_score(open_store, record):
    store = open_store()
    store.put(record(1, State.UNINSPECTED, picture=False))
    store.flush()
    row = store.row(1)
    assert (row.reason, row.score, row.decision, row.image, row.map) == (Reason.LATE, None, None, None, None)


def test_a_score_that_is_no_number_is_kept_as_none(open_store, record):
    """JSON has no NaN: one such row would stop every later result."""
    store = open_store()
    store.put(record(1, threshold=float("nan")))
    store.put(record(2, threshold=float("inf")))
    store.flush()
    assert [row.threshold for row in store.last(2)] == [None, None]


def test_last_is_newest_first_and_by_state(open_store, record):
    store = open_store()
    for part, state in enumerate((State.PASSED, State.REJECTED, State.PASSED, State.UNINSPECTED), start=1):
        store.put(record(part, state, picture=False))
    store.flush()
    assert [row.part_id for row in store.last(3)] == [4, 3, 2]
    assert [row.part_id for row in store.last(9, [State.PASSED])] == [3, 1]
    assert [row.part_id for row in store.last(2, [State.REJECTED, State.PASSED])] == [3, 2]


def test_counts_go_on_over_boots(open_store, record):
    first = open_store("one")
    first.put(record(1, State.PASSED))
    first.flush()
    first.close()
    second = open_store("two")
    second.put(record(1, State.REJECTED))
    second.flush()
    assert second.counts() == {State.PASSED: 1, State.REJECTED: 1, State.UNINSPECTED: 0}
    assert [row.boot_id for row in second.last(5)] == ["two", "one"]


def test_put_touches_no_disk(open_store, record, tmp_path):
    store = open_store()
    store.put(record(1))
    assert store.waiting == 1
    assert store.last(1) == []
    assert not (tmp_path / "data" / "images").exists()


def test_a_full_backlog_loses_the_row_and_counts_it(open_store, record):
    store = open_store(backlog_rows=2)
    assert [store.put(record(part)) for part in (1, 2, 3)] == [True, True, False]
    assert store.dropped == 1
    assert store.flush() == 2
    assert worst(store.checks()) is Level.WARNING


def test_pictures_are_let_go_before_rows_and_good_ones_first(open_store, record, files):
    store = open_store(backlog_pictures=2, keep_good_every=1)
    for part, state in enumerate((State.REJECTED, State.PASSED, State.REJECTED), start=1):
        assert store.put(record(part, state))
    assert store.flush() == 3
    assert [name for name in files() if name.endswith(".jpg")] == ["boot-1.jpg", "boot-3.jpg"]


def test_without_good_ones_the_oldest_picture_is_let_go(open_store, record, files):
    store = open_store(backlog_pictures=1)
    for part in (1, 2, 3):
        store.put(record(part))
    store.flush()
    assert [name for name in files() if name.endswith(".jpg")] == ["boot-3.jpg"]
    assert "2 pictures were let go" in store.checks()[1].text


def test_each_so_many_th_good_picture_is_kept(open_store, record, files):
    store = open_store(keep_good_every=3)
    for part in range(1, 8):
        store.put(record(part, State.PASSED))
    store.flush()
    assert [name for name in files() if name.endswith(".jpg")] == ["boot-3.jpg", "boot-6.jpg"]


def test_no_good_picture_is_kept_where_none_is_wanted(open_store, record, files):
    store = open_store(keep_good_every=0)
    store.put(record(1, State.PASSED))
    store.flush()
    assert files() == []


def test_the_picture_keeps_its_colours(open_store, record):
    store = open_store()
    one = record(1, side=32)
    one.image[:] = (250, 120, 10)
    store.put(one)
    store.flush()
    row = store.row(1)
    assert row.image.name == "boot-1.jpg"
    assert row.image.parent.name == "2023-11-14"
    picture = cv2.imread(str(row.image))
    assert picture is not None
    np.testing.assert_allclose(picture[16, 16], (10, 120, 250), atol=6)


def test_the_map_shows_the_threshold_as_128(open_store, record):
    store = open_store()
    store.put(record(1, side=200))
    store.flush()
    grey = cv2.imread(str(store.row(1).map), cv2.IMREAD_UNCHANGED)
    assert grey is not None
    assert grey.shape == (128, 128)
    assert grey.dtype == np.uint8
    assert set(np.unique(grey)) == {128}


def test_a_disk_that_refuses_keeps_rows_waiting_until_it_takes_them(open_store, record):
    """RLIMIT_FSIZE makes the kernel refuse every write beyond a size: a full disk without root's help."""
    store = open_store()
    store.put(record(1))
    store.flush()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    store.put(record(2))
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        refused, fault, level = store.flush(), store.fault, worst(store.checks())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (refused, store.waiting, level) == (0, 1, Level.FAULT)
    assert "Free space" in fault
    assert store.flush() == 1
    assert store.fault is None
    assert store.row(2).image.exists(), "the picture waits with its row"


def test_a_row_does_not_wait_for_a_picture_that_cannot_be_written(open_store, record, tmp_path):
    store = open_store()
    (tmp_path / "data" / "images").write_text("a file where a folder should be")
    store.put(record(1))
    assert store.flush() == 1
    assert store.row(1).image is None
    assert "1 pictures could not be written" in store.checks()[1].text


def test_a_broken_picture_does_not_hold_up_the_rest(open_store, record):
    store = open_store()
    store.put(record(1, side=0))
    store.put(record(2))
    assert store.flush() == 2
    assert [row.image is None for row in store.last(2)] == [False, True]


def test_a_folder_that_cannot_be_made_is_a_fault_until_it_can(open_store, record, tmp_path):
    (tmp_path / "data").write_text("in the way")
    store = open_store()
    assert store.fault
    assert store.put(record(1))
    assert store.flush() == 0
    (tmp_path / "data").unlink()
    assert store.flush() == 1
    assert store.fault is None


def test_readers_in_other_threads_see_what_is_written(open_store, record):
    store = open_store()
    seen: list[int] = []
    go, looked = threading.Semaphore(0), threading.Semaphore(0)

    def read() -> None:
        for _ in range(20):
            go.acquire()
            seen.append(len(store.last(100)))
            looked.release()

    reader = threading.Thread(target=read)
    reader.start()
    for part in range(1, 21):
        store.put(record(part, picture=False))
        store.flush()
        go.release()
        assert looked.acquire(timeout=30)
    reader.join(30)
    assert seen == list(range(1, 21))


def test_a_healthy_store_says_so(open_store, record):
    store = open_store()
    store.put(record(1))
    store.flush()
    (check,) = store.checks()
    assert (check.name, check.level) == ("history", Level.OK)
    assert check.text.startswith("1 parts")


def test_paths_lie_in_the_folder(open_store, record, tmp_path):
    store = open_store()
    store.put(record(1))
    store.flush()
    row = store.row(1)
    assert isinstance(row.image, Path)
    assert row.image.is_relative_to(tmp_path / "data" / "images")
    assert row.map.name == "boot-1.map.png"


def test_what_an_operator_says_is_kept_and_its_picture_is_the_last_to_give_way(open_store, record, files):
    store = open_store()
    for part_id in (1, 2):
        store.put(record(part_id, State.REJECTED))
    store.flush()
    said = Label(good=True, kind="", who="Ada", wall_ns=7)
    assert store.relabel(1, said)
    assert not store.relabel(99, said)
    store.close()
    free = iter([999_999])
    again = open_store("later", min_free_mb=1, free_bytes=lambda folder: next(free, 10**9))
    row = again.row(1)
    assert row is not None
    assert row.label == said
    assert [row.seq for row in again.page("relabelled", 0, 10)] == [1]
    assert [row.seq for row in again.page(State.REJECTED, 0, 10)] == [2]
    again.flush()  # one byte too few is free: one picture has to go
    assert "boot-1.jpg" in files()
    assert "boot-2.jpg" not in files()


def test_pages_go_on_after_the_last_row(open_store, record):
    store = open_store()
    for part_id in range(1, 6):
        store.put(record(part_id))
    store.flush()
    assert [row.seq for row in store.page(State.REJECTED, 2, 2)] == [3, 4]


def test_pictures_are_kept_without_loss_where_that_is_wanted(open_store, record, files):
    store = open_store(picture="png")
    part = record(1)
    store.put(part)
    store.flush()
    assert files() == ["boot-1.map.png", "boot-1.png"]
    row = store.row(1)
    assert row is not None
    assert row.image is not None
    np.testing.assert_array_equal(load_image(row.image), part.image)


def test_a_row_beyond_all_numbers_is_not_remembered(open_store):
    """SQLite fails on a number of more than 64 bits; the page answered 500 instead of 404."""
    store = open_store()
    assert store.row(10**30) is None
    assert not store.relabel(10**30, Label(True, "", "me", 0))
