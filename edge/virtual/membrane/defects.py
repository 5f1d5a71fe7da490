"""What can be wrong with a web: each defect knows the light that it adds, and the rectangle in which it lies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.floating]
_HALF_WIDTHS = 2.3548  # full width at half maximum of a normal distribution, in standard deviations


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the web, in mm: it begins `at` along it and `across` from its left edge."""

    at: float
    across: float
    length: float
    width: float


class Defect(Protocol):
    """`box` is the truth that findings are held against; `light` gives the grey levels (of 255) that the defect adds at
    the places `at` [h, 1] and `across` [1, w], in mm, before the lens. Outside of `box`, enlarged by `skirt` mm, it is
    nothing."""

    kind: ClassVar[str]
    skirt: ClassVar[float]

    @property
    def box(self) -> Box: ...

    def light(self, at: Grey, across: Grey) -> Grey: ...


@dataclass(frozen=True, slots=True)
class _Disc:
    """A disc of `diameter_mm`, its centre `at_mm` along the web and `across_mm` from its left edge."""

    skirt: ClassVar[float] = 0.0
    at_mm: float
    across_mm: float
    diameter_mm: float
    grey: float

    @property
    def box(self) -> Box:
        half = self.diameter_mm / 2
        return Box(self.at_mm - half, self.across_mm - half, self.diameter_mm, self.diameter_mm)

    def light(self, at: Grey, across: Grey) -> Grey:
        return self.grey * (np.hypot(at - self.at_mm, across - self.across_mm) < self.diameter_mm / 2)


@dataclass(frozen=True, slots=True)
class Pinhole(_Disc):
    """A hole through which light shines."""

    kind: ClassVar[str] = "pinhole"
    diameter_mm: float = 0.15
    grey: float = 150.0


@dataclass(frozen=True, slots=True)
class Speck(_Disc):
    """A gel or an inclusion: dark."""

    kind: ClassVar[str] = "speck"
    diameter_mm: float = 0.4
    grey: float = -40.0


@dataclass(frozen=True, slots=True)
class Streak:
    """A scratch by a roller, along the travel: it begins `at_mm`, `across_mm` is its middle."""

    kind: ClassVar[str] = "streak"
    skirt: ClassVar[float] = 0.0
    at_mm: float
    across_mm: float
    length_mm: float = 1000.0
    width_mm: float = 0.2
    grey: float = -25.0

    @property
    def box(self) -> Box:
        return Box(self.at_mm, self.across_mm - self.width_mm / 2, self.length_mm, self.width_mm)

    def light(self, at: Grey, across: Grey) -> Grey:
        return self.grey * (
            _inside(at, self.at_mm, self.length_mm) & (abs(across - self.across_mm) < self.width_mm / 2)
        )


@dataclass(frozen=True, slots=True)
class Wrinkle:
    """A fold: a bright and a dark flank, each `flank_mm` wide, along a line of `length_mm` that lies at `degrees` to
    the travel; `at_mm` and `across_mm` are its middle."""

    kind: ClassVar[str] = "wrinkle"
    skirt: ClassVar[float] = 0.0
    at_mm: float
    across_mm: float
    length_mm: float = 30.0
    degrees: float = 40.0
    flank_mm: float = 0.6
    grey: float = 20.0

    @property
    def box(self) -> Box:
        along, over = (abs(share) for share in self._direction())
        height = self.length_mm * along + 2 * self.flank_mm * over
        width = self.length_mm * over + 2 * self.flank_mm * along
        return Box(self.at_mm - height / 2, self.across_mm - width / 2, height, width)

    def light(self, at: Grey, across: Grey) -> Grey:
        along, over = self._direction()
        y, x = at - self.at_mm, across - self.across_mm
        within = abs(y * along + x * over) < self.length_mm / 2
        off = (x * along - y * over) / self.flank_mm
        return self.grey * np.sin(np.pi * np.clip(off, -1, 1)) * within

    def _direction(self) -> tuple[float, float]:
        return math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))


@dataclass(frozen=True, slots=True)
class Crack:
    """A crack from the web's left edge inwards, `depth_mm` long, `mouth_mm` wide at the edge; light shines through."""

    kind: ClassVar[str] = "edge crack"
    skirt: ClassVar[float] = 0.0
    at_mm: float
    depth_mm: float = 6.0
    mouth_mm: float = 0.6
    grey: float = 150.0

    @property
    def box(self) -> Box:
        return Box(self.at_mm - self.mouth_mm / 2, 0.0, self.mouth_mm, self.depth_mm)

    def light(self, at: Grey, across: Grey) -> Grey:
        half = self.mouth_mm / 2 * np.clip(1 - across / self.depth_mm, 0, 1)
        return self.grey * ((abs(at - self.at_mm) < half) & (across >= 0))


@dataclass(frozen=True, slots=True)
class ThinCoating:
    """A place where the coating is thin: a soft bright cloud, `length_mm` by `width_mm` where it is half as bright as
    in its middle."""

    kind: ClassVar[str] = "thin coating"
    skirt: ClassVar[float] = 20.0
    at_mm: float
    across_mm: float
    length_mm: float = 20.0
    width_mm: float = 12.0
    grey: float = 15.0

    @property
    def box(self) -> Box:
        length, width = self.length_mm, self.width_mm
        return Box(self.at_mm - length / 2, self.across_mm - width / 2, length, width)

    def light(self, at: Grey, across: Grey) -> Grey:
        y, x = (at - self.at_mm) / self.length_mm, (across - self.across_mm) / self.width_mm
        return self.grey * np.exp(-0.5 * _HALF_WIDTHS**2 * (y**2 + x**2))


@dataclass(frozen=True, slots=True)
class Splice:
    """Two webs taped together: a darker band over all of the width, `web_mm`."""

    kind: ClassVar[str] = "splice"
    skirt: ClassVar[float] = 0.0
    at_mm: float
    web_mm: float
    length_mm: float = 15.0
    grey: float = -25.0

    @property
    def box(self) -> Box:
        return Box(self.at_mm, 0.0, self.length_mm, self.web_mm)

    def light(self, at: Grey, across: Grey) -> Grey:
        return self.grey * (_inside(at, self.at_mm, self.length_mm) & _inside(across, 0.0, self.web_mm))


def _inside(place: Grey, begin: float, length: float) -> NDArray[Any]:
    return (place >= begin) & (place < begin + length)
