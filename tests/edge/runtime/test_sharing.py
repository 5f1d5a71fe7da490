"""Tiles that threads share."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from small_bundle import SIDE, brightness_graph

from edge.runtime import Runtime
from edge.runtime.sharing import Sharing, cores

CPU = "CPUExecutionProvider"


@pytest.fixture
def tiles():
    return np.random.default_rng(0).integers(0, 256, (19, SIDE, SIDE, 3), np.uint8)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_however_many_share_them_each_tile_keeps_its_own_score(threads, tiles):
    """Scores in the order in which threads finished: a defect was told at another tile's place."""
    alone, shared = (
        Runtime(brightness_graph(), [CPU], 1).score(tiles),
        Sharing(brightness_graph(), threads).score(tiles),
    )
    np.testing.assert_array_equal(shared.score, alone.score)
    np.testing.assert_array_equal(shared.anomaly_map, alone.anomaly_map)


def test_two_callers_do_not_get_each_others_scores(tiles):
    sharing = Sharing(brightness_graph(), 2)
    with ThreadPoolExecutor(2) as callers:
        one, other = callers.map(sharing.score, [tiles, tiles[::-1]])
    np.testing.assert_array_equal(one.score, other.score[::-1])


def test_what_a_run_raises_reaches_the_caller(tiles, monkeypatch):
    """A strip of which a helper's half was not scored was taken as inspected."""
    sharing, caller, failed = Sharing(brightness_graph(), 2), threading.current_thread(), threading.Event()
    session, _ = sharing._opened()

    class BrokenInHelpers:
        def run(self, *call):
            if threading.current_thread() is not caller:
                failed.set()
                raise RuntimeError("no memory")
            assert failed.wait(10), "the caller leaves tiles over, so that a helper takes some"
            return session.run(*call)

    monkeypatch.setattr(sharing, "_session", BrokenInHelpers())
    with pytest.raises(RuntimeError, match="no memory"):
        sharing.score(tiles)


@pytest.mark.parametrize(("n", "shares"), [(1, False), (3, False), (4, True), (18, True)])
def test_a_part_of_few_tiles_is_left_to_the_threads_of_a_layer(n, shares):
    assert Sharing(brightness_graph(), 2).worth(n) is shares


def test_a_picture_of_many_tiles_is_shared_and_one_tile_is_not(tiles, monkeypatch):
    runtime, seen = Runtime(brightness_graph(), [CPU], 2), []
    assert runtime._sharing is not None
    score = runtime._sharing.score
    monkeypatch.setattr(runtime._sharing, "score", lambda pixels: seen.append(len(pixels)) or score(pixels))
    runtime.score(tiles)
    runtime.score(tiles[:1])
    assert seen == [19]


def test_one_thread_shares_with_nobody():
    assert Runtime(brightness_graph(), [CPU], 1)._sharing is None


def test_no_number_of_threads_stands_for_all_cores():
    assert cores(0) >= 1
    assert cores(3) == 3
