"""The command, with real trainings of a few layers."""

import json
import shutil
from pathlib import Path

import pytest
from small_dataset import SIDE, write_small_dataset

from edge.cli import main
from edge.errors import RinglightError
from trainer.dataset import open_dataset
from trainer.protocols import runner
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


@pytest.fixture
def commands(monkeypatch, bundle_path):
    """Training and export that are done already; the words of each call."""
    called = []

    def done(fold, threads, word, *words):
        called.append(word)
        out = Path(words[words.index("--out") + 1])
        if word == "train":
            out.mkdir()
        else:
            shutil.copy(bundle_path, out)

    monkeypatch.setattr(runner, "_ringlight", done)
    return called


def test_one_left_out_is_one_training_and_both_thresholds(dataset, tmp_path, capsys, commands):
    first = call(dataset, tmp_path / "p", "--kind", "loo")
    evaluation, left_out = first["folds"]["leave-one-out"], first["leave_one_out"]
    assert evaluation["image_auroc"] == 1
    assert "leave_one_out" not in evaluation
    assert len(left_out["pictures"]) == left_out["bad"] == 6
    assert left_out["images"]["balanced"]["outer_balanced_accuracy"] > 0.9
    assert "PRO inner" in capsys.readouterr().out
    assert commands == ["train", "export"]


def test_what_was_left_out_before_is_not_trained_again_but_for_another_limit(dataset, tmp_path, commands):
    first = call(dataset, tmp_path / "p", "--kind", "loo")
    assert call(dataset, tmp_path / "p", "--kind", "loo") == first
    assert len(commands) == 2
    again = call(dataset, tmp_path / "p", "--kind", "loo", "--pixel-false-positives", "0.1")
    assert again["leave_one_out"]["pixel_false_positives"] == 0.1
    assert len(commands) == 4


@pytest.mark.parametrize("limit", ["0", "1"])
def test_a_limit_that_is_no_share_is_refused_before_any_work(limit, dataset, tmp_path, capsys):
    words = ["protocol", str(dataset), "--kind", "loo", "--out", str(tmp_path / "p")]
    assert main([*words, "--pixel-false-positives", limit]) == 2
    assert "--pixel-false-positives" in capsys.readouterr().err
    assert not (tmp_path / "p").exists()
