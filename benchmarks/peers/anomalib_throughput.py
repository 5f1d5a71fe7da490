"""anomalib's PaDiM through torch, ONNX Runtime and OpenVINO beside bundles of ours: the same tiles, in turns, in one
process. Runs in an environment of its own; called by `throughput.py`.

    python anomalib_throughput.py DATASET --out answer.json [--size 224] [--threads 2] [--ours NAME=BUNDLE ...]

Theirs are given normalised float tensors that were made beforehand, ours the bytes of the camera: what it takes to
normalise is in our times and not in theirs. OpenVINO computes in single precision (it would take bfloat16 on its own
where the processor has it); its int8 is NNCF's post-training quantization of the whole graph with 300 good pictures,
as anomalib's own export does it.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nncf
import numpy as np
import onnxruntime
import openvino
import torch
from anomalib.models.image.padim.torch_model import PadimModel
from anomalib_shared import LAYERS, arguments, load_weights, pictures, scores, train_pictures
from torch import Tensor, nn

from edge.bundle import Bundle
from edge.runtime import Runtime
from trainer.backbone import LITE0

FEATURES, CALIBRATING = 100, 300
BATCHES = (1, 2, 4, 8, 16, 32)
TILES, ROUNDS = 32, 9

Score = Callable[[Tensor], Tensor]


class Scored(nn.Module):
    """Score and map alone of what the model returns."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, tiles: Tensor) -> tuple[Tensor, Tensor]:
        found = self.model(tiles)
        return found.pred_score, found.anomaly_map


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--ours", nargs="*", default=[], metavar="NAME=BUNDLE")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = fitted(args.dataset, args.size, args.seed)
    theirs = contenders(model, args.dataset, args.size, args.threads)
    with torch.inference_mode():
        found = {name: scores(args.dataset, args.size, score) for name, score in theirs.items()}
        (tiles,) = (
            batch[:TILES] for batch in [torch.cat([*pictures(train_pictures(args.dataset)[:TILES], args.size)])]
        )
        calls = {name: (lambda n, s=score: [s(part) for part in tiles.split(n)]) for name, score in theirs.items()}
        pixels = ((tiles.permute(0, 2, 3, 1) * 0.5 + 0.5) * 255).round().byte().contiguous().numpy()
        for name, path in (word.split("=", 1) for word in args.ours):
            calls[name] = ours(Path(path), args.threads, pixels)
        rates = {n: turns({name: (lambda c=call, k=n: c(k)) for name, call in calls.items()}) for n in BATCHES}
    args.out.write_text(json.dumps({"scores": found, "tiles_per_second": rates}), encoding="utf-8")


def fitted(dataset: Path, size: int, seed: int) -> nn.Module:
    """Their model, taught on all good pictures."""
    torch.manual_seed(seed)
    model = PadimModel(LITE0, LAYERS, pre_trained=False, n_features=FEATURES)
    load_weights(model.feature_extractor.feature_extractor)
    model.train()
    model.feature_extractor.eval()
    for batch in pictures(train_pictures(dataset), size):
        model(batch)
    model.fit()
    return model.eval()


def contenders(model: nn.Module, dataset: Path, size: int, threads: int) -> dict[str, Score]:
    """Scores of normalised tiles, float32 [N, 3, H, W], by each of the runtimes."""
    graph = exported(model, size)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    core = openvino.Core()
    exact = core.read_model(io.BytesIO(graph))
    calibrating = pictures(train_pictures(dataset)[:CALIBRATING], size)
    tiles = [tile[None].numpy() for batch in calibrating for tile in batch]
    whole = nncf.quantize(core.read_model(io.BytesIO(graph)), nncf.Dataset(tiles), subset_size=CALIBRATING)
    how = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}

    def by_openvino(graph: Any) -> Score:
        compiled = core.compile_model(graph, "CPU", how)
        return lambda batch: torch.from_numpy(np.array(compiled(batch.numpy())[0]))

    found = {
        "anomalib torch": lambda batch: model(batch).pred_score,
        "anomalib ONNX Runtime": lambda batch: torch.from_numpy(
            session.run(None, {session.get_inputs()[0].name: batch.numpy()})[0]
        ),
        "anomalib OpenVINO": by_openvino(exact),
    }
    return found | ({"anomalib OpenVINO int8": by_openvino(whole)} if compiles(whole) else {})


def compiles(graph: Any) -> bool:
    """Whether OpenVINO compiles a graph, tried in another process: some versions end the process with a segmentation
    fault where NNCF quantized this model."""
    code = "import openvino, sys; openvino.Core().compile_model(sys.argv[1], 'CPU')"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.xml"
        openvino.save_model(graph, file, compress_to_fp16=False)
        return not subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True).returncode


def exported(model: nn.Module, size: int) -> bytes:
    """Their model as a graph for any number of tiles."""
    with torch.inference_mode():
        program = torch.onnx.export(
            Scored(model).eval(),
            (torch.zeros(2, 3, size, size),),
            input_names=["tiles"],
            output_names=["score", "anomaly_map"],
            dynamic_shapes=({0: torch.export.Dim("N", min=1)},),
            dynamo=True,
            external_data=False,
        )
    return program.model_proto.SerializeToString()


def ours(path: Path, threads: int, pixels: np.ndarray) -> Callable[[int], object]:
    """Scores all pixels, so many at a time, as the box does."""
    model = Bundle.read(path).model
    runtimes = {n: Runtime(model, ["CPUExecutionProvider"], threads=threads, batch=n) for n in BATCHES}
    return lambda n: runtimes[n].score(pixels)


def turns(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Tiles a second of each, the median of rounds in which they take turns."""
    took: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(ROUNDS):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            took[name].append(time.perf_counter() - began)
    return {name: TILES / statistics.median(seconds) for name, seconds in took.items()}


if __name__ == "__main__":
    main()
