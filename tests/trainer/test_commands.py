import json

import pytest
from small_dataset import SIDE

from edge.bundle import Bundle
from edge.cli import main


def test_the_whole_way_by_commands(dataset, tmp_path, capsys):
    run, bundle, numbers = tmp_path / "run", tmp_path / "stripes.ringlight", tmp_path / "out" / "numbers.json"
    page = tmp_path / "pages" / "report.html"
    options = [
        "--backbone",
        "resnet18",
        "--layers",
        "layer2",
        "--weights",
        "random",
        "--size",
        str(SIDE),
        "--shrinkage",
        "0.3",
    ]
    assert main(["train", str(dataset), "--out", str(run), *options]) == 0
    assert main(["export", str(run), "--out", str(bundle)]) == 0
    assert main(["evaluate", str(bundle), str(dataset), "--json", str(numbers), "--html", str(page)]) == 0
    assert json.loads(numbers.read_text())["image_auroc"] == 1
    assert "Finds 100" in page.read_text(encoding="utf-8")
    out = capsys.readouterr().out
    assert "image AUROC    1.0000" in out
    assert "5 held out" in out
    assert "data set       same data set as trained on" in out
    report = Bundle.read(bundle).report
    assert report is not None
    assert b"ringlight dataset check" in report


@pytest.mark.parametrize("name", ["train", "evaluate", "export"])
def test_help_explains_every_argument(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    assert "--out" in capsys.readouterr().out or name == "evaluate"


def test_a_wrong_data_set_ends_with_2_and_its_name(tmp_path, capsys):
    assert main(["train", str(tmp_path / "gone"), "--out", str(tmp_path / "run")]) == 2
    assert "gone/train/good: holds no pictures" in capsys.readouterr().err
