import json
import shutil

import cv2
import numpy as np
import pytest
from checkup_dataset import part, write_parts
from small_bundle import write_small_bundle
from small_dataset import write

from edge.cli import main
from edge.picture import read_pixels


@pytest.fixture
def root(tmp_path):
    return write_parts(tmp_path / "parts")


def test_a_sound_set_ends_with_0_and_the_json_says_the_same(root, tmp_path, capsys):
    assert main(["dataset", "check", str(root), "--json", str(tmp_path / "out" / "found.json")]) == 0
    said = json.loads((tmp_path / "out" / "found.json").read_text())
    assert (said["schema"], said["dataset"], said["pictures"]) == (1, "parts", 20)
    out = capsys.readouterr().out
    assert all(finding["check"] in out and finding["text"] in out for finding in said["findings"])
    assert out.splitlines()[-1] == f"parts: 20 pictures, worst finding {said['level']}"


def test_five_training_pictures_in_the_test_set_are_a_fault(root, tmp_path, capsys):
    """The inflated result that this command exists for."""
    for i in range(5):
        shutil.copy(root / f"train/good/00{i}.png", root / f"test/good/90{i}.png")
    found = tmp_path / "found.json"
    assert main(["dataset", "check", str(root), "--json", str(found)]) == 1
    (fault,) = [finding for finding in json.loads(found.read_text())["findings"] if finding["level"] == "FAULT"]
    assert fault["check"] == "repeats.exact_across"
    assert fault["numbers"] == {"pairs": 5, "test_pictures": 5, "test_good_pictures": 5, "test_good": 8}
    assert [shown["name"] for shown in fault["pictures"][:2]] == ["train/good/000.png", "test/good/900.png"]
    assert "FAULT   repeats.exact_across" in capsys.readouterr().out


def test_a_copy_inside_the_training_set_is_no_fault(root):
    shutil.copy(root / "train/good/000.png", root / "train/good/900.png")
    assert main(["dataset", "check", str(root)]) == 0


def test_one_picture_under_two_labels_is_said(root, tmp_path, capsys):
    write(root / "test/good/900.png", read_pixels(root / "test/hole/000.png"))
    main(["dataset", "check", str(root)])
    assert "WARNING repeats.two_labels" in capsys.readouterr().out


def test_the_odd_good_picture_comes_first(root, tmp_path):
    write(root / "train/good/005.png", 255 - part(5))
    main(["dataset", "check", str(root), "--json", str(tmp_path / "found.json")])
    assert borderline(tmp_path / "found.json")["pictures"][0]["name"] == "train/good/005.png"


def test_a_bundle_ranks_good_pictures_by_its_own_score(root, tmp_path):
    write(root / "train/good/007.png", np.clip(part(7) * 1.4, 0, 255).astype(np.uint8))
    bundle = write_small_bundle(tmp_path / "brightness.ringlight", good=part(0).mean() / 255)
    main(["dataset", "check", str(root), "--bundle", str(bundle), "--json", str(tmp_path / "found.json")])
    said = borderline(tmp_path / "found.json")
    assert said["pictures"][0]["name"] == "train/good/007.png"
    assert said["numbers"]["by"] == "brightness-1"
    assert said["numbers"]["above_threshold"] >= 1
    assert "fitted to score lower" in said["text"]


def test_the_page_holds_its_pictures_and_asks_the_network_for_nothing(root, tmp_path):
    shutil.copy(root / "train/good/000.png", root / "test/good/900.png")
    main(["dataset", "check", str(root), "--html", str(tmp_path / "page.html")])
    page = (tmp_path / "page.html").read_text()
    assert page.count("data:image/jpeg;base64,") >= 2
    assert "test/good/900.png" in page
    assert not any(word in page for word in ("http:", "https:", "<script", "<link", "url("))


def test_a_name_cannot_write_into_the_page(root, tmp_path):
    for side in ("train/good", "test/good"):
        write(root / side / "<b>x&.png", part(50))
    main(["dataset", "check", str(root), "--html", str(tmp_path / "page.html")])
    assert "<b>x" not in (tmp_path / "page.html").read_text()


def test_a_broken_set_ends_with_2_and_the_files_name(root, capsys):
    (root / "train/good/003.png").write_bytes(b"")
    assert main(["dataset", "check", str(root)]) == 2
    assert "003.png: is empty" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--size", "8"], ["--auroc", "1"]])
def test_a_number_out_of_range_ends_with_2(root, wrong):
    assert main(["dataset", "check", str(root), *wrong]) == 2


def test_grey_pictures_among_coloured_ones_are_named(root, capsys):
    write(root / "train/good/900.png", cv2.applyColorMap(part(60), cv2.COLORMAP_BONE))
    main(["dataset", "check", str(root)])
    assert "WARNING counts.colours" in capsys.readouterr().out


def borderline(path):
    (found,) = [f for f in json.loads(path.read_text())["findings"] if f["check"] == "borderline.good"]
    return found
