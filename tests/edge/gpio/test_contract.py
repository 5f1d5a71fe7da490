"""What every pin factory must do for the box, whichever it is."""

import queue
from typing import Any

import gpiozero
import pytest
from gpiozero.exc import GPIOPinInUse, PinInvalidFunction, PinInvalidPin, PinInvalidPull, PinSetInput

from edge.clock import NS_PER_MS, VirtualClock
from edge.errors import RinglightError
from edge.pins import InputPin, OutputPin

Input: Any = gpiozero.DigitalInputDevice
Output: Any = gpiozero.DigitalOutputDevice


class Heard(queue.Queue):
    """What a pin told; pins hold their handlers weakly."""

    def told(self, ticks: float, state: int) -> None:
        self.put((ticks, state))


@pytest.mark.parametrize("high", [False, True])
def test_an_output_starts_at_the_level_that_it_is_given(bench, high):
    with Output(17, initial_value=high, pin_factory=bench.factory) as output:
        assert output.pin.function == "output"
        assert output.pin.state == high


def test_an_output_is_switched(bench):
    with Output(17, pin_factory=bench.factory) as output:
        output.on()
        assert output.pin.state == 1
        output.off()
        assert output.pin.state == 0


def test_an_output_that_is_active_low_rests_high(bench):
    output = OutputPin(17, active_high=False, factory=bench.factory)
    assert bench.factory.pin(17).state == 1
    output.on()
    assert bench.factory.pin(17).state == 0
    output.close()


def test_an_input_sees_what_the_far_end_drives(bench):
    with Input(4, pull_up=False, pin_factory=bench.factory) as device:
        bench.drive(4, True)
        assert device.value == 1
        bench.drive(4, False)
        assert device.value == 0
        with pytest.raises(PinSetInput):
            device.pin.state = 1


@pytest.mark.parametrize("pull", ["up", "down"])
def test_the_pull_is_kept(bench, pull):
    pin = bench.factory.pin(4)
    pin.input_with_pull(pull)
    assert (pin.function, pin.pull) == ("input", pull)


def test_both_edges_come_in_their_order_with_their_time(bench):
    seen = Heard()
    with Input(4, pull_up=False, pin_factory=bench.factory) as device:
        device.pin.when_changed = seen.told
        before = bench.factory.ticks()
        bench.drive(4, True)
        first = seen.get(timeout=30)
        bench.drive(4, False)
        second = seen.get(timeout=30)
        assert [first[1], second[1]] == [1, 0]
        assert bench.factory.ticks_diff(first[0], before) >= -1e-6
        assert bench.factory.ticks_diff(second[0], first[0]) >= 0


def test_a_handler_that_is_taken_away_hears_nothing(bench):
    seen = Heard()
    with Input(4, pull_up=False, pin_factory=bench.factory) as device:
        device.pin.when_changed = seen.told
        bench.drive(4, True)
        assert seen.get(timeout=30)[1] == 1
        device.pin.when_changed = None
        bench.drive(4, False)
        bench.drive(4, True)
        device.pin.when_changed = seen.told
        bench.drive(4, False)
        assert seen.get(timeout=30)[1] == 0
        assert seen.empty()


def test_one_pin_cannot_be_two_things(bench):
    with (
        Output(17, pin_factory=bench.factory),
        pytest.raises(GPIOPinInUse),
    ):
        Input(17, pin_factory=bench.factory)


def test_a_pin_that_was_closed_may_be_something_else(bench):
    Output(17, pin_factory=bench.factory).close()
    with Input(17, pull_up=False, pin_factory=bench.factory) as device:
        assert device.pin.function == "input"


def test_a_pin_is_one_object_under_its_name(bench):
    assert bench.factory.pin(17) is bench.factory.pin(17)


def test_what_is_no_pin_pull_or_function_is_refused(bench):
    with pytest.raises(PinInvalidPin):
        bench.factory.pin("NO-SUCH-PIN")
    pin = bench.factory.pin(4)
    with pytest.raises(PinInvalidPull):
        pin.input_with_pull("sideways")
    with pytest.raises(PinInvalidFunction):
        pin.function = "decoration"


def test_the_boxs_own_pins_run_on_it(bench):
    output = OutputPin(27, factory=bench.factory)
    edges: queue.Queue = queue.Queue()
    eye = InputPin(17, edges.put, VirtualClock(), pull="down", factory=bench.factory)
    bench.drive(17, True)
    assert edges.get(timeout=30) <= 0
    assert eye.active
    with pytest.raises(RinglightError, match="27"):
        OutputPin(27, factory=bench.factory)
    eye.close()
    output.close()


def test_a_bouncing_contact_is_one_edge_with_the_instant_since_when_it_has_held(bench):
    """Each factory takes a bounce time for something else, and gpiozero's own tell no instant but that of the call."""
    edges: queue.Queue = queue.Queue()
    start = bench.clock.now_ns()
    kinds: dict[str, Any] = {"pull": "down", "debounce_ns": 20 * NS_PER_MS, "factory": bench.factory}
    eye = InputPin(17, lambda at_ns: edges.put((True, at_ns - start)), bench.clock, **kinds)
    bench.drive(17, True)  # a spike
    bench.advance(NS_PER_MS)
    bench.drive(17, False)
    bench.advance(50 * NS_PER_MS)
    for high in (True, False, True):
        bench.drive(17, high)
        bench.advance(15 * NS_PER_MS)
    bench.advance(50 * NS_PER_MS)
    high, at_ns = edges.get(timeout=30)
    assert high
    assert 70 * NS_PER_MS <= at_ns <= bench.clock.now_ns() - start - 64 * NS_PER_MS  # the third of 51, 66 and 81 ms
    assert edges.empty()
    eye.close()


def test_both_edges_of_a_debounced_input_are_told(bench):
    edges: queue.Queue = queue.Queue()
    eye = InputPin(
        *(17, lambda at_ns: edges.put("dark"), bench.clock),
        pull="down",
        debounce_ns=NS_PER_MS,
        factory=bench.factory,
        on_inactive=lambda at_ns: edges.put("bright"),
    )
    for high in (True, False):
        bench.drive(17, high)
        bench.advance(5 * NS_PER_MS)
    assert [edges.get(timeout=30), edges.get(timeout=30)] == ["dark", "bright"]
    eye.close()
    bench.drive(17, True)
    bench.advance(5 * NS_PER_MS)
    assert edges.empty()
