"""Augmentation: altered copies of good tiles, so that a model takes for good what the line will vary. No torch.

Only tiles that a model learns from are copied. Whatever is asked or measured (the alignment's choice, the training's
monitor, the calibration, the test) sees pictures as the camera took them.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import UsageError
from edge.parts import Image
from edge.tiles import Geometry
from trainer.regimes import COPIES, REGIMES, Regime

_QUARTERS = 3


@dataclass(frozen=True, slots=True)
class Augmentation:
    """A regime of `trainer.regimes`, how many copies it makes of a tile, and the seed of what is random in them.

    copies: 1 to 100 with "mild" and "strong" (3 unless told). None with the others, where it is known: 0 with "none", 3
    with "rot90", the turns of PaDiM (Defard et al. 2021, section V).

    Raises:
        UsageError: there is no such regime, or the number does not fit it.
    """

    regime: str = "none"
    copies: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.regime not in REGIMES:
            raise UsageError(f"augment is {self.regime!r}: write {', '.join(REGIMES)}.")
        if self.copies is None:
            return
        if self.regime in ("none", "rot90"):
            raise UsageError(f"--augment {self.regime} makes no random copies: leave --augment-copies out.")
        if not 1 <= self.copies <= 100:
            raise UsageError(f"--augment-copies is {self.copies}: write 1 to 100.")

    @property
    def factor(self) -> int:
        """Tiles that come of one: itself and its copies."""
        if self._how.quarters:
            return 1 + _QUARTERS
        return 1 if self.regime == "none" else 1 + (COPIES if self.copies is None else self.copies)

    def __call__(self, tiles: Image, name: str) -> Image:
        """The tiles of a picture and their copies.

        Args:
            tiles: uint8 [N, H, W, 3]. name: of the picture; with the seed it decides the copies, whatever other
                pictures there are and in whichever order they come.

        Returns:
            uint8 [factor · N, H, W, 3]: the tiles themselves, then the first copy of each, and so on.
        """
        if self.factor == 1:
            return tiles
        if self._how.quarters:
            return np.concatenate([np.rot90(tiles, turns, axes=(1, 2)) for turns in range(1 + _QUARTERS)])
        rng = np.random.default_rng((self.seed, zlib.crc32(name.encode())))
        copies = [_copy(tile, self._how, rng) for _ in range(self.factor - 1) for tile in tiles]
        return np.concatenate([tiles, np.stack(copies)])

    def refuse(self, geometry: Geometry) -> None:
        """Raises UsageError where tiles of this geometry cannot be turned by a quarter."""
        if self._how.quarters and geometry.input_h != geometry.input_w:
            raise UsageError(
                f"--augment rot90 needs a square input, and this one is {geometry.input_w} × {geometry.input_h}: make "
                "both sides the same, or take another regime."
            )

    def doubts(self, alignment: str) -> list[str]:
        """What is to be said about the regime together with the alignment that the user asked for: a sentence or
        none."""
        if not self._how.moves or alignment in ("auto", "free"):
            return []
        return [
            f"--augment {self.regime} moves what lies at a place, and --alignment {alignment} learns each place by "
            "itself: each then takes its neighbours for good too, and small defects escape. Use --augment mild, or "
            "--alignment auto, which asks pictures that were not moved."
        ]

    def to_dict(self) -> dict[str, Any]:
        """For `run.json`: the regime, and how many copies were made of each tile."""
        return {"regime": self.regime, "copies": self.factor - 1}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], seed: int) -> Augmentation:
        """The reverse of `to_dict`."""
        told = values["regime"] in ("mild", "strong")
        return cls(values["regime"], values["copies"] if told else None, seed)

    @property
    def _how(self) -> Regime:
        return REGIMES[self.regime]


def describe(augment: dict[str, Any]) -> str:
    """What `Augmentation.to_dict` says, for people."""
    words = REGIMES[augment["regime"]].words
    return f"{augment['regime']}: {words}; copies of a tile: {augment['copies']}"


def _copy(tile: Image, how: Regime, rng: np.random.Generator) -> Image:
    if how.flips:
        tile = tile[:: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
    if how.turn or how.shift or how.scale:
        tile = _moved(np.ascontiguousarray(tile), how, rng)
    contrast, brightness = rng.uniform(1 - how.light, 1 + how.light, 2)
    mean = tile.mean()
    lit = brightness * (mean + contrast * (tile - mean))
    return np.clip(np.rint(lit), 0, 255).astype(np.uint8)


def _moved(tile: Image, how: Regime, rng: np.random.Generator) -> NDArray[Any]:
    h, w = tile.shape[:2]
    degrees, scale = rng.uniform(-how.turn, how.turn), rng.uniform(1 - how.scale, 1 + how.scale)
    matrix = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), degrees, scale)
    matrix[:, 2] += rng.uniform(-how.shift, how.shift, 2) * (w, h)
    # Linear interpolation would blur each copy, and make what is sharp and good a defect.
    return cv2.warpAffine(tile, matrix, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
