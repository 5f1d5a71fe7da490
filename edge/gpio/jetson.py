"""The 40-pin headers of NVIDIA's Jetson Orin developer kits.

Header pin, its number on a Raspberry Pi ("BCM"), and the kernel's name of its line, from the pin tables of NVIDIA's
library Jetson.GPIO 2.1.13 (`gpio_pin_data.py`). Names and not offsets: the kernel numbers lines anew now and then.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_COMPATIBLE = Path("/proc/device-tree/compatible")

# Modules p3767 (Orin NX and Orin Nano) on the carriers p3768 and p3509.
_ORIN_NX_NANO = """
7:4:PAC.06 11:17:PR.04 12:18:PH.07 13:27:PY.00 15:22:PN.01 16:23:PY.04 18:24:PY.03 19:10:PZ.05 21:9:PZ.04 22:25:PY.01
23:11:PZ.03 24:8:PZ.06 26:7:PZ.07 29:5:PQ.05 31:6:PQ.06 32:12:PG.06 33:13:PH.00 35:19:PI.02 36:16:PR.05 37:26:PY.02
38:20:PI.01 40:21:PI.00
"""
# Modules p3701 (AGX Orin) on the carrier p3737.
_AGX_ORIN = """
7:4:PQ.06 11:17:PR.04 12:18:PH.07 13:27:PR.00 15:22:PN.01 16:23:PBB.01 18:24:PH.00 19:10:PZ.05 21:9:PZ.04 22:25:PP.04
23:11:PZ.03 24:8:PZ.06 26:7:PZ.07 29:5:PAA.01 31:6:PAA.00 32:12:PBB.00 33:13:PAA.02 35:19:PI.02 36:16:PR.05
37:26:PAA.03 38:20:PI.01 40:21:PI.00
"""


@dataclass(frozen=True, slots=True)
class Header:
    """A board's header: the kernel's line names by header pin and by BCM number."""

    board: str
    by_pin: dict[int, str]
    by_bcm: dict[int, str]

    def line(self, name: str) -> str | None:
        """The line's name for `BOARD7` (header pin 7) or `GPIO4` (as the Raspberry Pi numbers it)."""
        for prefix, table in (("BOARD", self.by_pin), ("GPIO", self.by_bcm)):
            number = name.removeprefix(prefix)
            if name.startswith(prefix) and number.isdigit():
                return table.get(int(number))
        return None


def _header(board: str, rows: str) -> Header:
    pins = [row.split(":") for row in rows.split()]
    return Header(board, {int(pin): line for pin, _, line in pins}, {int(bcm): line for _, bcm, line in pins})


ORIN_NX_NANO = _header("Jetson Orin NX or Orin Nano", _ORIN_NX_NANO)
AGX_ORIN = _header("Jetson AGX Orin", _AGX_ORIN)


def find_header(compatible: Path = _COMPATIBLE) -> Header | None:
    """The header of the board that this is; None where it is none of those."""
    try:
        words = compatible.read_bytes().decode("ascii", "replace").split("\0")
    except OSError:
        return None
    if any("p3767" in word for word in words):
        return ORIN_NX_NANO
    if any("p3701" in word for word in words):
        return AGX_ORIN
    return None
