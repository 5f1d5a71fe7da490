import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from trainer.metrics import aupro, auroc, pixel_auroc, wilson


def slow_auroc(scores, bad):
    pairs = [(b > g) + 0.5 * (b == g) for b in scores[bad] for g in scores[~bad]]
    return np.mean(pairs)


def slow_aupro(maps, masks, limit):
    """The definition, threshold by threshold."""
    values = np.unique(np.concatenate([m.ravel() for m in maps]))[::-1]
    regions = []
    for i, mask in enumerate(masks):
        labels, n = ndimage.label(mask, np.ones((3, 3)))  # pyright: ignore[reportGeneralTypeIssues]  # scipy's stub
        regions += [(i, labels == k) for k in range(1, n + 1)]
    free = [~mask for mask in masks]
    curve = [(0.0, 0.0)]
    for value in values:
        rate = sum((m[f] >= value).sum() for m, f in zip(maps, free, strict=True)) / sum(f.sum() for f in free)
        curve.append((rate, float(np.mean([(maps[i][r] >= value).mean() for i, r in regions]))))
    x, y = np.array(curve).T
    fine = np.unique(np.append(x[x <= limit], limit))
    area = 0.0
    for left, right in itertools.pairwise(fine):
        # At one rate the curve may step up; a trapezoid starts at the top of the step and ends at the foot of the next.
        top = y[x <= left].max()
        foot = y[x == right].min() if (x == right).any() else np.interp(right, x, y)
        area += (right - left) * (top + foot) / 2
    return area / limit


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auroc_counts_ties_half(rows):
    scores, bad = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows])
    if bad.any() and not bad.all():
        assert auroc(scores, bad) == pytest.approx(slow_auroc(scores, bad))
    else:
        assert np.isnan(auroc(scores, bad))


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
def test_scores_are_not_squashed(factor):
    """Prevents a sigmoid that turns large distances into ties: 0.757 printed where 0.959 was true."""
    scores = np.array([100, 101, 102, 103, 104, 105]) * factor
    assert auroc(scores, np.array([0, 0, 1, 0, 1, 1], bool)) == pytest.approx(8 / 9)


@given(st.integers(0, 10_000), st.integers(2, 30), st.sampled_from([0.05, 0.3, 1.0]))
@settings(deadline=None, max_examples=60)
def test_aupro_is_exact(seed, levels, limit):
    rng = np.random.default_rng(seed)
    masks = [rng.random((7, 6)) < 0.2 for _ in range(3)]
    masks[0][2, 2] = True
    maps = [rng.integers(0, levels, (7, 6)).astype(np.float32) for _ in range(3)]
    assert aupro(maps, masks, limit) == pytest.approx(slow_aupro(maps, masks, limit), abs=1e-9)


def test_a_small_region_counts_as_much_as_a_large_one():
    mask = np.zeros((20, 20), bool)
    mask[:10, :10] = mask[15, 15] = True
    found_large, found_small = mask.astype(float), np.zeros((20, 20))
    found_large[15, 15] = 0
    found_small[15, 15] = 1
    assert pixel_auroc([found_large], [mask]) > 0.99
    assert aupro([found_large], [mask]) == pytest.approx(aupro([found_small], [mask]))


def test_a_perfect_map_scores_one():
    mask = np.zeros((9, 9), bool)
    mask[3:5, 3:5] = True
    assert aupro([mask.astype(float)], [mask]) == pytest.approx(1)
    assert pixel_auroc([mask.astype(float)], [mask]) == 1


def test_a_map_of_another_size_than_its_mask_is_refused():
    with pytest.raises(ValueError, match="map 0"):
        aupro([np.zeros((4, 4))], [np.zeros((5, 4), bool)])


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 20, 0, 0.1611), (5, 10, 0.2366, 0.7634), (0, 0, 0, 1)])
def test_wilson_gives_the_published_intervals(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=2e-4)
