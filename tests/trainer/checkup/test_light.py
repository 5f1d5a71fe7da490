import cv2
import numpy as np
from checkup_dataset import SIDE, part, write_parts
from small_dataset import write

from edge.health import Level
from trainer.checkup.light import light_findings
from trainer.checkup.looks import look_at, measure
from trainer.dataset import open_dataset

MANY = {"train": 24, "good": 14, "bad": 14}


def facts(grey):
    return measure(np.repeat(grey[..., None], 3, axis=2), 1.0)


def findings(root):
    return {finding.check: finding for finding in light_findings(look_at(open_dataset(root)))}


def rewrite(root, folder, change):
    for i, path in enumerate(sorted((root / folder).iterdir())):
        write(path, np.clip(change(i, part(first_seed(folder) + i).astype(float)), 0, 255).astype(np.uint8))


def first_seed(folder):
    return {"train/good": 0, "test/good": 1000, "test/hole": 2000}[folder]


def test_sharpness_falls_with_blur_and_not_with_light():
    picture = part(1)
    blurred = cv2.GaussianBlur(picture, (0, 0), 3)
    dim = (picture * 0.5).astype(np.uint8)
    assert facts(blurred)["sharpness"] < 0.7 * facts(picture)["sharpness"]
    assert abs(facts(dim)["sharpness"] / facts(picture)["sharpness"] - 1) < 0.05


def test_a_vignette_is_corners_over_middle():
    picture = np.full((SIDE, SIDE), 200, np.uint8)
    picture[:30, :30] = picture[:30, -30:] = picture[-30:, :30] = picture[-30:, -30:] = 100
    assert facts(picture)["vignette"] == 0.5


def test_a_set_without_faults_gives_no_warning(tmp_path):
    found = findings(write_parts(tmp_path / "parts", **MANY))
    assert [check for check, finding in found.items() if finding.level > Level.INFO] == []


def test_light_that_fades_over_the_set_is_a_drift(tmp_path):
    root = write_parts(tmp_path / "parts", **MANY)
    rewrite(root, "train/good", lambda i, picture: picture * (1 - 0.01 * i))
    drift = findings(root)["light.brightness_drift"]
    assert drift.level is Level.WARNING
    assert drift.numbers["first_to_last"] < -15


def test_one_dark_picture_stands_out_and_is_no_drift(tmp_path):
    root = write_parts(tmp_path / "parts", **MANY)
    write(root / "train/good/023.png", part(23) // 3)
    found = findings(root)
    assert [shown.name for shown in found["light.brightness_outliers"].pictures] == ["train/good/023.png"]
    assert found["light.brightness_drift"].level is Level.OK


def test_bad_parts_recorded_in_other_light_are_a_shortcut(tmp_path):
    root = write_parts(tmp_path / "parts", **MANY)
    rewrite(root, "test/hole", lambda i, picture: picture * 0.8)
    found = findings(root)
    assert found["light.brightness_shortcut"].numbers["auroc"] == 1
    assert found["light.brightness_shortcut"].level is Level.INFO
    assert found["light.brightness_split"].level is Level.OK


def test_burnt_highlights_are_a_warning(tmp_path):
    root = write_parts(tmp_path / "parts", **MANY)
    rewrite(root, "train/good", lambda i, picture: picture * 2)
    assert findings(root)["light.clipped"].level is Level.WARNING
