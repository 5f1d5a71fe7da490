"""What of a training augmentation reaches, and what it must not."""

import json

import numpy as np
import pytest
from small_dataset import SIDE

from edge.cli import main
from edge.errors import UsageError
from edge.tiles import Geometry
from trainer import padim, simplenet
from trainer.augment import Augmentation
from trainer.backbone import Backbone
from trainer.features import Features
from trainer.methods import METHODS
from trainer.methods.alignment import choose
from trainer.runs import Run
from trainer.train import train

NETWORK = {"backbone": "resnet18", "layers": ["layer2"], "weights": "random"}
BRIEF = {
    "padim": padim.Settings(shrinkage=0.3),
    "simplenet": simplenet.Settings(shrinkage=0.3, meta_epochs=1, epochs=1),
}


@pytest.fixture
def seen(monkeypatch):
    """Tiles that went through `of_tiles`, a name for each call: what was learned from, and what was asked."""
    calls = []
    of_tiles = Features.of_tiles

    def noting(self, tiles):
        calls.append(tiles)
        return of_tiles(self, tiles)

    monkeypatch.setattr(Features, "of_tiles", noting)
    return calls


def taught(dataset, out, method="padim", **options) -> Run:
    return train(dataset, out, method=method, **{**NETWORK, "size": SIDE, "settings": BRIEF[method], **options})


@pytest.mark.parametrize("method", ["padim", "simplenet"])
def test_what_is_learned_from_is_copied_and_what_is_asked_is_not(method, dataset, tmp_path, seen):
    """Copies among those that are asked flatter the regime, and copies of the held-out ones move the threshold."""
    taught(dataset, tmp_path / "plain", method)
    plain = [len(tiles) for tiles in seen]
    seen.clear()
    run = taught(dataset, tmp_path / "run", method, augment="mild", augment_copies=2)
    n = len(run.fitted) - run.notes["alignment"]["good"]
    copied = [len(tiles) for tiles in seen]
    assert sum(copied) == sum(plain) + 2 * n


def test_the_alignment_is_chosen_by_all_copies(dataset, tmp_path, monkeypatch):
    """The first tiles on the shelf, as many as there were pictures, were a third of the pictures with their copies."""
    told = []

    def noting(batches, *rest):
        batches = [*batches]
        told.append(sum(len(batch) for batch in batches))
        return choose(iter(batches), *rest)

    monkeypatch.setattr("trainer.methods.simplenet.choose", noting)
    run = taught(dataset, tmp_path, "simplenet", augment="mild", augment_copies=2)
    assert told == [3 * (len(run.fitted) - run.notes["alignment"]["good"])]


def test_features_come_with_those_of_the_copies(dataset):
    features = Features(
        Backbone("resnet18", ["layer2"], "random"),
        Geometry(SIDE, SIDE),
        lambda layers: layers[0].flatten(2).transpose(1, 2),
    )
    pictures = sorted((dataset / "train/good").iterdir())[:5]
    together = [*features.of_pictures(pictures, "fit", Augmentation("rot90"))]
    assert sum(len(batch) for batch in together) == 20
    alone = features.of_tiles(Augmentation("rot90")(features.tiles_of(pictures[4:]), pictures[4].name))
    np.testing.assert_allclose(together[1], alone, atol=1e-4)


def test_the_run_says_how_it_was_augmented(dataset, tmp_path):
    taught(dataset, tmp_path, augment="rot90")
    run = Run.read(tmp_path)
    assert run.augment == {"regime": "rot90", "copies": 3}
    assert "warnings" not in run.notes


def test_a_run_from_before_augmentation_had_none(run_folder, tmp_path):
    facts = json.loads((run_folder / "run.json").read_text())
    del facts["augment"]
    (tmp_path / "run.json").write_text(json.dumps(facts))
    (tmp_path / "tensors.npz").write_bytes((run_folder / "tensors.npz").read_bytes())
    assert Run.read(tmp_path).augment == {"regime": "none", "copies": 0}


def test_fixed_places_that_move_are_warned_of(dataset, tmp_path, capsys):
    options = "--backbone resnet18 --layers layer2 --weights random --shrinkage 0.3 --alignment fixed"
    words = ["train", str(dataset), "--out", str(tmp_path), "--size", str(SIDE), *options.split()]
    assert main([*words, "--augment", "strong", "--augment-copies", "1"]) == 0
    (warning,) = Run.read(tmp_path).notes["warnings"]
    assert "--alignment fixed" in warning
    assert f"WARNING {warning}" in capsys.readouterr().out
    assert METHODS["padim"].summary({}) == []


def test_a_picture_that_is_not_square_is_refused_before_any_work(dataset, tmp_path):
    with pytest.raises(UsageError, match="square"):
        taught(dataset, tmp_path / "run", geometry=Geometry(64, 96), size=None, augment="rot90")
    assert not (tmp_path / "run").exists()
