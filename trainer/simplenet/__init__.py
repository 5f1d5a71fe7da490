"""SimpleNet (Liu et al., CVPR 2023): a small discriminator that learned to tell good features from noisy ones."""

from trainer.simplenet.settings import Settings

__all__ = ["Settings"]
