from pathlib import Path

import numpy as np
import pytest
from checkup_dataset import part, write_parts
from hypothesis import given
from hypothesis import strategies as st
from small_dataset import write

from edge.bundle import Bundle
from edge.cli import main
from edge.errors import DatasetError, UsageError
from trainer.apart import find_parts, hold_back
from trainer.dataset import open_dataset
from trainer.runs import Run
from trainer.train import split, train

PICTURES = [Path(f"{i}.png") for i in range(20)]


@given(st.integers(1, 20), st.integers(0, 5), st.lists(st.integers(0, 6), min_size=20, max_size=20))
def test_no_part_is_on_both_sides_and_no_picture_is_lost(n, seed, numbers):
    parts = dict(zip(PICTURES, numbers, strict=True))
    kept, drawn = hold_back(PICTURES, n, seed, parts)
    assert sorted([*kept, *drawn]) == sorted(PICTURES)
    assert not {parts[path] for path in kept} & {parts[path] for path in drawn}
    assert len(drawn) >= n
    assert len(drawn) - n < max(numbers.count(parts[path]) for path in drawn)


def test_without_parts_exactly_so_many_are_drawn():
    kept, drawn = hold_back(PICTURES, 7, 3, {})
    assert (len(kept), len(drawn)) == (13, 7)
    assert hold_back(PICTURES, 7, 3, {}) == (kept, drawn) != hold_back(PICTURES, 7, 4, {})


@pytest.fixture
def retaken(tmp_path) -> Path:
    """Fourteen parts, four of them photographed again in weaker light."""
    root = write_parts(tmp_path / "parts")
    for i in range(4):
        write(root / f"train/good/9{i:02}.png", (part(i, noise_seed=7) * 0.7).astype(np.uint8))
    return root


def test_retaken_parts_are_found(retaken):
    parts = find_parts(open_dataset(retaken))
    pairs = {tuple(sorted(p.name for p in parts if parts[p] == number)) for number in parts.values()}
    assert pairs == {(f"00{i}.png", f"90{i}.png") for i in range(4)}


@pytest.mark.parametrize("seed", range(3))
def test_what_is_held_out_was_never_met(retaken, tmp_path, seed):
    """Prevents a threshold on old acquaintances: new parts would be thrown away in numbers that nobody asked for."""
    train(retaken, tmp_path, backbone="resnet18", layers=["layer2"], weights="random", size=64, seed=seed, apart=True)
    run = Run.read(tmp_path)
    numbers = [{int(Path(name).stem) % 900 for name in names} for names in (run.fitted, run.held_out)]
    assert not numbers[0] & numbers[1]
    assert run.notes["parts"] == {"known": 4, "pictures": 8}


@pytest.mark.parametrize(("apart", "met"), [(False, 2), (True, 0)])
def test_the_bundle_says_how_many_held_out_parts_the_model_has_met(retaken, tmp_path, capsys, apart, met):
    run, out = tmp_path / "run", tmp_path / "a.ringlight"
    train(retaken, run, backbone="resnet18", layers=["layer2"], weights="random", size=64, apart=apart)
    held_out = {Path(name).name for name in Run.read(run).held_out}
    again = {f"{a}0{i}.png": f"{b}0{i}.png" for i in range(4) for a, b in (("0", "9"), ("9", "0"))}
    assert sum(name in again and again[name] not in held_out for name in held_out) == met
    assert main(["export", str(run), "--out", str(out)]) == 0
    assert Bundle.read(out).manifest.metrics["held_out_met"] == met
    assert ("Train again with --apart" in capsys.readouterr().err) == bool(met)
    assert (b"Train again with --apart" in (Bundle.read(out).report or b"")) == bool(met)


def test_pictures_of_a_few_parts_are_too_few_parts():
    parts = {path: i % 5 for i, path in enumerate(PICTURES)}
    with pytest.raises(DatasetError, match="shows 5 parts; 8 are the least"):
        split(PICTURES, 0, 0.2, parts)


def test_a_part_that_has_most_of_the_pictures_is_not_held_out_whole():
    parts = dict.fromkeys(PICTURES[:12], 0)
    seeds = [seed for seed in range(20) if hold_back(PICTURES, 4, seed, parts)[1][0] == PICTURES[0]]
    with pytest.raises(DatasetError, match="are left to learn from: one part has most"):
        split(PICTURES, seeds[0], 0.2, parts)


def test_parts_that_share_their_design_are_not_guessed_at(tmp_path, monkeypatch):
    monkeypatch.setattr("trainer.apart.without_lookalikes", lambda pairs, n: ())
    root = write_parts(tmp_path / "parts")
    write(root / "train/good/900.png", part(3, noise_seed=7))
    with pytest.raises(UsageError, match="Leave --apart out"):
        find_parts(open_dataset(root))
