import numpy as np
import pytest
import torch
from small_dataset import SIDE

from edge.bundle import Bundle
from edge.cli import main
from edge.health import Level
from edge.runtime import Runtime
from export.exporting import export_bundle
from export.precision import change
from export.precision.make import integers
from trainer.simplenet import Settings
from trainer.train import train


def exported(run_folder, out, *words: str) -> int:
    return main(["export", str(run_folder), "--out", str(out), "--no-check", *words])


@pytest.fixture(scope="module", params=["int8", "fp16"])
def bundle(request, run_folder, tmp_path_factory) -> Bundle:
    out = tmp_path_factory.mktemp(request.param) / f"{request.param}.ringlight"
    # A network of random weights is not expected to bear it.
    assert exported(run_folder, out, "--precision", request.param, "--accept-changed-verdicts") == 0
    return Bundle.read(out)


def test_a_bundle_says_its_precision_and_what_that_changed(bundle):
    manifest = bundle.manifest
    assert manifest.precision == bundle.path.stem
    assert 0 <= manifest.metrics["precision_verdicts"] <= 1
    assert manifest.metrics["precision_rank"] > 0.5
    assert manifest.metrics["precision_speed"] > 0
    assert f"against fp32, on {5 + 12} pictures" in (bundle.report or b"").decode()


def test_calibration_and_golden_scores_are_those_of_the_graph_that_is_shipped(bundle):
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"])
    spread = float(np.std(bundle.manifest.calibration.scores))
    assert runtime.check_golden(bundle.golden_tiles, bundle.golden_scores, 0.1 * spread).level is Level.OK


@pytest.fixture(scope="module")
def exact(run_folder, tmp_path_factory) -> Bundle:
    return export_bundle(run_folder, tmp_path_factory.mktemp("exact") / "a.ringlight")


def test_another_precision_is_the_same_model_and_integers_take_less(bundle, exact):
    assert exact.manifest.precision == "fp32"
    assert (len(bundle.model) < 0.9 * len(exact.model)) == (bundle.manifest.precision == "int8")
    assert bundle.manifest.dataset == exact.manifest.dataset
    assert bundle.manifest.alignment == exact.manifest.alignment


def test_too_many_changed_verdicts_leave_no_bundle(run_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(change, "VERDICTS", -1.0)
    out = tmp_path / "a.ringlight"
    assert exported(run_folder, out, "--precision", "fp16") == 1
    captured = capsys.readouterr()
    assert "against fp32" in captured.out
    assert "not written" in captured.err
    assert not out.exists()
    assert exported(run_folder, out, "--precision", "fp16", "--accept-changed-verdicts") == 0


def test_a_discriminator_is_taught_anew_on_integers(dataset, tmp_path):
    settings = Settings("free", meta_epochs=1, epochs=1)
    how = {"backbone": "resnet18", "layers": ["layer1", "layer2"], "weights": "random", "size": SIDE}
    run = train(dataset, tmp_path / "run", method="simplenet", settings=settings, **how)
    made = integers(run)
    assert not np.array_equal(made.run.tensors["head.adapter.weight"], run.tensors["head.adapter.weight"])
    tiles = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), np.uint8)
    with torch.inference_mode():
        score = made.model(torch.from_numpy(tiles))[0].numpy()
    ours = Runtime(made.graph, ["CPUExecutionProvider"]).score(tiles).score
    np.testing.assert_allclose(ours, score, rtol=1e-3, atol=1e-4)
