import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from sklearn.metrics import roc_auc_score

from trainer.metrics import aupro, pixel_auroc, pro, pro_curve, region_areas


def components(mask):
    labels, n = ndimage.label(mask, np.ones((3, 3)))  # pyright: ignore[reportGeneralTypeIssues]  # scipy's stub
    return [labels == k for k in range(1, n + 1)]


def slow_aupro(maps, masks, limit):
    """The definition, threshold by threshold."""
    values = np.unique(np.concatenate([m.ravel() for m in maps]))[::-1]
    regions = []
    for i, mask in enumerate(masks):
        regions += [(i, component) for component in components(mask)]
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


@given(st.integers(0, 10_000), st.integers(2, 30), st.sampled_from([0.05, 0.3, 1.0]))
@settings(deadline=None, max_examples=60)
def test_aupro_is_exact(seed, levels, limit):
    rng = np.random.default_rng(seed)
    masks = [rng.random((7, 6)) < 0.2 for _ in range(3)]
    masks[0][2, 2] = True
    maps = [rng.integers(0, levels, (7, 6)).astype(np.float32) for _ in range(3)]
    assert aupro(maps, masks, limit) == pytest.approx(slow_aupro(maps, masks, limit), abs=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 30), st.sampled_from([0.05, 0.3, 1.0]))
@settings(deadline=None, max_examples=60)
def test_the_areas_of_the_components_average_to_aupro(seed, levels, limit):
    """Prevents an interval around another number than the one that is printed."""
    rng = np.random.default_rng(seed)
    masks = [rng.random((6, 5)) < 0.2 for _ in range(3)]
    masks[0][2, 2] = True
    maps = [rng.integers(0, levels, (6, 5)).astype(np.float32) for _ in range(3)]
    areas = region_areas(maps, masks, limit)
    assert [len(each) for each in areas] == [len(components(mask)) for mask in masks]
    assert np.concatenate(areas).mean() == pytest.approx(slow_aupro(maps, masks, limit), abs=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 30))
@settings(deadline=None, max_examples=40)
def test_pixel_auroc_counts_ties_half(seed, levels):
    rng = np.random.default_rng(seed)
    masks = [rng.random((6, 5)) < 0.3 for _ in range(2)]
    masks[0][:, 2] = True
    maps = [rng.integers(0, levels, (6, 5)).astype(np.float32) for _ in range(2)]
    expected = roc_auc_score(np.ravel(masks), np.ravel(maps))
    assert pixel_auroc(maps, masks) == pytest.approx(expected)


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


def test_the_curve_ends_at_its_limit():
    rng = np.random.default_rng(0)
    mask = rng.random((20, 20)) < 0.2
    whole = pro_curve([rng.random((20, 20))], [mask])
    rate, overlap = pro_curve([rng.random((20, 20))], [mask], 0.1)
    assert (rate[0], rate[-1], overlap[0]) == (0, 0.1, 0)
    assert (whole[0][-1], whole[1][-1]) == pytest.approx((1, 1))
    assert (np.diff(overlap) >= 0).all()


def test_overlap_at_a_threshold_counts_each_component_once():
    mask, scores = np.zeros((10, 10), bool), np.zeros((10, 10))
    mask[0, :4] = mask[9, 9] = True
    scores[0, :2] = scores[5, 5] = 2
    scores[0, 2:4] = 1
    assert pro([scores], [mask], 1) == pytest.approx((np.mean([0.5, 0]), 1 / 95))


def test_without_a_defect_there_is_no_overlap():
    nothing = [np.zeros((4, 4), bool)]
    assert np.isnan(pro([np.zeros((4, 4))], nothing, 0)[0])
    assert np.isnan(aupro([np.zeros((4, 4))], nothing))
    assert [len(each) for each in region_areas([np.zeros((4, 4))], nothing)] == [0]
