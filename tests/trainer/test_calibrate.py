from edge.bundle import Bundle
from edge.runtime import Runtime
from edge.tiles import cut, load_image
from trainer.calibrate import score_held_out
from trainer.runs import Run


def test_the_calibration_holds_the_boxs_own_scores_of_the_held_out(bundle_path, run_folder, dataset):
    """Prevents a threshold from other scores than those that the line will see."""
    bundle = Bundle.read(bundle_path)
    runtime = Runtime(bundle.model, ["CPUExecutionProvider"])
    geometry = bundle.manifest.geometry
    held_out = [dataset / name for name in Run.read(run_folder).held_out]
    scores = sorted(float(runtime.score(cut(load_image(path), geometry).pixels).score[0]) for path in held_out)
    assert sorted(score_held_out(runtime, held_out, geometry)) == scores
    assert list(bundle.manifest.calibration.scores) == scores
