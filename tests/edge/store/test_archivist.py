"""The thread between the line and the disk."""

import threading

from edge.clock import RealClock
from edge.store import Archivist


def test_it_writes_what_is_put_and_tells_others(open_store, record):
    store, told = open_store(), threading.Event()
    archivist = Archivist(store, RealClock(), told.set)
    archivist.start()
    store.put(record(1))
    assert told.wait(30)
    assert [row.part_id for row in store.last(1)] == [1]
    assert archivist.stop()


def test_stop_writes_everything_that_is_left(open_store, record):
    store = open_store()
    for part in range(1, 601):
        store.put(record(part, picture=False))
    archivist = Archivist(store, RealClock())
    archivist.start()
    assert archivist.stop(30)
    assert sum(store.counts().values()) == 600


def test_a_mistake_elsewhere_does_not_end_it(open_store, record, caplog):
    """A dead thread would fill the backlog and then lose every result."""
    store, calls = open_store(), []
    told = threading.Semaphore(0)

    def then() -> None:
        calls.append(1)
        told.release()
        raise RuntimeError("telemetry is broken")

    archivist = Archivist(store, RealClock(), then)
    archivist.start()
    for part in (1, 2):
        store.put(record(part))
        assert told.acquire(timeout=30)
    assert archivist.stop()
    assert "telemetry is broken" in caplog.text
