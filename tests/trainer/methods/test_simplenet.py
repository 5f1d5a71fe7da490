import numpy as np
import pytest
import torch
from small_dataset import SIDE, stripes, write_small_dataset

from edge.bundle import Bundle
from edge.errors import UsageError
from edge.runtime import Runtime
from edge.tiles import Geometry
from export.exporting import export_bundle
from trainer.alignments import ALIGNMENTS
from trainer.evaluate import evaluate
from trainer.methods import METHODS
from trainer.runs import Run
from trainer.simplenet import Settings
from trainer.train import build, train

SETTINGS = Settings(shrinkage=0.3, meta_epochs=3, epochs=2, discriminator_rate=5e-3)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return write_small_dataset(tmp_path_factory.mktemp("data") / "stripes")


@pytest.fixture(scope="module")
def run_folder(dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("run")
    taught(dataset, out)
    return out


def taught(dataset, out, **options) -> Run:
    network = {"backbone": "resnet18", "layers": ["layer2"], "weights": "random"}
    return train(dataset, out, method="simplenet", **network, **({"size": SIDE, "settings": SETTINGS} | options))


def test_the_box_scores_what_the_desk_taught(run_folder, dataset, tmp_path):
    bundle = export_bundle(run_folder, tmp_path / "a.ringlight")
    assert (bundle.manifest.method, bundle.manifest.alignment) == ("simplenet", Run.read(run_folder).alignment)
    assert (bundle.manifest.metrics["parity"] or 1) < 0.01
    tiles = np.stack([stripes(500), stripes(501, bad=True)])[..., None].repeat(3, axis=3)
    with torch.inference_mode():
        score, anomaly_map = build(Run.read(run_folder))(torch.from_numpy(tiles))
    there = Runtime(Bundle.read(bundle.path).model, ["CPUExecutionProvider"]).score(tiles)
    np.testing.assert_allclose(there.score, score.numpy(), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(there.anomaly_map, anomaly_map.numpy(), rtol=1e-3, atol=1e-3)
    assert anomaly_map.shape == (2, 8, 8)
    assert evaluate(bundle.path, dataset).image_auroc == 1


def test_the_same_seed_teaches_the_same_model(run_folder, dataset, tmp_path):
    again, before = taught(dataset, tmp_path / "again"), Run.read(run_folder)
    assert again.tensors.keys() == before.tensors.keys()
    assert all(np.array_equal(again.tensors[name], before.tensors[name]) for name in before.tensors)


def test_the_run_holds_the_tracker_and_nothing_of_the_scratch(run_folder):
    notes = Run.read(run_folder).notes
    assert notes["epoch"] == {"by": "last", "number": 3, "of": 3}
    assert len(notes["tracker"]) == 3
    assert notes["alignment"]["chosen"] in ALIGNMENTS
    assert sorted(path.name for path in run_folder.iterdir()) == ["run.json", "tensors.npz"]


def test_the_summary_tells_epoch_and_warnings(run_folder):
    notes = Run.read(run_folder).notes
    lines = METHODS["simplenet"].summary(notes | {"warnings": ["saturated: clip"]})
    assert lines[0].startswith("alignment ")
    assert lines[1].startswith("meta-epoch 3 of 3 (the last)")
    assert lines[2] == "WARNING saturated: clip"


def test_tiles_of_a_grid_share_one_normalisation(dataset, tmp_path):
    run = taught(dataset, tmp_path, geometry=Geometry(64, 64, "grid", 32))
    assert run.alignment == "free"
    assert len(run.tensors["mean"]) == 1


def test_places_that_a_grid_cannot_know_are_refused(dataset, tmp_path):
    with pytest.raises(UsageError, match="--alignment free"):
        taught(dataset, tmp_path / "run", geometry=Geometry(64, 64, "grid", 32), settings=Settings("fixed"))
