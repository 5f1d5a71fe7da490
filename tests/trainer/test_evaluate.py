import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from edge.bundle import Bundle
from edge.errors import DatasetError
from trainer.evaluate import evaluate, judge, score_test
from trainer.metrics import auroc

KEYS = {
    "image_auroc",
    "pixel_auroc",
    "aupro",
    "per_class",
    "threshold",
    "false_reject_rate",
    "escape_rate",
    "tiles_per_second",
    "provider",
    "bundle_mb",
}


@pytest.fixture(scope="module")
def result(bundle_path, dataset):
    return evaluate(bundle_path, dataset)


def test_the_keys_are_those_that_are_promised(result):
    assert set(result.to_dict()) >= KEYS
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["per_class"]["patch"]["n"] == 6


def test_a_bright_patch_is_found(result):
    assert result.image_auroc == 1
    assert result.pixel_auroc > 0.6
    assert 0 < result.aupro <= 1


def test_rates_are_counted_at_the_threshold_of_the_calibration(bundle_path, dataset, result):
    scored = score_test(*opened(bundle_path), dataset)
    bad = np.array([sample.bad for sample in scored.samples])
    assert result.threshold == Bundle.read(bundle_path).manifest.calibration.threshold(100).value
    assert result.escape_rate == np.mean(scored.scores[bad] <= result.threshold)
    assert result.false_reject_rate == np.mean(scored.scores[~bad] > result.threshold)


def opened(path):
    from edge.runtime import Runtime

    bundle = Bundle.read(path)
    return bundle, Runtime(bundle.model, ["CPUExecutionProvider"])


def test_scores_pass_through_raw(bundle_path, dataset, result):
    bundle, runtime = opened(bundle_path)
    scored = score_test(bundle, runtime, dataset)
    assert result.image_auroc == auroc(scored.scores, [sample.bad for sample in scored.samples])
    assert scored.scores.max() > 1


def test_without_masks_only_image_metrics_are_given(bundle_path, dataset, tmp_path):
    copy = shutil.copytree(dataset, tmp_path / "stripes")
    shutil.rmtree(copy / "ground_truth")
    shutil.rmtree(copy / "train")
    result = evaluate(bundle_path, copy)
    assert (result.pixel_auroc, result.aupro) == (None, None)
    assert result.image_auroc == 1


def test_a_part_of_the_pictures_can_be_judged(bundle_path, dataset):
    bundle, runtime = opened(bundle_path)
    scored = score_test(bundle, runtime, dataset).some([0, 1, 6])
    assert judge(bundle, scored, runtime.running).pictures == 3


def test_a_data_set_without_tests_is_refused(bundle_path, dataset, tmp_path):
    shutil.copytree(dataset / "train", tmp_path / "train")
    with pytest.raises(DatasetError, match="to evaluate with"):
        evaluate(bundle_path, tmp_path)


def test_torch_is_not_loaded(bundle_path, dataset):
    """Prevents an evaluation that measures something else than the box's runtime."""
    code = (
        "import sys; from pathlib import Path; from trainer.evaluate import evaluate;"
        "evaluate(Path(sys.argv[1]), Path(sys.argv[2])); print('torch' in sys.modules or 'timm' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(bundle_path), str(dataset)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "False"
