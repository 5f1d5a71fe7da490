import threading

import pytest

from edge.clock import RealClock, VirtualClock


def test_virtual_time_stands_still_until_it_is_advanced():
    clock = VirtualClock()
    assert clock.now_ns() == clock.now_ns() == 0
    clock.advance(7)
    assert clock.now_ns() == 7


def test_booked_actions_happen_in_order_each_at_its_own_instant():
    clock, seen = VirtualClock(), []
    for when in (30, 10, 20):
        clock.at(when, lambda when=when: seen.append((when, clock.now_ns())))
    clock.advance(100)
    assert seen == [(10, 10), (20, 20), (30, 30)]


def test_an_action_may_book_another_within_the_same_step():
    clock, seen = VirtualClock(), []
    clock.at(10, lambda: clock.at(15, lambda: seen.append(clock.now_ns())))
    clock.advance(20)
    assert seen == [15]


def test_waiting_lets_time_pass_up_to_the_event():
    clock, event = VirtualClock(), threading.Event()
    clock.at(40, event.set)
    assert clock.wait(event, 100)
    assert clock.now_ns() == 40


def test_waiting_for_nothing_takes_the_whole_time():
    clock = VirtualClock()
    assert not clock.wait(threading.Event(), 100)
    assert clock.now_ns() == 100


def test_time_does_not_run_backwards():
    with pytest.raises(ValueError, match="backwards"):
        VirtualClock().advance(-1)


def test_wall_time_moves_with_virtual_time():
    clock = VirtualClock(wall_start_ns=1000)
    clock.advance(5)
    assert clock.wall_ns() == 1005


def test_the_real_clock_never_steps_back():
    clock = RealClock()
    times = [clock.now_ns() for _ in range(1000)]
    assert times == sorted(times)
