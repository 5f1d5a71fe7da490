"""Every pin factory that can run here, each with a far end that drives and watches its pins."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from gpiozero.pins.mock import MockFactory

from edge.clock import RealClock, VirtualClock
from edge.gpio.factory import GpiodFactory
from edge.virtual.gpiochip import VirtualChips
from edge.virtual.pins import VirtualPinFactory

SIM = Path("/sys/kernel/config/gpio-sim")


class MockBench:
    """gpiozero's own mock, or ours of the virtual line."""

    def __init__(self, clock: VirtualClock, factory: Any) -> None:
        self.clock = clock
        self.factory = factory

    def advance(self, by_ns: int) -> None:
        self.clock.advance(by_ns)

    def drive(self, number: int, high: bool) -> None:
        pin = self.factory.pin(number)
        (pin.drive_high if high else pin.drive_low)()

    def close(self) -> None:
        self.factory.reset()


class ChipBench:
    """Our factory on virtual chips, whose lines bear the names of a Raspberry Pi's."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.chips = VirtualChips({"gpiochip0": [f"GPIO{number}" for number in range(28)]}, self.clock)
        self.factory = GpiodFactory(self.chips, clock=self.clock)
        self._came = threading.Event()
        self._tell = lambda ticks, state: self._came.set()  # pins hold their handlers weakly
        self._probe = self.factory.pin(0)
        self._probe.input_with_pull("down")
        self._probe.when_changed = self._tell
        self._high = False

    def advance(self, by_ns: int) -> None:
        self.clock.advance(by_ns)

    def drive(self, number: int, high: bool) -> None:
        """Returns when the thread that reads edges has told this one."""
        self.chips.drive("gpiochip0", number, high)
        for _ in range(2):  # the first may be read beside it, the second only after it
            self._came.clear()
            self._high = not self._high
            self.chips.drive("gpiochip0", 0, self._high)
            assert self._came.wait(30)

    def close(self) -> None:
        self.factory.close()


class SimBench:
    """Our factory on the kernel's simulated chip (gpio-sim, Documentation/admin-guide/gpio/gpio-sim.rst)."""

    def __init__(self) -> None:
        self._device = SIM / "ringlight"
        (self._device / "bank0").mkdir(parents=True)
        (self._device / "bank0" / "num_lines").write_text("28")
        (self._device / "live").write_text("1")
        self._chip = (self._device / "bank0" / "chip_name").read_text().strip()
        name = (self._device / "dev_name").read_text().strip()
        self._lines = Path("/sys/devices/platform") / name / self._chip
        self.factory = SimFactory(self._chip)
        self.clock = RealClock()

    def advance(self, by_ns: int) -> None:
        self.clock.wait(threading.Event(), by_ns)

    def drive(self, number: int, high: bool) -> None:
        (self._lines / f"sim_gpio{number}" / "pull").write_text("pull-up" if high else "pull-down")

    def close(self) -> None:
        self.factory.close()
        (self._device / "live").write_text("0")
        (self._device / "bank0").rmdir()
        self._device.rmdir()


class SimFactory(GpiodFactory):
    """A number is a line of the simulated chip, as its lines have no names."""

    def __init__(self, chip: str) -> None:
        super().__init__(clock=RealClock())
        find = self.board_info.find_pin
        self.board_info.find_pin = lambda name: find(f"{chip}:{name}" if isinstance(name, int) else name)


def _sim() -> SimBench:
    if not SIM.is_dir():
        pytest.skip("this kernel has no gpio-sim (CONFIG_GPIO_SIM), or no configfs is mounted")
    return SimBench()


def _virtual_line() -> MockBench:
    clock = VirtualClock()
    return MockBench(clock, VirtualPinFactory(clock))


_MAKERS = {
    "gpiozero mock": lambda: MockBench(VirtualClock(), MockFactory()),
    "virtual line": _virtual_line,
    "gpiod on virtual chips": ChipBench,
    "gpiod on gpio-sim": _sim,
}


@pytest.fixture(params=_MAKERS)
def bench(request):
    bench = _MAKERS[request.param]()
    yield bench
    bench.close()


@pytest.fixture
def chips():
    bench = ChipBench()
    yield bench
    bench.close()
