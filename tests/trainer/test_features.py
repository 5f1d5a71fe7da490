import numpy as np
import pytest
import torch

from edge.errors import RinglightError
from trainer.features import Shelf


def test_what_was_put_on_the_shelf_comes_back_in_its_order(tmp_path):
    shelf = Shelf(tmp_path / "features")
    x = torch.arange(5 * 3 * 2.0).view(5, 3, 2)
    shelf.fill(iter(x.split(2)))
    np.testing.assert_array_equal(shelf.read(), x.numpy())
    torch.testing.assert_close(torch.cat(list(shelf.batches())), x)
    torch.testing.assert_close(torch.cat(list(shelf.batches(3))), x[:3])


def test_a_feature_that_half_precision_cannot_hold_is_refused(tmp_path):
    """Prevents a training on infinities that ends in a model of nothing."""
    with pytest.raises(RinglightError, match="half precision"):
        Shelf(tmp_path / "features").fill(iter([torch.full((1, 1, 1), 1e6)]))
