import torch
from torch import nn

from trainer.simplenet import Settings
from trainer.simplenet.model import Head, SimpleNet, judge, patches


class Pass(nn.Module):
    """A backbone that hands its input on as one feature map."""

    def forward(self, tiles):
        return [tiles.permute(0, 3, 1, 2).float()]


class Dark(Head):
    """Says that dark patches are good."""

    def forward(self, x):
        return -x.sum(1)


def test_a_patch_is_the_mean_of_its_neighbourhood():
    """The border counts only what is there: zeros beyond it would be a feature that no good part has."""
    layer = torch.arange(9.0).view(1, 1, 3, 3)
    found = patches([layer, torch.ones(1, 2, 3, 3)], (3, 3))
    assert found.shape == (1, 9, 3)
    assert found[0, 4].tolist() == [4, 1, 1]
    assert found[0, 0].tolist() == [2, 1, 1]


def test_a_coarser_layer_comes_to_the_finer_grid():
    found = patches([torch.zeros(2, 4, 8, 8), torch.ones(2, 3, 4, 4)], (8, 8))
    assert found.shape == (2, 64, 7)
    assert found[..., 4:].eq(1).all()


def test_the_places_of_a_map_stay_where_they_are():
    head = Dark(2, 1.0)
    x = torch.arange(12.0).view(2, 3, 2)
    assert torch.equal(judge(head, x), -x.sum(2))


def test_what_the_discriminator_dislikes_scores_high_in_its_place():
    model = SimpleNet(Pass(), (6, 6), torch.zeros(36, 3), torch.eye(3).expand(36, 3, 3), Dark(3, 1.0), Settings(), 16)
    tiles = torch.zeros(2, 6, 6, 3, dtype=torch.uint8)
    tiles[1, 3, 2] = 90
    score, anomaly_map = model(tiles)
    assert score[1] > score[0] == 0
    assert anomaly_map.shape == (2, 6, 6)
    assert anomaly_map[1, 3, 2] == 30
    assert anomaly_map[1, 0, 5] == 0


def test_the_discriminator_is_two_thirds_as_wide_as_the_features():
    head = Head(96, Settings().hidden)
    assert head.discriminator[0].out_features == 64
