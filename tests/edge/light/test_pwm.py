from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from edge.clock import VirtualClock
from edge.errors import RinglightError
from edge.gpio.factory import GpiodFactory
from edge.light import PwmLight
from edge.virtual.gpiochip import VirtualChips
from edge.virtual.pins import VirtualPinFactory


@pytest.mark.parametrize(
    "make",
    [
        lambda: GpiodFactory(VirtualChips({"gpiochip0": ["GPIO18"]}, VirtualClock())),
        lambda: VirtualPinFactory(VirtualClock()),
        MockFactory,
    ],
)
def test_pins_without_pwm_are_told_with_what_helps(make):
    """On a Jetson: "'GpiodPin' object has no attribute", and nobody knew what to buy."""
    factory = make()
    with pytest.raises(RinglightError, match=r'no PWM.*light\.kind = "serial"'):
        PwmLight(18, factory=factory)
    factory.close()


def test_a_lamp_at_a_pin_in_use_is_told():
    factory = MockFactory(pin_class=MockPWMPin)
    kept = PwmLight(18, factory=factory)
    with pytest.raises(RinglightError, match=r"pin 18: .*in use"):
        PwmLight(18, factory=factory)
    kept.close()


def test_the_frequency_is_the_one_that_was_asked_for():
    """gpiozero's own 100 Hz beat with the exposures: each picture was of another brightness."""
    factory = MockFactory(pin_class=MockPWMPin)
    light, pin = PwmLight(18, 2000, factory=factory), factory.pin(18)
    frequency: Any = pin.frequency
    assert frequency == 2000
    light.close()
