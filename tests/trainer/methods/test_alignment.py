from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from edge.errors import UsageError
from edge.tiles import Geometry
from trainer.backbone import Backbone
from trainer.features import Features
from trainer.methods.alignment import choose, part, refuse
from trainer.padim import Settings, fit

PLACES, D = 16, 40
TILES = np.zeros((12, 16, 16, 3), np.uint8)


class Told(Features):
    """Hands out embeddings of good tiles first, and then of as many defective ones."""

    def __init__(self, good: Tensor, bad: Tensor) -> None:
        super().__init__(Backbone("resnet18", ["layer1"], "random"), Geometry(64, 64), lambda layers: layers[0])
        self._answers = iter((good, bad))

    def of_tiles(self, tiles) -> Tensor:
        return next(self._answers)[: len(tiles)]


def embeddings(n: int, in_a_jig: bool, seed: int) -> Tensor:
    """Each place has a mean of its own where parts lie in a jig; all have the same where they do not."""
    means = 30 * torch.randn(PLACES, D, generator=torch.Generator().manual_seed(99))
    noise = torch.randn(n, PLACES, D, generator=torch.Generator().manual_seed(seed))
    noise[..., D // 2 :] *= 0.05
    return noise + means if in_a_jig else noise


def asked(in_a_jig: bool):
    """In the jig a defect looks like another place of the part. Without one it is off where good patches hardly vary,
    which ten patches of each place are too few to know, and those of all places enough."""
    known, good = embeddings(10, in_a_jig, 1), embeddings(12, in_a_jig, 2)
    bad = embeddings(24, in_a_jig, 3)
    if in_a_jig:
        bad[:, 0] = bad[:, 1]
    else:
        bad[:, 0, D // 2 :] += 0.15
    return known, good, choose(known.split(8), TILES, Told(good, bad), Settings(), 0, (4, 4))


@pytest.mark.parametrize(("in_a_jig", "chosen"), [(True, "fixed"), (False, "free")])
def test_parts_in_a_jig_are_told_from_a_surface_without_places(in_a_jig, chosen):
    _, _, (choice, _) = asked(in_a_jig)
    assert choice.chosen == chosen
    assert (choice.good, choice.defective) == (12, 24)
    assert abs(choice.fixed - choice.free) > 0.1


def test_pictures_that_were_asked_join_the_fit():
    """Prevents a model that learned from four fifths of what it could have."""
    known, good, (_, moments) = asked(in_a_jig=True)
    mean, _ = fit([known, good], Settings("fixed"), (4, 4))
    assert moments.n == 22
    torch.testing.assert_close(moments.mean(), mean)
    assert asked(in_a_jig=False)[2][1].n == 22 * PLACES


def test_places_that_vary_alike_lend_each_other_what_they_know():
    """Five pictures are too few to know how a place varies; nine places together are enough."""
    known, good, bad = embeddings(5, True, 1), embeddings(12, True, 2), embeddings(24, True, 3)
    bad[:, 0, D // 2 :] += 0.3
    choice, _ = choose([known], TILES, Told(good, bad), Settings(), 0, (4, 4))
    assert choice.chosen == "near"
    assert choice.near > choice.fixed + 0.05


def test_few_pictures_are_shared_out_all_the_same():
    told, held_back = part([Path(f"{i}.png") for i in range(4)], 0, {})
    assert (len(told), len(held_back)) == (2, 2)
    assert not set(told) & set(held_back)


@pytest.mark.parametrize("alignment", ["fixed", "near"])
def test_places_that_a_grid_cannot_know_are_refused(alignment):
    with pytest.raises(UsageError, match="--alignment free"):
        refuse(Geometry(64, 64, "grid", 32), Settings(alignment))
