"""The 40-pin headers of NVIDIA's Jetson Orin developer kits.

Header pin, its number on a Raspberry Pi ("BCM"), and the kernel's name of its line, from the pin tables of NVIDIA's
library Jetson.GPIO 2.1.13 (`gpio_pin_data.py`). Names and not offsets: the kernel numbers lines anew now and then.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_TREE = Path("/proc/device-tree")

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
    """A board's header: the kernel's line names by header pin and by BCM number, and those lines that the carrier
    drives, so that they are outputs only."""

    board: str
    by_pin: dict[int, str]
    by_bcm: dict[int, str]
    output_only: frozenset[str] = frozenset()

    def line(self, name: str) -> str | None:
        """The line's name for `BOARD7` (header pin 7) or `GPIO4` (as the Raspberry Pi numbers it)."""
        for prefix, table in (("BOARD", self.by_pin), ("GPIO", self.by_bcm)):
            number = name.removeprefix(prefix)
            if name.startswith(prefix) and number.isdigit():
                return table.get(int(number))
        return None


def _header(board: str, rows: str, output_only: tuple[str, ...] = ()) -> Header:
    pins = [row.split(":") for row in rows.split()]
    by_pin = {int(pin): line for pin, _, line in pins}
    return Header(board, by_pin, {int(bcm): line for _, bcm, line in pins}, frozenset(output_only))


ORIN_NX_NANO = _header("Jetson Orin NX or Orin Nano", _ORIN_NX_NANO)
AGX_ORIN = _header("Jetson AGX Orin", _AGX_ORIN, ("PR.04",))

# By what `compatible` says of carrier and module, and what `model` has to say then. Other carriers take the same
# modules and have other headers.
_BOARDS = [
    (re.compile(r"nvidia,p(3768|3509)-\d+\+p3767-"), re.compile(r"Orin (NX|Nano)"), ORIN_NX_NANO),
    (re.compile(r"nvidia,p3737-\d+\+p3701-"), re.compile(r"AGX Orin"), AGX_ORIN),
]


def find_header(tree: Path = _TREE) -> Header | None:
    """The header of the board that this is; None where it is none of those.

    Args:
        tree: folder of the machine's device tree.
    """
    words, model = _words(tree / "compatible"), find_model(tree)
    for carrier, name, header in _BOARDS:
        if any(carrier.match(word) for word in words) and name.search(model):
            return header
    return None


def find_model(tree: Path = _TREE) -> str:
    """What the machine's device tree calls it; empty where it has none."""
    return _words(tree / "model")[0]


def _words(file: Path) -> list[str]:
    try:
        return file.read_bytes().decode("ascii", "replace").split("\0")
    except OSError:
        return [""]
