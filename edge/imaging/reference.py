"""The reference of a line: what the pictures of good parts were like when it was commissioned."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.disk import RealDisk, replace_file
from edge.errors import ConfigError, UsageError
from edge.imaging.measures import NAMES, Measures, measure, table
from edge.parts import Image

_LEAST = 20
_TO_SIGMA = 1.4826  # of a normal distribution, from the median of absolute deviations


@dataclass(frozen=True, slots=True)
class Reference:
    """`middle` and `spread`: median and robust standard deviation of each measure, by `NAMES`, over `n` pictures."""

    n: int
    middle: dict[str, float]
    spread: dict[str, float]

    def save(self, file: Path) -> None:
        body = {"schema": 1, "n": self.n, "middle": self.middle, "spread": self.spread}
        replace_file(RealDisk(), file, json.dumps(body, indent=1).encode())

    @classmethod
    def load(cls, file: Path) -> Reference:
        """Raises ConfigError where the file is absent or none of ours."""
        try:
            body = json.loads(file.read_bytes())
            middle = {name: float(body["middle"][name]) for name in NAMES}
            spread = {name: float(body["spread"][name]) for name in NAMES}
            if body["schema"] != 1 or not np.isfinite([*middle.values(), *spread.values()]).all():
                raise ValueError("of another schema, or not finite")
            return cls(int(body["n"]), middle, spread)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"imaging.reference: {file} is no reference ({error}). Write one with `ringlight calibrate reference`."
            ) from error


def make_reference(images: Iterable[Image]) -> Reference:
    """The reference of good parts' pictures, each uint8 RGB [H, W, 3].

    Raises:
        UsageError: fewer than 20 pictures.
    """
    rows: list[Measures] = [measure(image) for image in images]
    if len(rows) < _LEAST:
        raise UsageError(f"{len(rows)} pictures are too few for a reference: record at least {_LEAST} good parts.")
    values = table(rows)
    middle = np.median(values, axis=0)
    spread = _TO_SIGMA * np.median(np.abs(values - middle), axis=0)
    return Reference(len(rows), _named(middle), _named(spread))


def _named(values: np.ndarray) -> dict[str, float]:
    return {name: float(value) for name, value in zip(NAMES, values, strict=True)}
