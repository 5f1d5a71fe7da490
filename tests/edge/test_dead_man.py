"""A thread that hangs with the gate open, in a process of its own."""

import faulthandler
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edge.clock import NS_PER_S, RealClock
from edge.watchdog import DeadMan

HANGING = Path(__file__).parents[1] / "support" / "hanging.py"


def hang(how):
    """What its pin was told, how it ended, and what it said."""
    done = subprocess.run([sys.executable, HANGING, how], capture_output=True, timeout=30, check=False)
    return done.stdout.decode(), done.returncode, done.stderr.decode()


@pytest.mark.parametrize("how", ["waiting", "web"])
def test_the_pin_falls_where_its_thread_waits_for_ever(how):
    levels, code, said = hang(how)
    assert levels.endswith("10")
    assert code == -signal.SIGALRM
    assert "the pulse thread hangs" in said
    assert "in hang" in said


def test_a_process_whose_interpreter_hangs_is_ended_by_the_kernel():
    """No thread of Python can close the gate then; the kernel takes the pin back."""
    levels, code, said = hang("holding")
    assert levels.endswith("1")
    assert code == -signal.SIGALRM
    assert "in hang" in said


@pytest.fixture
def own_alarm():
    """This process's own timer and signal, given back afterwards."""
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    faulthandler.unregister(signal.SIGALRM)


def test_a_thread_that_ends_is_waited_for_no_more(own_alarm):
    released = []
    dead_man = DeadMan(RealClock(), 60 * NS_PER_S)
    dead_man.start(lambda: released.append(1))
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
    dead_man.end()
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert released == []
