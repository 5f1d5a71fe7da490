"""What every light must do for the line, whichever it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge.config import LightConfig
from edge.errors import RinglightError
from edge.health import Level
from edge.light import Light, make_light
from edge.virtual.light import VirtualRingLight


@dataclass
class Bench:
    """A light, and how bright it really is (0 to 1)."""

    light: Light
    brightness: Callable[[], float]


def pwm() -> Iterator[Bench]:
    factory = MockFactory(pin_class=MockPWMPin)
    light = make_light(LightConfig(kind="pwm", pin=18), factory)
    yield Bench(light, lambda: factory.pin(18).state)
    factory.reset()


def serial(mode="continuous") -> Iterator[Bench]:
    lamp = VirtualRingLight()
    yield Bench(make_light(LightConfig(kind="serial", port=lamp.port, timeout_ms=3000)), lambda: lamp.brightness)
    lamp.close()


_MAKERS = {"pwm": pwm, "serial": serial, "arduino": None}


@pytest.fixture(params=_MAKERS)
def bench(request):
    if request.param == "arduino":
        board = request.getfixturevalue("board")
        light = make_light(LightConfig(kind="serial", port=board.port, timeout_ms=3000))
        yield Bench(light, lambda: board.lamp / 1000)
        light.close()
        return
    yield from _MAKERS[request.param]()


@pytest.mark.parametrize("brightness", [0.0, 0.001, 0.5, 1.0])
def test_it_shines_as_told(bench, brightness):
    bench.light.set(brightness)
    assert bench.brightness() == pytest.approx(brightness)
    bench.light.close()


def test_a_check_of_a_light_that_is_well_is_well(bench):
    bench.light.set(0.8)
    assert bench.light.check().level is Level.OK
    assert bench.light.lapses == 0
    bench.light.close()


@pytest.mark.parametrize("brightness", [-0.1, 1.1, float("nan")])
def test_a_brightness_that_is_none_changes_nothing(bench, brightness):
    bench.light.set(0.5)
    with pytest.raises(RinglightError, match="0 to 1"):
        bench.light.set(brightness)
    assert bench.brightness() == pytest.approx(0.5)
    bench.light.close()


def test_it_is_dark_before_it_is_told_anything(bench):
    assert bench.brightness() == 0
    bench.light.close()


def test_closing_makes_it_dark_and_may_be_done_twice(bench):
    bench.light.set(1.0)
    bench.light.close()
    bench.light.close()
    assert bench.brightness() == 0


def test_who_has_no_light_may_do_the_same():
    light = make_light(LightConfig())
    light.set(0.5)
    assert (light.check().level, light.lapses) == (Level.INFO, 0)
    light.close()
