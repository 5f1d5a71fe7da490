import re
import shutil

import cv2
import numpy as np
import pytest
from checkup_dataset import write_parts
from markupsafe import escape
from small_bundle import write_small_bundle

from edge.bundle import Bundle
from edge.calibration import Calibration
from edge.runtime import Runtime
from trainer.calibrate import score_held_out
from trainer.checkup.checkup import examine
from trainer.report import training_report


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Twelve good parts, the last one the brightest."""
    folder = tmp_path_factory.mktemp("good")
    paths = [folder / f"part{i:02}.png" for i in range(12)]
    for i, path in enumerate(paths):
        assert cv2.imwrite(str(path), np.full((40, 48), 55 + i, np.uint8))
    return paths


@pytest.fixture(scope="module")
def page(parts, tmp_path_factory) -> str:
    epoch = {"real_mean": 0.5, "real_std": 0.1, "noisy_mean": -0.5, "noisy_std": 0.2}
    notes = {"tracker": [epoch] * 3, "epoch": {"number": 2}, "warnings": ["saturated: raise the noise."]}
    bundle = Bundle.read(write_small_bundle(tmp_path_factory.mktemp("bundle") / "greys.ringlight"))
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"], threads=1)
    scores = score_held_out(runtime, parts, bundle.manifest.geometry)
    manifest = bundle.manifest.model_copy(update={"calibration": Calibration.fit(scores)})
    facts = [("Settings", "rank <64>")]
    return training_report(manifest, runtime, parts, scores, model_bytes=1_500_000, facts=facts, notes=notes).decode()


def test_it_does_not_speak_of_what_nobody_measured(page):
    """Prevents a page that promises finds where no bad part was ever looked at."""
    assert "What escapes is not known yet" in page
    assert "AUROC" not in page


def test_the_strangest_good_parts_come_first(page):
    shown = re.findall(r"<small>[^<]*/(part\d\d)\.png</small>", page)
    assert shown[:6] == [f"part{i:02}" for i in range(11, 5, -1)]
    assert len(shown) == len(set(shown)) == 9


def test_few_pictures_are_said_to_be_few(page):
    assert "Calibrated on 12 good pictures" in page


def test_it_tells_nothing_about_the_desk(page, parts):
    assert str(parts[0].parent.parent) not in page
    assert "rank &lt;64&gt;" in page
    assert "1.5 MB of graph" in page


def test_what_the_training_noted_is_shown(page):
    """Prevents a saturated training that only the terminal spoke of."""
    assert "Saturated: raise the noise." in page
    assert "kept: 2" in page


def test_the_data_set_doctors_findings_are_in_it(parts, tmp_path):
    """Prevents a bundle that a person trusts whose training pictures nobody looked at."""
    root = write_parts(tmp_path / "parts")
    shutil.copy(root / "train/good/003.png", root / "test/good/900.png")
    bundle = Bundle.read(write_small_bundle(tmp_path / "greys.ringlight"))
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"], threads=1)
    checkup = examine(root)
    page = training_report(bundle.manifest, runtime, parts, [0.2] * 12, model_bytes=1, checkup=checkup).decode()
    assert "1 test picture" in page[page.index('aria-label="Warnings"') : page.index('aria-label="Charts"')]
    assert "train/good/003.png" in page
    assert all(str(escape(finding.text)) in page for finding in checkup.findings if finding.level)


def test_a_training_without_a_tracker_has_no_curve_of_it(parts, tmp_path):
    bundle = Bundle.read(write_small_bundle(tmp_path / "greys.ringlight"))
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"], threads=1)
    page = training_report(bundle.manifest, runtime, parts, [0.2] * 12, model_bytes=1).decode()
    assert "discriminator" not in page
