import pytest

from edge.clock import VirtualClock
from edge.errors import RinglightError
from edge.pins import InputPin, OutputPin
from edge.virtual.pins import VirtualPinFactory


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def pins(clock) -> VirtualPinFactory:
    return VirtualPinFactory(clock)


def listen(pins, clock, **kinds) -> list[int]:
    edges: list[int] = []
    pins.kept = InputPin(17, edges.append, clock, factory=pins, **kinds)
    return edges


def test_an_edge_comes_with_its_own_instant_not_that_of_the_thread(pins, clock):
    edges = listen(pins, clock, pull="down")
    clock.advance(5_000_000_000)
    pins.drive(17, True, at_ns=4_000_000_000)
    assert edges == [pytest.approx(4_000_000_000, abs=2)]


def test_only_the_active_edge_counts(pins, clock):
    edges = listen(pins, clock, pull="down")
    for high in (True, False, True, False):
        pins.drive(17, high, clock.now_ns())
    assert len(edges) == 2


def test_an_active_low_input_counts_the_falling_edge(pins, clock):
    edges = listen(pins, clock, pull="up", active_high=False)
    pins.drive(17, False, clock.now_ns())
    assert len(edges) == 1
    pins.drive(17, True, clock.now_ns())
    assert len(edges) == 1


@pytest.mark.parametrize("active_high", [True, False])
def test_an_output_never_touches_its_active_level_before_it_is_told(pins, active_high):
    """An output that became high first and an output second threw a part at every start."""
    levels: list[bool] = []
    pins.watch(27, lambda high, at_ns: levels.append(high))
    output = OutputPin(27, active_high=active_high, factory=pins)
    assert active_high not in levels
    output.on()
    assert levels[-1] is active_high


def test_closing_an_output_puts_it_to_its_safe_level_first(pins):
    levels: list[bool] = []
    output = OutputPin(27, factory=pins)
    output.on()
    pins.watch(27, lambda high, at_ns: levels.append(high))
    output.close()
    output.close()
    assert levels == [False]


def test_a_pin_that_is_not_there_is_named(pins):
    with pytest.raises(RinglightError, match="GPIO99"):
        OutputPin("GPIO99", factory=pins)


def test_one_pin_cannot_be_two_things(pins, clock):
    kept = OutputPin(17, factory=pins)
    with pytest.raises(RinglightError, match="pin 17"):
        InputPin(17, lambda at_ns: None, clock, factory=pins)
    kept.close()


def test_a_machine_without_gpio_says_so(monkeypatch):
    monkeypatch.setattr("gpiozero.Device.pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "lgpio")
    with pytest.raises(RinglightError, match="GPIOZERO_PIN_FACTORY"):
        OutputPin(17)
