"""The sketch of docs/hardware.md on a simulated controller, and the product's driver at the other end of its port."""

import os
from pathlib import Path

import pytest
from arduino import Board, build, require_toolchain, sketch

from edge.clock import NS_PER_S, VirtualClock
from edge.config import LightConfig
from edge.errors import LightError
from edge.health import Level
from edge.light import LightKeeper, SerialLight, make_light


@pytest.fixture
def light(board):
    light = SerialLight(board.port, 115_200, timeout_ms=10_000)
    yield light
    light.close()


def test_what_is_set_is_what_the_timer_drives_and_what_is_read_back(board, light):
    for brightness in (0.8, 0.001, 1.0, 0.0):
        light.set(brightness)
        assert board.lamp == 1000 * brightness
        assert light.read_back() == brightness


def test_a_reset_makes_it_dark_and_the_next_check_lights_it_again(board, light):
    light.set(0.8)
    board.order("reset")
    assert board.lamp == 0
    board.order("skip 10")  # what is said to a controller that starts is lost
    assert light.check().level is Level.OK
    assert board.lamp == 800
    assert light.lapses == 1


@pytest.mark.parametrize(
    "words", ["SET 1001", "SET -1", "SET ", "SET 12345", "SET 5x", "SET 5 5", "set 5", "MODE BLINK", "", "x" * 200]
)
def test_what_it_does_not_understand_changes_nothing(board, light, words):
    light.set(0.5)
    assert (light._talk(light._opened(), words) or "").startswith("ERR")
    assert board.lamp == 500


def test_half_a_line_of_noise_is_forgotten(board, light):
    """Noise on the wire was put before the next request, which was refused."""
    light.set(0.5)
    os.write(light._opened().fileno(), b"\xff\x00SE")
    board.order("skip 150")
    assert light._talk(light._opened(), "GET") == "OK GET 500"


def test_a_light_that_nobody_asks_goes_dark(tmp_path):
    """A box that lost its power left the lamp on over the weekend."""
    require_toolchain()
    minute = "DARK_AFTER_S = 60;"
    assert minute in sketch()
    board = Board(build(tmp_path, sketch().replace(minute, "DARK_AFTER_S = 1;")))
    light = SerialLight(board.port, 115_200, timeout_ms=10_000)
    light.set(0.8)
    board.order("skip 700")
    assert light.read_back() == 0.8
    board.order("skip 700")
    assert board.lamp == 800
    board.order("skip 600")
    assert board.lamp == 0
    assert light.check().level is Level.OK
    assert board.lamp == 800
    light.close()
    board.pull()


def test_a_strobe_shines_while_the_camera_exposes(board):
    light = make_light(LightConfig(kind="serial", port=board.port, mode="strobe", timeout_ms=3000))
    light.set(0.8)
    assert board.lamp == 0
    level, on_us = board.sync(True)
    assert (level, 0 <= on_us < 20) == (800, True)
    level, off_us = board.sync(False)
    assert (level, 0 <= off_us < 20) == (0, True)
    light.set(0.0)
    assert board.sync(True) == (0, -1)
    light.close()


def test_a_strobe_that_becomes_a_lamp_again_shines_without_the_camera(board, light):
    """Back at `mode = "continuous"`, the controller still waited for the camera: it was told nothing."""
    light.set(0.8)
    assert light._ask("MODE STROBE") == "OK MODE STROBE"
    assert board.lamp == 0
    light.set(0.6)
    assert board.lamp == 600
    assert board.sync(False) == (600, -1)


def test_the_current_is_that_of_the_shunt(board):
    board.order("shunt 1600")  # 320 mA through 0.5 Ω, ten times
    light = make_light(LightConfig(kind="serial", port=board.port, current_ma=320, timeout_ms=3000))
    light.set(0.8)
    assert light.check().level is Level.OK
    board.order("shunt 1200")
    assert "draws 239 mA" in light.check().text
    light.close()


def test_a_strobes_current_is_measured_in_its_flashes(board):
    board.order("shunt 1600")
    light = make_light(LightConfig(kind="serial", port=board.port, mode="strobe", current_ma=400, timeout_ms=3000))
    light.set(0.8)
    assert light.check().level is Level.OK  # no exposure, nothing to say
    board.sync(True)
    assert "draws 319 mA" in light.check().text
    light.close()


def test_a_board_that_starts_anew_when_its_port_is_opened_is_waited_for(firmware):
    """`doctor` opened the port, which reset the board, and said that no light was there."""
    board = Board(firmware, boot_ms=300)
    hasty = SerialLight(board.port, 115_200, timeout_ms=100)
    with pytest.raises(LightError, match="no answer"):
        hasty.set(0.8)
    hasty.close()
    light = SerialLight(board.port, 115_200, timeout_ms=500, boot_ms=20_000)
    light.set(0.8)
    assert board.lamp == 800
    light.close()
    board.pull()


def test_a_light_is_pulled_and_plugged_in_twenty_times_under_a_keeper(firmware, tmp_path):
    port, clock = tmp_path / "usb-RINGLIGHT", VirtualClock()
    board = Board(firmware)
    port.symlink_to(board.port)
    light = make_light(LightConfig(kind="serial", port=str(port), timeout_ms=3000))
    keeper = LightKeeper(light, LightConfig(brightness=0.8), clock)
    keeper.start()
    handles = open_handles()
    for _ in range(20):
        board.pull()
        port.unlink()
        assert after_five_seconds(keeper, clock) is Level.FAULT
        board = Board(firmware)
        port.symlink_to(board.port)
        assert after_five_seconds(keeper, clock) is Level.OK
        assert board.lamp == 800
    assert open_handles() == handles
    keeper.close()
    assert board.lamp == 0
    board.pull()


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def after_five_seconds(keeper: LightKeeper, clock: VirtualClock) -> Level:
    for _ in range(10):
        clock.advance(NS_PER_S // 2)
        keeper.report(0)
    return keeper.checks()[0].level
