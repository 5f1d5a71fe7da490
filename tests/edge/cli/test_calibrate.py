"""`ringlight calibrate` with a folder of pictures for a camera."""

from contextlib import nullcontext

import cv2
import numpy as np
import pytest

from edge.cli import main

CONFIG = """
[camera]
source = "folder"
device = "camera"
fps = 500
flat_field = "flat.npz"
[imaging]
reference = "reference.json"
[trigger]
camera_mm = 80
[ejector]
distance_mm = 400
"""


@pytest.fixture
def box(tmp_path):
    (tmp_path / "box.toml").write_text(CONFIG)
    (tmp_path / "camera").mkdir()
    return tmp_path


def calibrate(box, kind, *words) -> int:
    return main(["calibrate", kind, "--config", str(box / "box.toml"), *words])


def shown(box, image) -> None:
    cv2.imwrite(str(box / "camera" / "a.png"), image)


def test_a_flat_field_and_then_its_dark_frame_are_written(box, capsys):
    shown(box, np.full((48, 64, 3), 180, np.uint8))
    assert calibrate(box, "flat") == 0
    shown(box, np.full((48, 64, 3), 5, np.uint8))
    assert calibrate(box, "dark") == 0
    assert "corners at 100%" in capsys.readouterr().out
    with np.load(box / "flat.npz", allow_pickle=False) as body:
        assert (body["flat"].mean(), body["dark"].mean()) == (pytest.approx(180, abs=1), pytest.approx(5, abs=1))


def test_a_dark_frame_before_the_flat_field_is_refused(box, capsys):
    shown(box, np.full((48, 64, 3), 5, np.uint8))
    assert calibrate(box, "dark") == 2
    assert "calibrate flat" in capsys.readouterr().err


def test_a_reference_is_made_of_recorded_parts(box, capsys):
    dice = np.random.default_rng(1)
    (box / "good").mkdir()
    for number in range(20):
        cv2.imwrite(str(box / "good" / f"{number}.png"), dice.integers(0, 255, (40, 40, 3), np.uint8))
    assert calibrate(box, "reference", "--pictures", str(box / "good")) == 0
    assert "reference of 20 pictures" in capsys.readouterr().out
    assert (box / "reference.json").exists()


def test_the_pitch_is_said_in_the_words_of_the_configuration(box, capsys):
    squares = (np.indices((6, 9)).sum(axis=0) % 2 * 255).astype(np.uint8)
    target = np.pad(np.kron(squares, np.ones((40, 40), np.uint8)), 40, constant_values=255)
    shown(box, np.repeat(target[..., None], 3, axis=2))
    (box / "box.toml").write_text(CONFIG.replace('flat_field = "flat.npz"', ""))
    assert calibrate(box, "pitch") == 0
    told = capsys.readouterr().out
    assert "camera.mm_per_px = 0.25\n" in told
    assert "defects from 2 to 2.5 mm on can be seen" in told
    assert "warning" not in told
    assert calibrate(box, "pitch", "--ruler-mm", "98") == 0
    assert "camera.mm_per_px = 0.245\n" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "begins"), [("target.svg", b"<svg"), ("target.PDF", b"%PDF-1.4")])
def test_a_target_is_written_as_its_name_says(tmp_path, capsys, name, begins):
    assert main(["calibrate", "target", "--out", str(tmp_path / name), "--square-mm", "5"]) == 0
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert "45 × 30 mm on A4" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--out", "target.png"], ["--out", "nowhere/target.svg"], ["--out", "t.svg", "--square-mm", "0"]]
)
def test_a_target_that_cannot_be_written_is_told(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) if "0" in words else nullcontext():
        assert main(["calibrate", "target", *words]) == 2
    assert "target" in capsys.readouterr().err
