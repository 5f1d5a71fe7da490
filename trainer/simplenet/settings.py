"""How SimpleNet is taught and scored. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge.errors import UsageError
from trainer.alignments import CHOICES, Alignment


@dataclass(frozen=True, slots=True)
class Settings:
    """SimpleNet's options. Names and defaults follow the paper (Liu et al. 2023) where nothing else is said.

    The paper adds noise of σ 0.015 to raw features of Wide-ResNet-50. Features of EfficientNet-Lite0 deviate by 2 on
    average, each by its own measure, and that noise drowns in them: the discriminator learned nothing (loss 1, on
    magnetic tiles). So features are normalised first, as PaDiM does it: centred and whitened, over the directions in
    which good patches vary least, with the statistics of each place or of all places. Noise is then counted in good
    patches' own deviations. Noise below half a deviation leaves the discriminator free to call what lies far off
    good, and with some seeds it did.

    alignment: "fixed" normalises each place by itself, "near" with the covariance of its neighbourhood, "free" all
    places together, "auto" asks as PaDiM does. rank: directions kept at each place, 0 all, twice as many with "free".
    shrinkage: of the covariance, above 0 to 1. noise: σ
    of the Gaussian noise on adapted features. hidden: width of the discriminator as a share of the features' (1024
    of 1536 in the paper). margin: th of the truncated L1 loss. adapter_rate, discriminator_rate, decay: learning rates
    and weight decay of Adam. batch: pictures a step. patches: patches a step, drawn from those of its pictures; 0
    takes all. meta_epochs × epochs: passes over the pictures. clip: limit of the gradients' global norm; 0 does not
    clip. smoothing_px: σ of the Gaussian over the map, in pixels of the model's input. top: share of the cells whose
    mean is the image score, the highest alone where it is 0. epoch: "last" takes the last meta-epoch, "synthetic" the
    one that tells held-out good pictures from synthetic defects best.
    """

    alignment: Alignment = "auto"
    rank: int = 64
    shrinkage: float = 0.05
    noise: float = 1.0
    hidden: float = 2 / 3
    margin: float = 0.5
    adapter_rate: float = 1e-4
    discriminator_rate: float = 5e-4
    decay: float = 1e-5
    batch: int = 4
    patches: int = 1024
    meta_epochs: int = 40
    epochs: int = 4
    clip: float = 1.0
    smoothing_px: float = 2.0
    top: float = 0.1
    epoch: Literal["last", "synthetic"] = "last"

    def __post_init__(self) -> None:
        if self.alignment not in CHOICES:
            raise UsageError(f"alignment is {self.alignment!r}: write {', '.join(CHOICES)}.")
        if self.epoch not in ("last", "synthetic"):
            raise UsageError(f"epoch is {self.epoch!r}: write last or synthetic.")
        for name in ("noise", "hidden", "margin", "adapter_rate", "discriminator_rate"):
            if not getattr(self, name) > 0:
                raise UsageError(f"{name} is {getattr(self, name)}: write more than 0.")
        for name in ("batch", "meta_epochs", "epochs"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}: write 1 or more.")
        for name in ("rank", "decay", "patches", "clip", "smoothing_px"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is {getattr(self, name)}: it must not be negative.")
        if not 0 < self.shrinkage <= 1:
            raise UsageError(f"shrinkage is {self.shrinkage}: write more than 0, at most 1.")
        if not 0 <= self.top <= 1:
            raise UsageError(f"top is {self.top}: write 0 to 1.")
