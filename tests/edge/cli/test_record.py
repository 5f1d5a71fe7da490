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
