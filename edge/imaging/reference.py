"""The reference of a line: what the pictures of good parts were like when it was commissioned."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from edge.disk import RealDisk, replace_file
from edge.errors import ConfigError, UsageError
from edge.imaging.measures import NAMES, Measures, blurred, measure, table
from edge.parts import Image

_SCHEMA = 2
BLURS = ("x", "y", "both")
_LEAST = 20
_TO_SIGMA = 1.4826  # of a normal distribution, from the median of absolute deviations

Setting = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Reference:
    """`middle` and `spread`: median and robust standard deviation of each measure, by `NAMES`, over `n` pictures.

    `blurs`: by how much `sharp_x` and `sharp_y` of these very parts fall with motion along `x` or `y`, and out of focus
    (`both`). `size` of those pictures, (width, height) in pixels. `made` is the day, ISO 8601. `settings` of camera and
    light by their keys in the configuration, as they were then.
    """

    n: int
    middle: dict[str, float]
    spread: dict[str, float]
    size: tuple[int, int]
    blurs: dict[str, tuple[float, float]]
    made: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def save(self, file: Path) -> None:
        replace_file(RealDisk(), file, json.dumps({"schema": _SCHEMA, **asdict(self)}, indent=1).encode())

    @classmethod
    def load(cls, file: Path) -> Reference:
        """Raises ConfigError where the file is absent, of an earlier version or none of ours."""
        try:
            body: dict[str, Any] = json.loads(file.read_bytes())
            if body["schema"] != _SCHEMA:
                raise ValueError("of another version of Ringlight")
            middle = {name: float(body["middle"][name]) for name in NAMES}
            spread = {name: float(body["spread"][name]) for name in NAMES}
            blurs = {along: (float(body["blurs"][along][0]), float(body["blurs"][along][1])) for along in BLURS}
            if not np.isfinite([*middle.values(), *spread.values(), *np.ravel(list(blurs.values()))]).all():
                raise ValueError("a measure is not finite")
            width, height = (int(side) for side in body["size"])
            settings = dict(body["settings"])
            return cls(int(body["n"]), middle, spread, (width, height), blurs, str(body["made"]), settings)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"imaging.reference: {file} is no reference ({error}). Write one with `ringlight calibrate reference`."
            ) from error


def make_reference(
    images: Iterable[Image], *, made: str = "", settings: Mapping[str, Setting] | None = None
) -> Reference:
    """The reference of good parts' pictures, each uint8 RGB [H, W, 3].

    Raises:
        UsageError: fewer than 20 pictures.
    """
    rows: list[Measures] = []
    falls: dict[str, list[tuple[float, float]]] = {along: [] for along in BLURS}
    sizes: Counter[tuple[int, int]] = Counter()
    for image in images:
        rows.append(measure(image))
        for along in BLURS if len(rows) <= _LEAST else ():
            there = measure(blurred(image, along))
            falls[along].append((rows[-1].sharp_x - there.sharp_x, rows[-1].sharp_y - there.sharp_y))
        sizes[image.shape[1], image.shape[0]] += 1
    if len(rows) < _LEAST:
        raise UsageError(f"{len(rows)} pictures are too few for a reference: record at least {_LEAST} good parts.")
    values = table(rows)
    middle = np.median(values, axis=0)
    spread = _TO_SIGMA * np.median(np.abs(values - middle), axis=0)
    (size, _), *_ = sizes.most_common(1)
    blurs = {along: _both(np.median(fall, axis=0)) for along, fall in falls.items()}
    return Reference(len(rows), _named(middle), _named(spread), size, blurs, made, settings or {})


def _both(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def _named(values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(NAMES, values, strict=True)}
