"""The outbox and the bounds of the history."""

from edge.parts import State


def fill(store, record, parts, **kwargs):
    for part in parts:
        store.put(record(part, picture=kwargs.get("picture", False)))
    store.flush()


def test_what_is_published_leaves_the_outbox(open_store, record):
    store = open_store()
    fill(store, record, range(1, 6))
    assert store.mark_published([1, 3])
    assert [row.seq for row in store.unpublished(10)] == [2, 4, 5]
    assert store.outbox_depth() == 3
    assert len(store.last(10)) == 5


def test_unpublished_goes_on_after_a_row(open_store, record):
    store = open_store()
    fill(store, record, range(1, 6))
    assert [row.seq for row in store.unpublished(2, after=2)] == [3, 4]


def test_the_outbox_survives_a_restart(open_store, record):
    store = open_store()
    fill(store, record, range(1, 4))
    store.mark_published([1])
    store.close()
    again = open_store("next")
    assert again.outbox_depth() == 2
    assert [(row.seq, row.boot_id) for row in again.unpublished(10)] == [(2, "boot"), (3, "boot")]


def test_the_oldest_are_given_up_beyond_the_outbox(open_store, record):
    store = open_store(outbox_rows=3)
    fill(store, record, range(1, 6))
    assert [row.seq for row in store.unpublished(10)] == [3, 4, 5]
    assert (store.given_up, store.outbox_depth()) == (2, 3)
    assert len(store.last(10)) == 5, "they stay as history"
    assert "2 results were never published" in store.checks()[1].text


def test_given_up_is_remembered_over_restarts(open_store, record):
    store = open_store(outbox_rows=3)
    fill(store, record, range(1, 6))
    store.close()
    assert open_store(outbox_rows=3).given_up == 2


def test_a_receipt_that_comes_twice_counts_once(open_store, record):
    store = open_store()
    fill(store, record, range(1, 4))
    store.mark_published([2])
    store.mark_published([2, 99])
    assert store.outbox_depth() == 2


def test_where_nobody_publishes_nothing_waits(open_store, record):
    """A box without MQTT must not pile up a million results for a broker that comes next year."""
    store = open_store(outbox_rows=0)
    fill(store, record, range(1, 4))
    assert (store.outbox_depth(), store.unpublished(9), store.given_up) == (0, [], 0)


def test_old_rows_are_pruned_unless_they_wait_or_have_a_picture(open_store, record):
    store = open_store(history_rows=3)
    fill(store, record, [1], picture=True)
    fill(store, record, range(2, 8))
    store.mark_published([1, 3, 4, 5, 6, 7])
    fill(store, record, [8, 9, 10])
    assert sorted(row.seq for row in store.last(99)) == [1, 2, 8, 9, 10]
    assert store.counts()[State.REJECTED] == 10


def test_marking_fails_politely_when_the_disk_refuses(open_store, record):
    store = open_store()
    fill(store, record, [1])
    store.close()
    assert store.mark_published([1]) is False
    assert store.flush() == 0, "which opens the history again"
    assert store.mark_published([1]) is True
