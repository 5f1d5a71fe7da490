from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.errors import RinglightError
from edge.tiles import Geometry
from export.precision.change import AUROC, VERDICTS, Change, Looked, Pictures
from trainer.dataset import Sample

NOTHING = Change(score=0.0, rank=1.0, verdicts=0.0, auroc=0.0, tested=True, pictures=100, size=1.0, speed=1.0)
GOOD = np.random.default_rng(0).normal(1.0, 0.1, 50)


def test_what_is_within_the_limits_passes():
    replace(NOTHING, verdicts=VERDICTS, auroc=-AUROC).refuse()


@pytest.mark.parametrize("much", [{"verdicts": 0.051}, {"auroc": -0.006}, {"verdicts": float("nan")}])
def test_what_is_beyond_a_limit_is_not_written(much):
    with pytest.raises(RinglightError, match="--accept-changed-verdicts"):
        replace(NOTHING, **much).refuse()


def test_an_area_that_grew_is_no_loss():
    replace(NOTHING, auroc=0.1).refuse()


def test_a_loss_on_a_few_synthetic_defects_is_not_believed():
    replace(NOTHING, auroc=-0.02, tested=False).refuse()


def test_margins_do_not_depend_on_the_scale_of_the_scores():
    """A model that was fitted anew counts in units of its own; its verdicts are what is compared."""
    one, other = Looked(GOOD, np.array([1.1, 2.0])), Looked(3 * GOOD + 1, np.array([4.3, 7.0]))
    np.testing.assert_allclose(one.margins(), other.margins(), rtol=1e-6)


def test_above_the_threshold_lies_what_is_rejected():
    margins = Looked(GOOD, np.array([0.5, 2.0])).margins()
    assert margins[-2] < 0 < margins[-1]


def test_test_pictures_count_only_where_both_kinds_are_there():
    good, bad = (Sample(Path(kind), kind, None) for kind in ("good", "dent"))
    geometry = Geometry(64, 64)
    assert Pictures([], [good, bad], geometry, 0).tested
    assert not Pictures([], [good, good], geometry, 0).tested


def test_the_manifest_gets_numbers_alone():
    assert set(NOTHING.metrics()) == {f"precision_{n}" for n in ("score", "rank", "verdicts", "auroc", "size", "speed")}
