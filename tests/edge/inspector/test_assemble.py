"""The line's pins, wired as the configuration says, on a virtual pin factory."""

import pytest

from edge.clock import NS_PER_MS, NS_PER_S, VirtualClock
from edge.config import parse_config
from edge.conveyor import EncoderBelt
from edge.inspector.assemble import LinePins, make_conveyor
from edge.virtual.pins import VirtualPinFactory

TEXT = """
[trigger]
pin = 17
camera_mm = 60
[belt]
encoder_pin = 23
encoder_b_pin = 26
mm_per_tick = 2.0
[ejector]
pin = 27
distance_mm = 400
[gate_eye]
pin = 22
distance_mm = 300
[confirm]
pin = 24
pass_pin = 16
pass_distance_mm = 500
[line_stop]
pin = 25
active = "run"
acknowledge_pin = 5
"""


@pytest.fixture
def heard():
    return []


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def factory(clock):
    factory = VirtualPinFactory(clock)
    yield factory
    factory.reset()


@pytest.fixture
def pins(clock, factory, heard):
    yield from wired(TEXT, clock, factory, heard)


def wired(text, clock, factory, heard):
    pins = LinePins(parse_config(text), clock, factory)

    def note(name):
        return lambda *facts: heard.append((name, *facts))

    names = ("cleared", "step", "arrived", "passed", "chute", "acknowledge")
    pins.listen(note("trigger"), note("tick"), **{name: note(name) for name in names})
    yield pins
    pins.close()


def drive(factory, *edges):
    for pin, high in edges:
        factory.drive(pin, high, 0)


def test_each_input_is_told_to_whom_it_concerns(pins, factory, heard, clock):
    drive(factory, (17, True), (17, False), (22, True), (24, True), (24, False), (16, True), (5, True))
    clock.advance(30 * NS_PER_MS)
    assert heard == [
        ("trigger", 0),
        ("cleared", 0),
        ("arrived", 0),
        ("chute", True, 0),
        ("chute", False, 0),
        ("passed", 0),
        ("acknowledge",),
    ]


def test_a_spike_on_the_buttons_wire_starts_no_line(pins, factory, heard, clock):
    drive(factory, (5, True), (5, False))
    clock.advance(NS_PER_S)
    assert heard == []


def test_the_photo_eye_is_debounced_where_that_is_set(factory, heard, clock):
    for _ in wired(TEXT.replace("[trigger]", "[trigger]\ndebounce_ms = 4"), clock, factory, heard):
        drive(factory, (17, True), (17, False), (17, True))
        clock.advance(4 * NS_PER_MS)
        assert heard == [("trigger", 0)]


def test_two_channels_are_steps_with_a_direction(pins, factory, heard):
    drive(factory, (23, True), (26, True), (23, False), (26, False), (26, True))
    assert [fact[1] for fact in heard] == [1, 1, 1, 1, -1]


def test_a_step_of_two_channels_is_a_quarter_of_a_pulse():
    belt = make_conveyor(parse_config(TEXT), VirtualClock())
    assert isinstance(belt, EncoderBelt)
    belt.step(1, 0)
    assert belt.position(0) == pytest.approx(0.5)


def test_all_outputs_are_inactive_before_the_line_starts_and_after_it_is_closed(pins, factory):
    outputs = factory.pin(27), factory.pin(25)
    assert not any(pin.state for pin in outputs)
    pins.output.on()
    pins.stop_output.on()
    pins.close()
    assert not any(pin.state for pin in outputs)
