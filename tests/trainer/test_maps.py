import pytest
import torch

from trainer.maps import Smoothing, image_score, to_grid


def test_smoothing_does_not_darken_the_border():
    torch.testing.assert_close(Smoothing(2.0)(torch.ones(1, 6, 6)), torch.ones(1, 6, 6))


def test_no_smoothing_leaves_the_map_as_it_is():
    cells = torch.rand(2, 4, 4)
    assert torch.equal(Smoothing(0.0)(cells), cells)


@pytest.mark.parametrize(("top", "score"), [(0.0, 9.0), (0.2, 8.5), (1.0, 4.5)])
def test_the_score_is_the_mean_of_the_worst_cells(top, score):
    assert image_score(torch.arange(10.0)[None], top).item() == score


def test_a_finer_map_is_averaged_and_a_coarser_one_interpolated():
    fine = torch.arange(16.0).view(1, 1, 4, 4)
    assert to_grid(fine, (2, 2))[0, 0, 0, 0] == fine[0, 0, :2, :2].mean()
    assert to_grid(torch.ones(1, 1, 2, 2), (5, 5)).tolist() == torch.ones(1, 1, 5, 5).tolist()
