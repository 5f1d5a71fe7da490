"""The Arduino sketch of docs/hardware.md, compiled for its controller and run on a simulated one (simavr)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[3] / "docs" / "hardware.md"
CORE = Path("/usr/share/arduino/hardware/arduino/avr")
TARGET = ["-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10807", "-DARDUINO_AVR_UNO", "-DARDUINO_ARCH_AVR"]
# Debian's compiler is older than its Arduino library, and lacks a name in C++ that it has in C.
LANGUAGE = ["-std=gnu++11", "-fno-exceptions", "-fno-threadsafe-statics", "-DDECIMAL_DIG=__DECIMAL_DIG__"]
SOURCES = [
    *("wiring.c", "wiring_analog.c", "wiring_digital.c", "hooks.c", "WInterrupts.c", "main.cpp", "abi.cpp", "new.cpp"),
    *("HardwareSerial.cpp", "HardwareSerial0.cpp", "Print.cpp", "Stream.cpp", "WString.cpp"),
]
PROGRAMS = {"gcc": "cc", "gcc-avr": "avr-gcc"}
FILES = {
    "avr-libc": Path("/usr/lib/avr/include/avr/io.h"),
    "arduino-core-avr": CORE,
    "libsimavr-dev": Path("/usr/include/simavr/sim_avr.h"),
}


def require_toolchain() -> None:
    """Skips the test, naming the Debian packages that are missing."""
    missing = [package for package, program in PROGRAMS.items() if not shutil.which(program)]
    missing += [package for package, file in FILES.items() if not file.exists()]
    if missing:
        pytest.skip(f"not installed: apt-get install {' '.join(missing)}")


def sketch() -> str:
    """The sketch that the page tells people to flash."""
    [found] = re.findall(r"```cpp\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    return found


def build(folder: Path, text: str) -> Path:
    """Compiles a sketch and the board in `folder`; returns the board, which takes `folder`/sketch.elf."""
    (folder / "sketch.cpp").write_text("#include <Arduino.h>\n" + text, encoding="utf-8")
    include = [f"-I{CORE}/cores/arduino", f"-I{CORE}/variants/standard"]
    common = ["avr-gcc", "-Os", "-ffunction-sections", "-fdata-sections", *TARGET, *include]
    sources = [CORE / "cores/arduino" / name for name in SOURCES]
    objects = []
    for source in [*sources, folder / "sketch.cpp"]:
        objects.append(str(folder / f"{source.name}.o"))
        # The library's own warnings are its own; the sketch is to have none.
        care = ["-w"] if source in sources else ["-Wall", "-Wextra", "-Werror"]
        language = LANGUAGE if source.suffix == ".cpp" else []
        _run([*common, *language, *care, "-c", str(source), "-o", objects[-1]])
    _run(["avr-gcc", TARGET[0], "-Wl,--gc-sections", *objects, "-o", str(folder / "sketch.elf"), "-lm"])
    _run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", str(HERE / "board.c"), "-o", str(folder / "board"), "-lsimavr"])
    return folder / "board"


def _run(words: list[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


class Board:
    """A powered board. `.port` is its serial port, which is gone once it is `pulled`."""

    def __init__(self, program: Path, boot_ms: int = 0) -> None:
        self._process = subprocess.Popen(
            [program, program.parent / "sketch.elf", str(boot_ms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.port = self._heard()

    @property
    def lamp(self) -> int:
        """What the timer behind the lamp's pin gives it, 0 to 1000."""
        return int(self.order("lamp").split()[1])

    def sync(self, high: bool) -> tuple[int, int]:
        """Drives the sync input: the lamp's level a millisecond later, and after how many µs it changed (-1: never)."""
        words = self.order(f"sync {int(high)}").split()
        return int(words[1]), int(words[3])

    def order(self, words: str) -> str:
        assert self._process.stdin
        self._process.stdin.write(words + "\n")
        return self._heard()

    def pull(self) -> None:
        """The plug is pulled: port and light are gone."""
        self._process.kill()
        self._process.wait(30)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def _heard(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the board stopped"
        return line.strip()
