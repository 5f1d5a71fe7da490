"""Who reads the edges of all pins, and in what order they are told."""

import queue
import threading
from typing import Any

import gpiozero
import pytest

from edge.clock import NS_PER_MS
from edge.config import parse_config
from edge.inspector.assemble import LinePins

Input: Any = gpiozero.DigitalInputDevice


class Heard(queue.Queue):
    """What a pin told; pins hold their handlers weakly."""

    def told(self, ticks: float, state: int) -> None:
        self.put(state)


def test_edges_of_two_pins_come_in_the_order_in_which_they_happened(chips):
    """Read pin by pin, an encoder's two channels ran forth and back, and the belt stood still."""
    seen: queue.Queue[tuple[str, int]] = queue.Queue()
    channels = [Input(number, pin_factory=chips.factory) for number in (17, 4)]
    a, b = (lambda ticks, state: seen.put(("a", state))), (lambda ticks, state: seen.put(("b", state)))
    channels[0].pin.when_changed, channels[1].pin.when_changed = a, b
    chips.chips.drive("gpiochip0", 4, True)  # the reader knows of both from here on
    assert seen.get(timeout=30) == ("b", 1)
    chips.chips.drive("gpiochip0", 4, False)
    assert seen.get(timeout=30) == ("b", 0)
    with chips.factory.reader._lock:  # the reader is kept from reading, as by a busy machine
        for number, high in ((17, True), (4, True), (17, False), (4, False)):
            chips.clock.advance(NS_PER_MS)
            chips.chips.drive("gpiochip0", number, high)
    assert [seen.get(timeout=30) for _ in range(4)] == [("a", 1), ("b", 1), ("a", 0), ("b", 0)]
    for channel in channels:
        channel.close()


def test_a_listener_that_fails_leaves_the_other_pins_heard(chips):
    """The thread that reads the edges ended with it, and nobody saw another part come."""

    def fail(ticks, state):
        raise RuntimeError("oops")

    deaf = Input(17, pin_factory=chips.factory)
    deaf.pin.when_changed = fail
    device, seen = Input(4, pin_factory=chips.factory), Heard()
    device.pin.when_changed = seen.told
    chips.chips.drive("gpiochip0", 17, True)
    chips.chips.drive("gpiochip0", 4, True)
    assert seen.get(timeout=30) == 1
    chips.chips.drive("gpiochip0", 4, False)
    assert seen.get(timeout=30) == 0
    for one in (deaf, device):
        one.close()


@pytest.mark.parametrize("channels", [1, 2])
def test_edges_of_the_encoder_that_were_lost_are_told_to_the_line(chips, channels):
    """They stood in the log, and the gate threw out what lay that much further on."""
    text = "[trigger]\nkind = 'detect'\ncamera_mm = 60\n[ejector]\ndistance_mm = 400\n[belt]\nencoder_pin = 23\n"
    config = parse_config(text + ("encoder_b_pin = 24\n" if channels == 2 else ""))
    missed, ticked, told = [], threading.Event(), []
    pins = LinePins(config, chips.clock, chips.factory)

    def step(direction, at_ns):
        (told if direction else missed).append(direction)
        if direction:
            ticked.set()

    pins.listen(lambda at_ns: None, lambda at_ns: step(1, at_ns), step=step)
    chips.chips.drive("gpiochip0", 23, True)
    assert ticked.wait(30)
    ticked.clear()
    with chips.factory.reader._lock:  # the reader is kept from reading, as by a busy machine
        for number in range(1030):
            chips.chips.drive("gpiochip0", 23, number % 2 == 1)
    assert ticked.wait(30)
    assert len(missed) >= 6
    pins.close()
