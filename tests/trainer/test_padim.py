import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from edge.errors import UsageError
from trainer.padim import Moments, Padim, Settings, embed, fit, pooled, settled, white, white_everywhere, whitening


def cloud(n: int, places: int, d: int, seed: int = 0) -> torch.Tensor:
    """Correlated features with a large mean, [N, P, D]."""
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(places, d, d, generator=generator)
    return torch.einsum("npd,pde->npe", torch.randn(n, places, d, generator=generator), mix) + 50


class Pass(nn.Module):
    """A backbone that hands its input on as one feature map."""

    def forward(self, tiles):
        return [tiles.permute(0, 3, 1, 2).float()]


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_batches_do_not_change_mean_and_covariance(sizes):
    x = cloud(sum(sizes), 2, 4)
    moments = Moments()
    for part in x.split(sizes):
        moments.add(part)
    expected = torch.from_numpy(np.cov(x[:, 1].double().numpy(), rowvar=False))
    torch.testing.assert_close(moments.covariance()[1], expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(moments.mean(), x.double().mean(0))


def test_a_mean_far_from_zero_does_not_eat_the_covariance():
    x = torch.randn(50, 1, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 1e7
    moments = Moments()
    moments.add(x[:20])
    moments.add(x[20:])
    torch.testing.assert_close(moments.covariance()[0], torch.cov(x[:, 0].T), rtol=1e-6, atol=1e-6)


def test_all_directions_give_the_mahalanobis_distance():
    """Defard et al. 2021, eq. 2, against the inverse covariance."""
    x = cloud(200, 3, 5)
    settings = Settings("fixed", rank=0, shrinkage=0.01)
    moments = Moments()
    moments.add(x)
    sigma = moments.covariance()
    shrunk = 0.99 * sigma + 0.01 * sigma.diagonal(dim1=1, dim2=2).mean(1)[:, None, None] * torch.eye(5)
    model = Padim(Pass(), (1, 3), moments.mean(), whitening(sigma, settings), settings)
    centred = x.double() - moments.mean()
    expected = torch.einsum("npd,pde,npe->np", centred, torch.linalg.inv(shrunk), centred).sqrt() / 5**0.5
    torch.testing.assert_close(model.distance(x), expected.float(), rtol=3e-3, atol=1e-3)


def test_the_kept_directions_are_those_of_least_variance():
    sigma = torch.diag(torch.tensor([4.0, 1.0, 9.0], dtype=torch.float64))[None]
    rows = whitening(sigma, Settings("fixed", rank=2, shrinkage=1e-9))[0]
    torch.testing.assert_close(rows, torch.tensor([[0, 1.0, 0], [0.5, 0, 0]], dtype=torch.float64))


@pytest.mark.parametrize(
    ("alignment", "rank", "kept"), [("fixed", 2, 2), ("free", 2, 4), ("free", 4, 6), ("near", 0, 6)]
)
def test_free_keeps_twice_the_directions_and_none_more_than_there_are(alignment, rank, kept):
    sigma = torch.cov(cloud(100, 1, 6)[:, 0].T.double())[None]
    assert whitening(sigma, Settings(alignment, rank=rank)).shape == (1, kept, 6)


@pytest.mark.parametrize(("n", "kept"), [(2, 128), (205, 100), (250, 55), (273, 32), (10_000, 32)])
def test_what_few_pictures_did_not_show_is_kept(n, kept):
    """A fixed number of directions left a model of 25 pictures blind to nine tenths of what it had never seen."""
    assert settled(Settings("fixed"), n, 304).rank == kept


def test_a_number_of_directions_that_was_asked_for_is_kept():
    assert settled(Settings("fixed", rank=8), 2, 304).rank == 8
    assert settled(Settings("fixed", rank=0), 2, 304).rank == 0


@given(st.integers(1, 5), st.integers(1, 5))
def test_a_neighbourhood_is_the_mean_of_its_places(h, w):
    """Against a slow walk over the grid; places at the border have fewer neighbours, never those of the other side."""
    sigma = torch.randn(h * w, 2, 2, generator=torch.Generator().manual_seed(h * w), dtype=torch.float64)
    found = pooled(sigma, (h, w)).unflatten(0, (h, w))
    for y in range(h):
        for x in range(w):
            near = sigma.unflatten(0, (h, w))[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
            torch.testing.assert_close(found[y, x], near.flatten(0, 1).mean(0))


def test_near_keeps_the_mean_of_each_place():
    x = cloud(50, 6, 4)
    fixed, near = (fit([x], Settings(alignment), (2, 3)) for alignment in ("fixed", "near"))
    torch.testing.assert_close(near[0], fixed[0])
    assert not torch.allclose(near[1], fixed[1], rtol=0.05)


def test_rows_whiten():
    sigma = torch.cov(cloud(100, 1, 6)[:, 0].T.double())[None]
    rows = whitening(sigma, Settings("fixed", rank=4, shrinkage=1e-12))
    torch.testing.assert_close(rows @ sigma @ rows.mT, torch.eye(4).double()[None], rtol=1e-6, atol=1e-6)


def test_projecting_each_layer_on_its_own_grid_changes_nothing():
    generator = torch.Generator().manual_seed(0)
    layers = [torch.randn(2, c, side, side, generator=generator) for c, side in ((3, 16), (5, 8), (4, 4))]
    mean, whiten = torch.randn(1, 12, generator=generator), torch.randn(1, 6, 12, generator=generator)
    expected = white(embed(layers, (8, 8)), mean, whiten)
    torch.testing.assert_close(white_everywhere(layers, mean, whiten, (8, 8)), expected, rtol=1e-5, atol=1e-5)


def test_fewer_pictures_than_features_are_no_trouble():
    mean, whiten = fit([cloud(5, 4, 20)], Settings("fixed"), (2, 2))
    assert whiten.isfinite().all()
    assert mean.shape == (4, 20)


def test_good_parts_score_about_one():
    x = cloud(600, 4, 8)
    mean, whiten = fit([x[:500]], Settings("fixed", rank=0, shrinkage=1e-3), (2, 2))
    model = Padim(Pass(), (2, 2), mean, whiten, Settings("fixed", rank=0))
    assert model.distance(x[500:]).mean().item() == pytest.approx(1, abs=0.1)


def test_no_model_is_built_before_the_alignment_is_chosen():
    with pytest.raises(UsageError, match="auto"):
        Padim(Pass(), (1, 1), torch.zeros(1, 3), torch.eye(3)[None], Settings())


def test_fixed_knows_its_places_and_free_does_not():
    left_dark = torch.tensor([10.0, 200.0]).expand(40, 2)[:, None, None, :] + torch.randn(40, 3, 1, 2)
    swapped = left_dark.flip(-1)
    ratio = {}
    for alignment in ("fixed", "near", "free"):
        settings = Settings(alignment=alignment, rank=0)
        model = Padim(Pass(), (1, 2), *fit([embed([left_dark], (1, 2))], settings, (1, 2)), settings)
        far = [model.distance(embed([x], (1, 2))).mean().item() for x in (swapped, left_dark)]
        ratio[alignment] = far[0] / far[1]
    assert min(ratio["fixed"], ratio["near"]) > 20
    assert ratio["free"] < 1.5


def test_stages_come_together_on_one_grid():
    coarse, fine = torch.ones(1, 2, 2, 2), torch.arange(64.0).view(1, 1, 8, 8)
    together = embed([fine, coarse], (4, 4))
    assert together.shape == (1, 16, 3)
    assert together[0, 0].tolist() == [fine[0, 0, :2, :2].mean().item(), 1, 1]


def test_the_score_is_the_mean_of_the_worst_cells_and_the_map_is_smoothed():
    settings = Settings("fixed", rank=0, top=0.5, smoothing=1.0)
    model = Padim(Pass(), (8, 8), torch.zeros(64, 3), torch.eye(3).expand(64, 3, 3), settings)
    tiles = torch.zeros(1, 8, 8, 3, dtype=torch.uint8)
    tiles[0, 4, 4] = 32
    score, anomaly_map = model(tiles)
    assert score.item() == pytest.approx(1)
    assert anomaly_map.sum().item() == pytest.approx(32, rel=1e-4)
    assert anomaly_map[0].argmax().item() == 4 * 8 + 4
    assert anomaly_map.max() < 10


def test_copies_of_one_picture_are_refused():
    with pytest.raises(UsageError, match="do not differ"):
        fit([torch.ones(5, 4, 3)], Settings("fixed"), (2, 2))


def test_one_picture_is_refused():
    with pytest.raises(UsageError, match="two good pictures"):
        fit([torch.ones(1, 4, 3)], Settings("fixed"), (2, 2))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"alignment": "loose"}, "alignment"),
        ({"rank": -1}, "rank"),
        ({"shrinkage": 0}, "shrinkage"),
        ({"top": 2}, "top"),
        ({"budget_mb": -1}, "budget_mb"),
    ],
)
def test_a_wrong_setting_is_named(values, name):
    with pytest.raises(UsageError, match=name):
        Settings(**values)
