"""What the discriminator makes of good and of noisy features, meta-epoch by meta-epoch, and whether it learned. No
torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class MetaEpoch:
    """Means over a meta-epoch: the loss, mean and deviation of the discriminator's output on good and on noisy
    features, and afterwards the image AUROC of held-out good pictures against synthetic defects."""

    loss: float
    real_mean: float
    real_std: float
    noisy_mean: float
    noisy_std: float
    synthetic_auroc: float

    @property
    def gap(self) -> float:
        """Distance of both means, in their deviations."""
        return (self.real_mean - self.noisy_mean) / max((self.real_std + self.noisy_std) / 2, 1e-12)


_COLLAPSED_GAP = 0.5
_FELL = 0.1
_CHANCE = 0.6


class Tracker:
    """Collects meta-epochs."""

    def __init__(self) -> None:
        self.meta_epochs: list[MetaEpoch] = []

    def add(self, meta_epoch: MetaEpoch) -> None:
        """The next one."""
        self.meta_epochs.append(meta_epoch)

    def best(self) -> int:
        """Number, from 0, of the meta-epoch with the highest AUROC on synthetic defects; the first of equals."""
        return max(range(len(self.meta_epochs)), key=lambda i: (self.meta_epochs[i].synthetic_auroc, -i))

    def warnings(self, chosen: int) -> list[str]:
        """What is wrong with the training that led to meta-epoch number `chosen`, with the remedy; empty if nothing.

        Saturation: the outputs on good and on noisy features tend to the same side, whatever the loss does; the
        discriminator then says the same of everything. Collapse of the map: good and noisy lie apart, but what
        is farther off than noise is called good again.
        """
        found = []
        last, taken, best = self.meta_epochs[-1], self.meta_epochs[chosen], self.meta_epochs[self.best()]
        if last.gap < _COLLAPSED_GAP:
            found.append(
                f"saturated: the discriminator answers {last.real_mean:.2g} to good and {last.noisy_mean:.2g} to noisy "
                "features, which is the same. Clip the gradients (clip 1), and raise the noise."
            )
        if taken.synthetic_auroc < max(_CHANCE, best.synthetic_auroc - _FELL):
            found.append(
                "collapsed: the image AUROC of good pictures against synthetic defects is "
                f"{taken.synthetic_auroc:.2f}, at best it was {best.synthetic_auroc:.2f}. Raise the noise, or take the "
                "epoch by synthetic defects."
            )
        return found

    def to_notes(self) -> Sequence[dict[str, Any]]:
        """For the run's notes, a table a meta-epoch."""
        return [asdict(meta_epoch) for meta_epoch in self.meta_epochs]
