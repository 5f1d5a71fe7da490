import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from edge.cli import main


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "good"
    folder.mkdir()
    for i in range(3):
        cv2.imwrite(str(folder / f"{i}.png"), np.full((40, 40), 60 + i, np.uint8))
    return folder


def test_the_virtual_line_records_a_data_set(pictures, tmp_path, capsys):
    out = tmp_path / "parts"
    assert main(["record", "--virtual", str(pictures), "--out", str(out), "--parts", "4"]) == 0
    assert "4 pictures kept, 4 in" in capsys.readouterr().out
    assert len(list((out / "train/good").glob("*.png"))) == 4


def test_the_line_must_be_named(pictures, tmp_path, capsys):
    assert main(["record", "--out", str(tmp_path / "parts")]) == 2
    assert "--config FILE, or --virtual" in capsys.readouterr().err


def test_a_folder_without_pictures_is_refused(tmp_path, capsys):
    assert main(["record", "--virtual", str(tmp_path / "none"), "--out", str(tmp_path / "parts")]) == 2
    assert "holds no pictures" in capsys.readouterr().err


def test_ctrl_c_ends_it_and_what_was_kept_is_safe(pictures, tmp_path):
    out = tmp_path / "parts"
    words = ["record", "--virtual", str(pictures), "--out", str(out), "--parts", "1000000"]
    process = subprocess.Popen([sys.executable, "-m", "edge.cli", *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert "1 of 1000000" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    said = process.stdout.read()
    assert process.wait(60) == 0
    kept = len(list((out / "train/good").glob("*.png")))
    assert f"{kept} pictures kept, {kept} in" in said
    assert len((out / "provenance.jsonl").read_text().splitlines()) == kept


def test_a_camera_that_is_away_is_told(tmp_path, capsys, monkeypatch):
    """It ended with no pictures, and not a word on why."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    config = tmp_path / "box.toml"
    config.write_text(
        "[camera]\nsource = 'folder'\ndevice = 'nowhere'\n[trigger]\ncamera_mm = 80\n[ejector]\ndistance_mm = 400\n"
    )
    words = ["record", "--config", str(config), "--out", str(tmp_path / "parts"), "--seconds", "0.5"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert "nowhere: cannot be read" in told.err
    assert "0 pictures kept" in told.out
