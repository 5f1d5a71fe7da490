import subprocess
import sys

import numpy as np
import pytest

from edge.bundle import Bundle
from edge.clock import VirtualClock
from edge.errors import DatasetError, UsageError
from edge.health import Level
from edge.runtime import Runtime
from export.exporting import export_bundle, golden_tiles
from trainer.runs import Run


@pytest.fixture(scope="module")
def bundle(run_folder, tmp_path_factory) -> Bundle:
    return export_bundle(run_folder, tmp_path_factory.mktemp("out") / "a.ringlight", clock=VirtualClock())


def test_the_manifest_tells_where_the_model_comes_from(bundle, run_folder):
    run, manifest = Run.read(run_folder), bundle.manifest
    assert manifest.dataset.fingerprint == run.fingerprint
    assert (manifest.dataset.fitted, manifest.dataset.held_out) == (19, 5)
    assert (manifest.serial, manifest.created) == (1_700_000_000, "2023-11-14T22:13:20+00:00")
    assert manifest.model_id.startswith("stripes-")
    assert manifest.geometry == run.geometry
    assert {"torch", "onnxruntime", "ringlight"} <= set(manifest.tools)


def test_the_manifest_tells_what_the_alignment_was_chosen_by(bundle, run_folder):
    choice = Run.read(run_folder).notes["alignment"]
    assert bundle.manifest.alignment == choice["chosen"]
    for name in ("fixed", "near", "free"):
        assert bundle.manifest.metrics[f"synthetic_auroc_{name}"] == choice[name]


def test_the_golden_tiles_score_as_they_did(bundle):
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"])
    spread = float(np.std(bundle.manifest.calibration.scores))
    assert runtime.check_golden(bundle.golden_tiles, bundle.golden_scores, spread).level is Level.OK


def test_the_golden_tiles_cover_good_and_bad(bundle):
    good, marred = np.split(bundle.golden_scores, 2)
    assert marred.min() > good.max()


def test_thresholds_rise_as_false_rejects_become_rarer(bundle):
    values = [row.value for row in bundle.manifest.thresholds]
    assert values == sorted(values, reverse=True)


def test_the_same_run_gives_the_same_bundle(bundle, run_folder, tmp_path):
    again = export_bundle(run_folder, tmp_path / "b.ringlight", clock=VirtualClock())
    assert again.manifest.canonical() == bundle.manifest.canonical()


def test_a_data_set_that_was_moved_has_to_be_named(run_folder, dataset, tmp_path):
    run = Run.read(run_folder)
    moved = tmp_path / "run"
    Run(**{n: getattr(run, n) for n in run.__dataclass_fields__} | {"dataset": tmp_path / "gone"}).write(moved)
    with pytest.raises(DatasetError, match="--dataset"):
        export_bundle(moved, tmp_path / "c.ringlight")
    assert not (tmp_path / "c.ringlight").exists()
    assert export_bundle(moved, tmp_path / "c.ringlight", dataset=dataset, name="moved").manifest.model_id > "moved-"


def test_a_name_without_letters_is_refused(run_folder, tmp_path):
    with pytest.raises(UsageError, match="--name"):
        export_bundle(run_folder, tmp_path / "d.ringlight", name="...")


def test_golden_tiles_keep_the_good_ones_untouched():
    good = [np.full((64, 64, 3), 100, np.uint8)]
    tiles = golden_tiles(good)
    np.testing.assert_array_equal(tiles[0], good[0])
    assert {0, 100, 255} == set(np.unique(tiles[1]).tolist())


def test_naming_the_package_loads_no_torch():
    code = "import sys, export, export.commands; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_the_report_is_in_the_bundle_and_tells_nothing_about_the_desk(bundle, dataset):
    """Prevents the path of somebody's home on every box."""
    page = (bundle.report or b"").decode()
    assert bundle.manifest.model_id in page
    assert str(dataset.parent) not in page
    assert page.count("data:image/jpeg") == 2 * 5
