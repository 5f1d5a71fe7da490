import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from edge.bundle import Bundle
from edge.runtime import Runtime
from trainer.evaluate import Scored, judge, score_test
from trainer.judge import Result, points_at
from trainer.metrics import aupro, auroc, average_precision, bootstrap, cost_curve

DOCUMENT = Path(__file__).parents[2] / "docs" / "evaluate.md"


@pytest.fixture(scope="module")
def bundle(bundle_path) -> Bundle:
    return Bundle.read(bundle_path)


@pytest.fixture(scope="module")
def scored(bundle, dataset) -> Scored:
    return score_test(bundle, Runtime(bundle.model, ["CPUExecutionProvider"], threads=1), dataset)


@pytest.fixture(scope="module")
def spoilt(scored) -> Scored:
    """The same pictures with random scores: nothing is perfect."""
    scores = np.random.default_rng(1).normal(0.5 * bad_of(scored)) + 1
    return dataclasses.replace(scored, scores=scores)


def bad_of(scored):
    return np.array([sample.bad for sample in scored.samples])


def test_numbers_are_those_of_their_definitions(bundle, spoilt):
    result, bad = judge(bundle, spoilt, "CPU"), bad_of(spoilt)
    assert result.image_auroc == auroc(spoilt.scores, bad)
    assert result.average_precision == average_precision(spoilt.scores, bad)
    assert result.aupro == pytest.approx(aupro(list(spoilt.maps), [mask for mask in spoilt.masks if mask is not None]))


def test_intervals_hold_their_number(bundle, spoilt):
    values = judge(bundle, spoilt, "CPU").to_dict()
    assert values["average_precision_interval"] == bootstrap(spoilt.scores, bad_of(spoilt), average_precision)
    for name in ("image_auroc", "average_precision", "aupro"):
        low, high = values[f"{name}_interval"]
        assert low <= values[name] <= high, name
        assert low < high, name


def test_every_rate_is_counted_at_its_own_threshold(bundle, spoilt):
    thresholds, false_rejects, escapes = cost_curve(spoilt.scores, bad_of(spoilt))
    for row in judge(bundle, spoilt, "CPU").rates:
        at = np.searchsorted(thresholds, row.threshold, side="right") - 1
        expected = (false_rejects[at], escapes[at]) if at >= 0 else (1, 0)
        assert (row.false_reject_rate, row.escape_rate) == pytest.approx(expected)


def test_curves_are_thin_and_keep_their_ends(bundle, scored):
    result = judge(bundle, scored, "CPU")
    assert result.pro_curve
    assert (result.roc_curve[0], result.roc_curve[-1]) == ((0, 0), (1, 1))
    assert (result.pro_curve[0], result.pro_curve[-1][0]) == ((0, 0), 0.3)
    assert len(result.pro_curve) <= 201


def test_a_missed_defect_has_a_size(bundle, scored):
    """Prevents a size that was measured in a smaller copy of the mask."""
    masks = {sample.path: size for sample, size in zip(scored.samples, scored.defect_px, strict=True) if sample.bad}
    low = dataclasses.replace(scored, scores=np.full(len(scored.samples), -1e9))
    value = judge(bundle, low, "CPU").per_class["patch"]
    assert (value.smallest_found_px, value.largest_missed_px) == (None, max(masks.values()))
    assert value.largest_missed_px == 16 * 16


@pytest.mark.parametrize(("peak", "hit"), [((10, 10), True), ((10, 13), True), ((10, 20), False)])
def test_pointing_allows_the_width_of_a_cell(peak, hit):
    mask, anomaly_map = np.zeros((32, 32), bool), np.zeros((32, 32))
    mask[9:12, 9:12] = True
    anomaly_map[peak] = 1
    assert points_at(anomaly_map, mask) is hit


def test_too_few_pictures_have_no_interval(bundle, scored):
    bad = bad_of(scored)
    few = scored.some([int(np.flatnonzero(~bad)[0]), int(np.flatnonzero(bad)[0])])
    result = judge(bundle, few, "CPU")
    assert result.image_auroc_delong is None
    json.dumps(result.to_dict(), allow_nan=False)


def test_every_key_is_documented(bundle, scored):
    """Prevents a key that nobody can look up."""
    text = DOCUMENT.read_text(encoding="utf-8")
    values = judge(bundle, scored, "CPU").to_dict()
    keys = {*values, *values["per_class"]["patch"], *values["rates"][0]}
    assert {field.name for field in dataclasses.fields(Result)} <= keys
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []
