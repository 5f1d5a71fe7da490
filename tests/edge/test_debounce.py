import queue

from hypothesis import given
from hypothesis import strategies as st

from edge.clock import NS_PER_MS, RealClock
from edge.debounce import Debounce, DebouncedEdges

PERIOD = 100


def told(edges: list[tuple[bool, int]], end_ns: int) -> list[tuple[bool, int]]:
    found: list[tuple[bool, int]] = []
    debounce = Debounce(PERIOD, lambda high, at_ns: found.append((high, at_ns)), high=False)
    for high, at_ns in edges:
        debounce.edge(high, at_ns)
    debounce.settle(end_ns)
    return found


def test_a_level_is_believed_once_it_has_held():
    assert told([(True, 10)], end_ns=109) == []
    assert told([(True, 10)], end_ns=110) == [(True, 10)]


def test_a_spike_is_no_edge():
    assert told([(True, 10), (False, 60)], end_ns=1000) == []


def test_the_instant_is_that_of_the_last_bounce():
    assert told([(True, 10), (False, 20), (True, 30)], end_ns=1000) == [(True, 30)]


def test_an_edge_that_was_believed_late_is_told_before_the_next_one():
    """A thread that came late lost the level that had held between two edges."""
    assert told([(True, 10), (False, 500)], end_ns=1000) == [(True, 10), (False, 500)]


@given(st.lists(st.integers(1, 400), max_size=60))
def test_what_is_told_alternates_and_is_every_level_that_held(gaps):
    edges, at_ns, high = [], 0, False
    for gap in gaps:
        at_ns, high = at_ns + gap, not high
        edges.append((high, at_ns))
    end_ns = at_ns + PERIOD
    held = [
        edge
        for edge, then in zip(edges, [*(at for _, at in edges[1:]), end_ns], strict=False)
        if then - edge[1] >= PERIOD
    ]
    expected: list[tuple[bool, int]] = []
    for edge in held:
        if edge[0] is not (expected[-1][0] if expected else False):
            expected.append(edge)
    assert told(edges, end_ns) == expected


def test_on_the_real_clock_a_thread_tells_what_nothing_follows():
    heard: queue.Queue = queue.Queue()
    clock = RealClock()
    edges = DebouncedEdges(5 * NS_PER_MS, lambda high, at_ns: heard.put((high, at_ns)), False, clock)
    at_ns = clock.now_ns()
    edges.edge(True, at_ns)
    assert heard.get(timeout=30) == (True, at_ns)
    edges.close()
    edges.edge(False, clock.now_ns())
    assert heard.empty()


def test_a_listener_that_fails_makes_no_pin_deaf():
    heard: queue.Queue = queue.Queue()
    clock = RealClock()

    def fails_once(high, at_ns):
        heard.put(high)
        if high:
            raise RuntimeError("a mistake of ours")

    edges = DebouncedEdges(NS_PER_MS, fails_once, False, clock)
    edges.edge(True, clock.now_ns())
    assert heard.get(timeout=30) is True
    edges.edge(False, clock.now_ns())
    assert heard.get(timeout=30) is False
    edges.close()
