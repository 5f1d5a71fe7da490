"""What our factory asks of the kernel."""

import errno
import queue
from datetime import timedelta
from importlib.metadata import entry_points
from typing import Any

import gpiozero
import pytest
from gpiod import LineSettings
from gpiod.line import Bias, Direction, Edge
from gpiozero.exc import GPIOPinInUse, PinInvalidBounce, PinInvalidFunction, PinInvalidPin

from edge.clock import NS_PER_MS, VirtualClock
from edge.gpio.factory import GpiodFactory
from edge.gpio.jetson import AGX_ORIN, ORIN_NX_NANO, find_header, find_model
from edge.gpio.lines import Lines
from edge.virtual.gpiochip import VirtualChips

Input: Any = gpiozero.DigitalInputDevice
Output: Any = gpiozero.DigitalOutputDevice
ORIN = {"gpiochip0": ["PAC.06", "PR.04", "PQ.06"], "gpiochip1": ["PAA.01", "PBB.01"]}


def test_gpiozero_finds_the_factory_by_its_name():
    assert [point.load() for point in entry_points(group="gpiozero_pin_factories") if point.name == "gpiod"] == [
        GpiodFactory
    ]


@pytest.mark.parametrize("high", [False, True])
def test_an_output_gets_direction_and_level_in_one_call(chips, high):
    """An output that became an output first and high second fired the actuator at every start."""
    output = Output(17, initial_value=high, pin_factory=chips.factory)
    assert chips.chips.levels("gpiochip0", 17) == [high]
    output.close()


def test_an_input_asks_for_pull_edges_and_debouncing(chips):
    device = Input(4, pull_up=True, bounce_time=0.005, pin_factory=chips.factory)
    settings = chips.chips.settings("gpiochip0", 4)
    assert (settings.direction, settings.bias) == (Direction.INPUT, Bias.PULL_UP)
    assert (settings.edge_detection, settings.debounce_period) == (Edge.BOTH, timedelta(milliseconds=5))
    device.close()
    assert chips.chips.settings("gpiochip0", 4) is None


class Heard(queue.Queue):
    """What a pin told, in milliseconds; pins hold their handlers weakly."""

    def told(self, ticks: float, state: int) -> None:
        self.put((round(ticks * 1000, 6), state))


def listening(chips, **kinds) -> tuple[Any, Heard]:
    device, seen = Input(4, pull_up=False, pin_factory=chips.factory, **kinds), Heard()
    device.pin.when_changed = seen.told
    return device, seen


def test_an_edge_comes_with_the_kernels_time_not_that_of_the_thread(chips):
    device, seen = listening(chips)
    chips.clock.advance(9000 * NS_PER_MS)
    chips.chips.drive("gpiochip0", 4, True, at_ns=7000 * NS_PER_MS)
    assert seen.get(timeout=30) == (7000, 1)
    device.close()


def test_a_bouncing_contact_is_one_edge_at_its_own_instant(chips):
    """The kernel stamps a debounced edge when it believes it, so that the part lay a bounce time further on."""
    device, seen = listening(chips, bounce_time=0.005)
    for high in (True, False, True):
        chips.clock.advance(NS_PER_MS)
        chips.chips.drive("gpiochip0", 4, high)
    chips.clock.advance(20 * NS_PER_MS)
    for high in (False, True):  # a spike
        chips.chips.drive("gpiochip0", 4, high)
    chips.clock.advance(20 * NS_PER_MS)
    assert seen.get(timeout=30) == (3, 1)
    assert seen.empty()
    device.close()


def test_only_the_edges_that_are_wished_come(chips):
    device, seen = listening(chips)
    device.pin.edges = "falling"
    chips.chips.drive("gpiochip0", 4, True)
    chips.chips.drive("gpiochip0", 4, False)
    assert seen.get(timeout=30)[1] == 0
    device.close()


def test_lost_edges_are_told(chips, caplog):
    device, seen = listening(chips)
    chips.chips.drive("gpiochip0", 4, True)
    assert seen.get(timeout=30)[1] == 1
    with chips.factory.reader._lock:  # the reader is kept from reading, as by a busy machine
        for number in range(1048):
            chips.chips.drive("gpiochip0", 4, number % 2 == 1)
    for _ in range(1024):
        seen.get(timeout=30)
    assert "gpiochip0:4: 24 edges were lost" in caplog.text
    device.close()


@pytest.mark.parametrize(
    ("consumer", "words"),
    [("regulator-fan", "'regulator-fan'"), ("ringlight", "systemctl status"), ("", "another program")],
)
def test_a_line_in_use_says_by_whom(chips, consumer, words):
    chip = chips.chips.open("/dev/gpiochip0")
    other = chip.request_lines(config={17: LineSettings()}, consumer=consumer)
    with pytest.raises(GPIOPinInUse, match=words):
        Output(17, pin_factory=chips.factory)
    other.release()


def test_a_negative_bounce_time_is_refused(chips):
    with pytest.raises(PinInvalidBounce):
        chips.factory.pin(4).bounce = -1


@pytest.fixture
def orin():
    factory = GpiodFactory(VirtualChips(ORIN, VirtualClock()), ORIN_NX_NANO)
    yield factory
    factory.close()


@pytest.mark.parametrize("name", [4, "GPIO4", "BOARD7", "PAC.06", "gpiochip0:0", "/dev/gpiochip0:0"])
def test_a_jetsons_pin_has_many_names_and_is_one_pin(orin, name):
    assert orin.pin(name) is orin.pin("gpiochip0:0")


def test_one_pin_under_two_names_is_still_in_use(orin):
    with (
        Output("BOARD7", pin_factory=orin),
        pytest.raises(GPIOPinInUse),
    ):
        Output("PAC.06", pin_factory=orin)


@pytest.mark.parametrize(
    ("name", "words"),
    [("BOARD1", "header"), ("gpiochip0:3", "0 to 2"), ("gpiochip9:0", "cannot be opened"), ("PZ.99", "no line")],
)
def test_what_is_no_pin_is_told(orin, name, words):
    with pytest.raises(PinInvalidPin, match=words):
        orin.pin(name)


def test_a_chip_that_may_not_be_opened_is_told():
    """The user was in no group, and all pins were said not to exist."""

    class Closed(VirtualChips):
        def open(self, path):
            raise PermissionError(errno.EACCES, "Permission denied", path)

    lines = Lines(Closed({"gpiochip0": ["PAC.06"]}, VirtualClock()), ORIN_NX_NANO)
    with pytest.raises(PinInvalidPin, match=r"/dev/gpiochip0.*group gpio"):
        next(lines.find_pin("BOARD7"))


def test_a_name_on_two_chips_has_to_be_told_apart():
    factory = GpiodFactory(VirtualChips({"gpiochip0": ["EYE"], "gpiochip1": ["EYE"]}, VirtualClock()))
    with pytest.raises(PinInvalidPin, match="say which"):
        factory.pin("EYE")
    factory.close()


NX = b"nvidia,p3768-0000+p3767-0005-super\0nvidia,tegra234\0"
AGX = b"nvidia,p3737-0000+p3701-0005\0nvidia,tegra234\0"
OTHER_CARRIER = b"maker,carrier+p3767-0000\0nvidia,p3767-0000\0nvidia,tegra234\0"


@pytest.mark.parametrize(
    ("words", "model", "header"),
    [
        (NX, "NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super", ORIN_NX_NANO),
        (NX, "NVIDIA Orin NX Developer Kit", ORIN_NX_NANO),
        (AGX, "NVIDIA Jetson AGX Orin Developer Kit", AGX_ORIN),
        (NX, "Some maker's box", None),
        (AGX, "NVIDIA Orin NX Developer Kit", None),
        (OTHER_CARRIER, "Some maker's Orin NX box", None),
        (b"raspberrypi,5-model-b\0brcm,bcm2712\0", "Raspberry Pi 5 Model B Rev 1.0", None),
    ],
)
def test_the_board_is_known_by_its_device_tree(tmp_path, words, model, header):
    """A carrier of another maker has another header, and a pin number of the developer kit drove something else."""
    (tmp_path / "compatible").write_bytes(words)
    (tmp_path / "model").write_bytes(model.encode() + b"\0")
    assert find_header(tmp_path) is header
    assert find_model(tmp_path) == model


def test_a_machine_without_a_device_tree_has_no_header(tmp_path):
    assert find_header(tmp_path) is None
    assert find_model(tmp_path) == ""


def test_a_header_pin_on_an_unknown_board_is_told_with_the_boards_name():
    lines = Lines(VirtualChips({"gpiochip0": ["PAC.06"]}, VirtualClock()), None, "Some maker's box")
    with pytest.raises(PinInvalidPin, match=r"Some maker's box.*gpioinfo"):
        next(lines.find_pin("BOARD7"))


@pytest.fixture
def agx():
    factory = GpiodFactory(VirtualChips(ORIN, VirtualClock()), AGX_ORIN)
    yield factory
    factory.close()


@pytest.mark.parametrize("name", ["BOARD11", 17, "PR.04", "gpiochip0:1"])
def test_a_pin_that_the_carrier_drives_is_no_input(agx, name):
    """A photo-eye on pin 11 of an AGX Orin was wired against the carrier's driver, and never seen."""
    with pytest.raises(PinInvalidFunction, match="output only"):
        Input(name, pull_up=False, pin_factory=agx)
    with pytest.raises(PinInvalidFunction, match="output only"):
        agx.pin(name).input_with_pull("up")
    with Output(name, pin_factory=agx) as output:
        output.on()
        assert output.value == 1
        with pytest.raises(PinInvalidFunction, match="output only"):
            output.pin.function = "input"


def test_the_same_pin_is_an_input_on_another_board(orin):
    Input("BOARD11", pull_up=False, pin_factory=orin).close()


@pytest.mark.parametrize("header", [ORIN_NX_NANO, AGX_ORIN])
def test_a_header_has_22_pins_each_a_line_of_its_own(header):
    assert len(set(header.by_pin.values())) == len(header.by_pin) == len(header.by_bcm) == 22
    assert set(header.by_bcm) == set(range(4, 28)) - {14, 15}
