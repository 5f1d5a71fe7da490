"""Who reads the edges of all pins, and in what order they are told."""

import queue
from typing import Any

import gpiozero

from edge.clock import NS_PER_MS

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
