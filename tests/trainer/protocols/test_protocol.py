"""The command, with real trainings of a few layers."""

import json

import pytest
from small_dataset import SIDE, write_small_dataset

from edge.cli import main
from edge.errors import RinglightError
from trainer.dataset import open_dataset
from trainer.protocols.folds import fixed_split
from trainer.protocols.runner import run_folds

SMALL = [
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


def call(dataset, out, *words: str) -> dict:
    answer = out / "answer.json"
    options = " ".join(SMALL)
    code = main(
        ["protocol", str(dataset), "--out", str(out), "--json", str(answer), *words, "--train-options", options]
    )
    assert code == 0
    return json.loads(answer.read_text())


def test_splits_are_run_summed_up_and_not_run_again(dataset, tmp_path, capsys):
    words = ("--repeats", "2", "--jobs", "2")
    first = call(dataset, tmp_path / "p", *words)
    assert set(first["folds"]) == {"split-00", "split-01"}
    figure = first["summary"]["image_auroc"]
    assert figure["folds"] == 2
    assert figure["low"] <= figure["mean"] <= figure["high"]
    assert "from before" not in capsys.readouterr().out
    assert call(dataset, tmp_path / "p", *words) == first
    assert capsys.readouterr().out.count("from before") == 2


def test_a_fold_that_fails_says_which_and_why(tmp_path):
    folds = fixed_split(open_dataset(write_small_dataset(tmp_path / "stripes")))
    with pytest.raises(RinglightError, match=r"fold fixed: .*train(.|\n)*--size"):
        run_folds(folds, tmp_path / "p", train_options=["--size", "many"])
    assert not (tmp_path / "p" / "fixed" / "result.json").exists()


def test_groups_need_a_pattern(dataset, tmp_path, capsys):
    assert main(["protocol", str(dataset), "--kind", "groups", "--out", str(tmp_path)]) == 2
    assert "--group" in capsys.readouterr().err
