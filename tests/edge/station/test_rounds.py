import threading

from edge.clock import RealClock
from edge.station.rounds import Rounds


def test_a_mistake_in_one_round_does_not_end_the_others():
    """A report that failed once left the page blind, and systemd ended a line that worked."""
    stopping, calls = threading.Event(), []

    def do() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError("a mistake of ours")
        stopping.set()

    rounds = Rounds("reporter", RealClock(), stopping, do)
    rounds.start()
    rounds.join()
    assert len(calls) == 2
