import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from checkup_dataset import part, write_parts
from small_bundle import write_small_bundle
from small_dataset import write

from edge.cli import main
from trainer.evaluate import measure
from trainer.metrics import auroc

DOCUMENT = Path(__file__).parents[2] / "docs" / "evaluate.md"


@pytest.fixture
def root(tmp_path):
    """Half of the defects are bright, which the bundle sees; the first training pictures are dark, so copies of them
    in the test set flatter it."""
    root = write_parts(tmp_path / "parts", good=12, bad=12)
    for i in range(6):
        write(root / f"test/hole/{i:03}.png", np.clip(part(2000 + i) * 1.3, 0, 255).astype(np.uint8))
        write(root / f"train/good/{i:03}.png", (part(i) * 0.7).astype(np.uint8))
    return root


@pytest.fixture
def bundle(tmp_path):
    return write_small_bundle(tmp_path / "brightness.ringlight")


def leak_of(bundle, root):
    examined = measure(bundle, root, threads=1, check=True).examined
    assert examined is not None
    return examined.leakage


def test_nothing_is_said_of_leaks_where_there_are_none(root, bundle):
    assert leak_of(bundle, root) == ()


def test_copies_are_left_out_and_the_number_without_them_is_that_of_the_others(root, bundle):
    """Five training pictures in the test set: the inflated result that a report printed as accuracy."""
    honest = measure(bundle, root, threads=1)
    bad = [sample.bad for sample in honest.scored.samples]
    for i in range(5):
        shutil.copy(root / f"train/good/00{i}.png", root / f"test/good/90{i}.png")
    (leak,) = leak_of(bundle, root)
    assert (leak.what, leak.pictures, leak.good, leak.left_good, leak.left_bad) == ("copies", 5, 5, 12, 12)
    assert leak.without is not None
    assert leak.without == auroc(honest.scored.scores, bad)
    assert leak.with_them == measure(bundle, root, threads=1).result.image_auroc
    assert leak.with_them > leak.without + 0.1
    assert f"{leak.with_them - leak.without:+.4f} by leakage" in str(leak)


def test_two_copies_of_one_training_picture_both_leak(root, bundle):
    """Of pictures with the same pixels the doctor compares only the first."""
    saved_again = np.clip(part(7) * 1.02, 0, 255).astype(np.uint8)
    for name in ("900", "901"):
        write(root / f"test/good/{name}.png", saved_again)
    (leak,) = leak_of(bundle, root)
    assert leak.pictures == 2


def test_parts_photographed_again_are_counted_beside_copies(root, bundle):
    shutil.copy(root / "train/good/000.png", root / "test/good/900.png")
    write(root / "test/good/901.png", (part(9, noise_seed=99) * 0.6).astype(np.uint8))
    copies, parts = leak_of(bundle, root)
    assert (copies.what, copies.pictures, parts.what, parts.pictures) == ("copies", 1, "parts", 2)


def test_what_few_pictures_cannot_tell_is_said(root, bundle):
    for i in range(12):
        shutil.copy(root / f"train/good/{i:03}.png", root / f"test/good/{i:03}.png")
    write(root / "test/good/900.png", part(1000))
    (leak,) = leak_of(bundle, root)
    assert leak.left_good == 1
    assert "too few to tell" in str(leak)


def test_where_no_good_picture_is_left_no_number_is_made_up(root, bundle):
    shutil.rmtree(root / "test/good")
    shutil.copytree(root / "train/good", root / "test/good")
    (leak,) = leak_of(bundle, root)
    assert (leak.without, leak.without_interval) == (None, None)
    assert "no AUROC can be measured" in str(leak)


def test_terminal_json_and_page_say_the_same(root, bundle, tmp_path, capsys):
    shutil.copy(root / "train/good/000.png", root / "test/good/900.png")
    numbers, page = tmp_path / "numbers.json", tmp_path / "page.html"
    assert main(["evaluate", str(bundle), str(root), "--json", str(numbers), "--html", str(page)]) == 0
    said, shown = json.loads(numbers.read_text()), page.read_text(encoding="utf-8")
    assert said["leakage"][0]["pictures"] == 1
    assert said["checkup"]["level"] == "FAULT"
    assert said["same_as_trained"] is False
    out = capsys.readouterr().out
    assert "leakage        1 test picture, 1 good, is in train/good too. Without it" in out
    assert "data set       another data set" in out
    assert "What leakage is worth" in shown
    assert "test/good/900.png" in shown
    assert shown.index("train/good/000.png") < shown.index("test/good/900.png")


def test_every_key_is_explained(root, bundle):
    shutil.copy(root / "train/good/000.png", root / "test/good/900.png")
    said = measure(bundle, root, threads=1, check=True).to_dict()
    keys = {*said, *said["leakage"][0]}
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [key for key in sorted(keys) if f"`{key}`" not in text] == []


def test_the_check_can_be_left_out(root, bundle, tmp_path):
    page = tmp_path / "page.html"
    main(["evaluate", str(bundle), str(root), "--html", str(page), "--no-check"])
    assert "dataset check" not in page.read_text(encoding="utf-8")


def test_without_training_pictures_there_is_nothing_to_compare_with(root, bundle):
    shutil.rmtree(root / "train")
    assert measure(bundle, root, threads=1, check=True).examined is None
