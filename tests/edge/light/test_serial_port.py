"""The real driver and the virtual lamp, at the two ends of a real pseudo-terminal."""

import os

import pytest

from edge.config import LightConfig
from edge.errors import LightError
from edge.health import Level
from edge.light import NoLight, SerialLight, make_light
from edge.virtual.light import VirtualRingLight


@pytest.fixture
def lamp():
    lamp = VirtualRingLight()
    yield lamp
    lamp.close()


@pytest.fixture
def light(lamp):
    light = SerialLight(lamp.port, 115_200, timeout_ms=10_000)
    yield light
    light.close()


def test_the_lamp_shines_as_told(lamp, light):
    light.set(0.8)
    assert lamp.brightness == 0.8
    assert light.check().level is Level.OK
    assert lamp.mistakes == []


def test_a_lamp_that_shines_darker_than_told_is_a_fault(lamp, light):
    light.set(0.8)
    lamp.dim = 0.5
    check = light.check()
    assert check.level is Level.FAULT
    assert "0.40" in check.text
    assert check.mend


def test_a_silent_lamp_is_an_error_with_the_port_in_it(lamp):
    lamp.mute = True
    light = SerialLight(lamp.port, 115_200, timeout_ms=30)
    with pytest.raises(LightError, match="no answer to SET 500"):
        light.set(0.5)


def test_a_lamp_that_was_silent_is_set_again_by_the_next_check(lamp, light):
    lamp.mute = True
    light._timeout_s = 0.03
    with pytest.raises(LightError):
        light.set(0.5)
    lamp.mute = False
    lamp.told = 0
    light._timeout_s = 2.0
    assert light.check().level is Level.OK
    assert lamp.brightness == 0.5


def test_closing_makes_it_dark(lamp, light):
    light.set(1.0)
    light.close()
    assert lamp.brightness == 0


def test_a_port_that_is_not_there_is_a_fault_with_a_mend():
    check = SerialLight("/dev/ttyNOT-THERE", 9600, 100).check()
    assert check.level is Level.FAULT
    assert "light.port" in check.mend


def test_a_lamp_that_was_reset_is_set_again(lamp, light):
    """The controller started anew behind an open port, stayed dark, and was a fault until the box was restarted."""
    light.set(0.8)
    lamp.told = 0
    assert light.check().level is Level.OK
    assert lamp.brightness == 0.8


def test_a_lamp_is_pulled_and_plugged_in_again_while_the_box_runs(tmp_path):
    port = tmp_path / "usb-RINGLIGHT"  # the stable name, which comes and goes with the device

    def plug() -> VirtualRingLight:
        lamp = VirtualRingLight()
        port.unlink(missing_ok=True)
        port.symlink_to(lamp.port)
        return lamp

    lamp = plug()
    light = SerialLight(str(port), 115_200, timeout_ms=3000)
    light.set(0.8)
    for _ in range(5):
        lamp.close()
        assert light.check().level is Level.FAULT
        port.unlink()
        assert "light.port" in light.check().mend
        lamp = plug()
        assert light.check().level is Level.OK
        assert lamp.brightness == 0.8
    light.close()
    lamp.close()


def test_a_lamp_that_was_reset_says_that_it_lapsed(lamp, light):
    light.set(0.8)
    light.check()
    assert light.lapses == 0
    lamp.told = 0
    light.check()
    assert light.lapses == 1


def test_a_letter_that_was_lost_on_the_wire_is_no_fault(lamp, light):
    """Beside a motor, one line of ten thousand was garbled, and each was an alarm."""
    light.set(0.8)
    answer, garbled = lamp.answer, ["O GET 800", "ERR not understood"]
    lamp.answer = lambda request: garbled.pop() if garbled and lamp.told else answer(request)
    assert light.check().level is Level.FAULT  # twice is no accident
    garbled.append("OK G?")
    assert light.check().level is Level.OK
    assert garbled == []


def test_what_is_no_ring_light_is_told(lamp):
    """A GPS receiver at the port that was meant for the lamp was a light that failed now and then."""
    lamp.answer = lambda request: "$GPGGA,092750.000"
    light = SerialLight(lamp.port, 115_200, timeout_ms=10_000)
    assert "no ring light" in light.check().text


def test_a_controller_that_starts_anew_when_its_port_is_opened_is_waited_for(lamp):
    asked = []

    def booting(request: str) -> str:
        asked.append(request)
        lamp.mute = len(asked) < 3
        return type(lamp).answer(lamp, request)

    lamp.answer = booting
    light = SerialLight(lamp.port, 115_200, timeout_ms=500, boot_ms=20_000)
    light.set(0.8)
    assert asked == ["ID?", "ID?", "ID?", "MODE CONTINUOUS", "SET 800"]
    light.close()


def test_a_slow_answer_is_not_taken_for_the_next_one(lamp, light):
    light.set(0.8)
    os.write(lamp._master, b"OK GET 100\n")  # late, of an earlier question
    assert light.check().text == "shines at 0.80"


def test_a_strobe_is_switched_on_with_the_light(lamp):
    light = make_light(LightConfig(kind="serial", port=lamp.port, mode="strobe", timeout_ms=3000))
    light.set(0.8)
    assert lamp.strobe
    light.close()


def test_a_light_that_knows_no_strobe_is_refused(lamp):
    lamp.version = 1
    light = make_light(LightConfig(kind="serial", port=lamp.port, mode="strobe", timeout_ms=3000))
    with pytest.raises(LightError, match="MODE STROBE"):
        light.set(0.8)
    light.close()


def test_a_strobe_that_flashed_for_nobody_has_no_current_to_tell(lamp):
    light = make_light(LightConfig(kind="serial", port=lamp.port, mode="strobe", current_ma=320, timeout_ms=3000))
    light.set(0.8)
    answer = lamp.answer
    lamp.answer = lambda request: "ERR no exposure" if request == "CURRENT" else answer(request)
    assert light.check().level is Level.OK
    light.close()


def test_a_strand_that_burnt_out_is_seen_by_its_current(lamp):
    light = make_light(LightConfig(kind="serial", port=lamp.port, current_ma=320, timeout_ms=3000))
    light.set(0.8)
    assert light.check().level is Level.OK
    light.set(0.4)
    assert light.check().level is Level.OK
    lamp.current_ma = 300
    check = light.check()
    assert check.level is Level.WARNING
    assert check.text == "draws 120 mA at 0.40, 160 mA when it was new"
    light.close()


@pytest.mark.parametrize("brightness", [-0.1, 1.1])
def test_brightness_out_of_range_never_reaches_the_lamp(lamp, light, brightness):
    with pytest.raises(LightError, match="0 to 1"):
        light.set(brightness)
    assert lamp.told == 0


@pytest.mark.parametrize(
    "line", ["SET", "SET 1001", "SET -1", "set 5", "SET 5 5", "", "SET 0x10", "MODE", "MODE BLINK"]
)
def test_the_lamp_obeys_only_what_the_protocol_says(lamp, line):
    assert lamp.answer(line) == "ERR not understood"
    assert lamp.told == 0
    assert lamp.mistakes == [line]


def test_no_light_configured_is_said():
    light = make_light(LightConfig())
    assert isinstance(light, NoLight)
    assert light.check().level is Level.INFO


def test_the_far_end_is_a_real_terminal(lamp):
    descriptor = os.open(lamp.port, os.O_RDWR | os.O_NOCTTY)
    try:
        assert os.isatty(descriptor)
    finally:
        os.close(descriptor)
