"""Thresholds on maps, against the definition taken word for word and against cases that a person can count."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from trainer.protocols.leave_one_out.maps import (
    best_thresholds,
    judge,
    split_up,
    thresholds_at_limit,
    thresholds_of_good,
)

SIZE = (6, 5)


def overlap(scores, mask, threshold) -> float:
    """PRO of one picture by its definition."""
    labels, n = ndimage.label(mask, np.ones((3, 3)))  # pyright: ignore[reportGeneralTypeIssues]  # scipy's stub
    return float(np.mean([(scores[labels == k] > threshold).mean() for k in range(1, n + 1)]))


def inner_set(i, maps, masks, good):
    """The others' maps and masks, and all their defect-free scores."""
    others = [(m, mask) for j, (m, mask) in enumerate(zip(maps, masks, strict=True)) if j != i]
    return others, np.concatenate([good, *(m[~mask] for m, mask in others)])


def slow_limit(i, maps, masks, good, limit):
    _, free = inner_set(i, maps, masks, good)
    return min(t for t in free if (free > t).mean() <= limit)


def slow_best(i, maps, masks, good):
    others, free = inner_set(i, maps, masks, good)
    best, found = 0.0, math.inf
    for value in sorted({*free.tolist(), *(v for m, _ in others for v in m.ravel().tolist())}, reverse=True):
        below = value - 0.5
        worth = float(np.mean([overlap(m, mask, below) for m, mask in others]) - (free > below).mean())
        if worth > best + 1e-9:
            best, found = worth, value
    return found


def drawn(seed: int, levels: int, n: int = 4):
    """Maps of whole numbers, so that many are equal, and masks that shift them up."""
    rng = np.random.default_rng(seed)
    masks = [rng.random(SIZE) < rng.uniform(0.05, 0.5) for _ in range(n)]
    for mask in masks:
        mask[tuple(rng.integers(0, SIZE))] = True
    maps = [(rng.integers(0, levels, SIZE) + mask * rng.integers(0, levels)).astype(np.float32) for mask in masks]
    return maps, masks, rng.integers(0, levels, 40).astype(np.float32)


@given(st.integers(0, 100_000), st.integers(2, 30), st.sampled_from([0.01, 0.05, 0.29, 0.5]))
@settings(deadline=None, max_examples=60)
def test_the_limit_is_kept_by_the_lowest_threshold(seed, levels, limit):
    maps, masks, good = drawn(seed, levels)
    found = thresholds_at_limit(split_up(maps, masks), good, limit)
    assert found.tolist() == [slow_limit(i, maps, masks, good, limit) for i in range(len(maps))]
    of_good = min(t for t in good if (good > t).mean() <= limit)
    assert thresholds_of_good(split_up(maps, masks), good, limit).tolist() == [of_good] * len(maps)


@given(st.integers(0, 100_000), st.integers(2, 30))
@settings(deadline=None, max_examples=60)
def test_the_best_threshold_is_the_best_of_all(seed, levels):
    maps, masks, good = drawn(seed, levels)
    found = best_thresholds(split_up(maps, masks), good)
    expected = [slow_best(i, maps, masks, good) for i in range(len(maps))]
    assert [math.ceil(t) if math.isfinite(t) else t for t in found.tolist()] == expected


@given(st.integers(0, 100_000), st.integers(2, 30))
@settings(deadline=None, max_examples=40)
def test_each_picture_is_judged_at_its_own_threshold(seed, levels):
    maps, masks, good = drawn(seed, levels)
    thresholds = np.random.default_rng(seed).integers(0, levels, len(maps)).astype(np.float32)
    found = judge(split_up(maps, masks), good, thresholds)
    for i, threshold in enumerate(thresholds):
        others, free = inner_set(i, maps, masks, good)
        assert found.pro[i] == pytest.approx(overlap(maps[i], masks[i], threshold))
        assert found.inner_pro[i] == pytest.approx(np.mean([overlap(m, mask, threshold) for m, mask in others]))
        assert found.inner_rate[i] == pytest.approx((free > threshold).mean())
        assert found.good_rate[i] == pytest.approx((good > threshold).mean())
        own = maps[i][~masks[i]]
        assert found.rate[i] == pytest.approx((own > threshold).mean()) if own.size else np.isnan(found.rate[i])
        elsewhere = [overlap(maps[i], masks[i], t) for j, t in enumerate(thresholds) if j != i]
        assert found.seen_pro[i] == pytest.approx(np.mean(elsewhere))
    assert found.seen_pro.mean() == pytest.approx(found.inner_pro.mean())


def line(*values: float) -> np.ndarray:
    return np.array([values], np.float32)


def test_a_case_that_can_be_counted():
    """Ten good pixels score 0 to 9. Two pictures: a defect at 20 in one, at 8.5 in the other."""
    maps, masks = [line(0, 20), line(0, 8.5)], [line(0, 1) > 0, line(0, 1) > 0]
    good = np.arange(10, dtype=np.float32)
    pictures = split_up(maps, masks)
    # Each inner set holds eleven defect-free pixels: 20 % of them are two.
    assert thresholds_at_limit(pictures, good, 0.2).tolist() == [7, 7]
    best = best_thresholds(pictures, good)
    np.testing.assert_allclose(best, [8.5, 20], rtol=1e-6)
    found = judge(pictures, good, best)
    # Without the first, the threshold is that of the faint defect and finds both; without the second it misses it.
    assert found.pro.tolist() == [1, 0]
    assert found.inner_pro.tolist() == [1, 1]
    np.testing.assert_allclose(found.inner_rate, [1 / 11, 0])


def test_a_picture_has_no_say_in_its_own_threshold():
    """A threshold that had seen the picture found its defect, and the outer PRO was no better than the inner one."""
    maps, masks, good = drawn(7, 30)
    limit, best = thresholds_at_limit(split_up(maps, masks), good, 0.05), best_thresholds(split_up(maps, masks), good)
    maps[2] = maps[2] * 3 - 17
    assert thresholds_at_limit(split_up(maps, masks), good, 0.05)[2] == limit[2]
    assert best_thresholds(split_up(maps, masks), good)[2] == best[2]


def test_a_threshold_still_finds_the_pixel_that_it_was_chosen_for():
    """Just below in double precision is the very same number in single precision, and the pixel was lost."""
    maps, masks = [line(0, 0.3), line(0, 0.3)], [line(0, 1) > 0, line(0, 1) > 0]
    found = best_thresholds(split_up(maps, masks), np.zeros(4, np.float32))
    assert judge(split_up(maps, masks), np.zeros(4, np.float32), found).pro.tolist() == [1, 1]


def test_where_it_is_better_to_find_nothing_nothing_is_found():
    maps, masks = [line(9, 0), line(9, 0)], [line(0, 1) > 0, line(0, 1) > 0]
    found = best_thresholds(split_up(maps, masks), np.full(5, 9, np.float32))
    assert found.tolist() == [math.inf, math.inf]


def test_an_empty_mask_is_refused():
    with pytest.raises(ValueError, match="0 defective"):
        split_up([line(0, 1)], [line(0, 0) > 0])
