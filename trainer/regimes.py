"""The regimes of augmentation, by the name that `--augment` takes. Cheap to import."""

from __future__ import annotations

from dataclasses import dataclass

COPIES = 3
"""Random copies of a tile unless told."""


@dataclass(frozen=True, slots=True)
class Regime:
    """What may change in a copy; each amount is drawn evenly from both sides of no change.

    light: share by which contrast and brightness change. turn: degrees. shift: share of the side. scale: share.
    flips: left for right and top for bottom, each in half of the copies. quarters: instead of random copies, the three
    turns by a quarter.
    """

    light: float = 0.0
    turn: float = 0.0
    shift: float = 0.0
    scale: float = 0.0
    flips: bool = False
    quarters: bool = False

    @property
    def moves(self) -> bool:
        """Whether a place of the part lies elsewhere in a copy."""
        return bool(self.turn or self.shift or self.scale or self.flips or self.quarters)

    @property
    def words(self) -> str:
        """The regime for people: the option's help and the guide say the same."""
        if self.quarters:
            return "each picture in all four rotations by 90°"
        said = []
        if self.turn:
            said.append(f"rotation ± {self.turn:g}°, translation {self.shift:.0%}, scale {self.scale:.0%}")
        if self.flips:
            said.append("flips")
        if self.light:
            said.append(f"contrast and brightness ± {self.light:.0%}")
        return ", ".join(said) or "the pictures as they are"


REGIMES = {
    "none": Regime(),
    "mild": Regime(light=0.05),
    "strong": Regime(light=0.15, turn=15.0, shift=0.05, scale=0.1, flips=True),
    "rot90": Regime(quarters=True),
}
