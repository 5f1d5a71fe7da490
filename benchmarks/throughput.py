"""Tiles per second of exported models in each precision, on the processor's cores, beside anomalib's PaDiM.

    python benchmarks/throughput.py --data DIR [--size 224] [--methods padim,simplenet] [--threads 2] [--no-peers]
        [--seed 0] --json OUT

Trains on DIR (a data set in the layout of MVTec AD), exports in fp32 and int8, and measures:

web      frames of a web, tiles without overlap (`--tile-px`), from the camera's bytes to the verdict: cut, scored,
         stitched, judged. 4,181 tiles of 224 × 224 are the web of the PEM paper, which needed 89 s on two GPUs and had
         22 s; so many are really run.
graph    tiles in, scores out, 1 to 32 at a time. Ours take the camera's bytes; anomalib's, in the same process and in
         turns, get tensors that were normalised beforehand. Its environment is that of `peers/compare.py`, with
         openvino and nncf on top. A runtime that does not bear their graph is left out.
bundle   size, time to load and warm up, memory of a process that has loaded it and scored a frame.

Image AUROC is that of the same graphs on DIR/test, whole pictures resized to the size of a tile.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.compare import ROOT, peers_python

from edge.bundle import Bundle
from edge.config.models import ModelConfig, VerdictConfig
from edge.model import Model
from edge.parts import Image
from edge.runtime import Runtime
from edge.tiles import Geometry, load_image, resize
from edge.verdict import Judge
from export.exporting import export_bundle
from trainer.dataset import open_dataset
from trainer.evaluate import score_test
from trainer.metrics.ranking import auroc
from trainer.options import METHODS
from trainer.train import train

WEB = 4181
ROWS, COLUMNS = 6, 9
"""Tiles of a frame of the web."""
BATCHES = (1, 2, 4, 8, 16, 32)
PRECISIONS = ("fp32", "int8")
_MEMORY = """
import sys; from pathlib import Path; import numpy; from edge.config.models import ModelConfig
from edge.model import Model
m = Model.load(ModelConfig(bundle=Path(sys.argv[1]))); m.look(numpy.zeros((1344, 2016, 3), "uint8"))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=224, help="side of a tile, pixels")
    parser.add_argument("--methods", default="padim,simplenet")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(args, Path(folder))
    print("\n".join(table(result)))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All numbers, by kind and by contender."""
    methods = [name for name in args.methods.split(",") if name in METHODS]
    whole = {f"{m} {p}": b for m in methods for p, b in made(args, m, Geometry(args.size, args.size), folder).items()}
    web = Geometry(args.size, args.size, "grid", args.size, 0)
    tiled = {f"{m} {p}": b for m in methods for p, b in made(args, m, web, folder).items()}
    frame = web_frame(args.data, args.size)
    ours = {name: bundle.path for name, bundle in whole.items()}
    found = peers(args, ours, folder) if not args.no_peers else {}
    graph = found.pop("tiles_per_second", None) or alone(ours, args)
    return {
        "cores": os.cpu_count(),
        "threads": args.threads,
        "size": args.size,
        "image_auroc": {name: value(bundle, args.data) for name, bundle in whole.items()} | found,
        "web": in_turns({name: web_call(path.path, frame, args.threads) for name, path in tiled.items()}),
        "graph": graph,
        "bundle": {name: facts(bundle.path) for name, bundle in tiled.items()},
    }


def made(args: argparse.Namespace, method: str, geometry: Geometry, folder: Path) -> dict[str, Bundle]:
    """One training, exported in every precision."""
    name = f"{method}-{geometry.mode}"
    train(args.data, folder / name, method=method, seed=args.seed, geometry=geometry)
    return {
        precision: export_bundle(
            folder / name, folder / f"{name}-{precision}.ringlight", precision=precision, accept_changed_verdicts=True
        )
        for precision in PRECISIONS
    }


def web_frame(data: Path, size: int) -> Image:
    """A camera's frame of good surfaces beside each other, uint8 [rows · size, columns · size, 3]."""
    paths = [sample.path for sample in open_dataset(data, need_test=True).test if not sample.bad][: ROWS * COLUMNS]
    tiles = [resize(load_image(paths[i % len(paths)]), size, size) for i in range(ROWS * COLUMNS)]
    return np.concatenate([np.concatenate(tiles[at : at + COLUMNS], 1) for at in range(0, len(tiles), COLUMNS)])


def web_call(path: Path, frame: Image, threads: int) -> dict[int, Callable[[], float]]:
    """By batch: seconds for one frame, from the camera's bytes to the verdict."""
    calls: dict[int, Callable[[], float]] = {}
    for batch in BATCHES:
        model = Model.load(ModelConfig(bundle=path, batch=batch, threads=threads))
        judge = Judge(model.threshold(VerdictConfig()).value)

        def call(model: Model = model, judge: Judge = judge) -> float:
            began = time.perf_counter()
            judge.judge(model.look(frame), frame.shape[:2])
            return time.perf_counter() - began

        calls[batch] = call
    return calls


def in_turns(calls: dict[str, dict[int, Callable[[], float]]], rounds: int = 7) -> dict[str, Any]:
    """Tiles a second by contender and batch, medians of rounds in which all take turns; then the whole web, really run
    by each at its best batch."""
    took = {(name, n): [] for name, by in calls.items() for n in by}
    for _ in range(rounds):
        for (name, n), seconds in took.items():
            seconds.append(calls[name][n]())
    rates = {key: ROWS * COLUMNS / statistics.median(seconds) for key, seconds in took.items()}
    found: dict[str, Any] = {}
    for name, by in calls.items():
        best = max(by, key=lambda n: rates[name, n])
        frames = -(-WEB // (ROWS * COLUMNS))
        seconds = sum(by[best]() for _ in range(frames)) * WEB / (frames * ROWS * COLUMNS)
        found[name] = {
            "tiles_per_second": {n: round(rates[name, n], 1) for n in by},
            "best_batch": best,
            f"seconds_for_{WEB}": round(seconds, 2),
        }
    return found


def alone(ours: dict[str, Path], args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Tiles a second of the graphs alone, by batch and contender, where no peer is measured."""
    tiles = np.random.default_rng(0).integers(0, 256, (max(BATCHES), args.size, args.size, 3), np.uint8)
    found: dict[str, dict[str, float]] = {}
    for n in BATCHES:
        runtimes = {
            name: Runtime(Bundle.read(path).model, ["CPUExecutionProvider"], threads=args.threads, batch=n)
            for name, path in ours.items()
        }
        took: dict[str, list[float]] = {name: [] for name in runtimes}
        for _ in range(10):
            for name, runtime in runtimes.items():
                began = time.perf_counter()
                runtime.score(tiles)
                took[name].append(time.perf_counter() - began)
        found[str(n)] = {name: len(tiles) / statistics.median(seconds[1:]) for name, seconds in took.items()}
    return found


def peers(args: argparse.Namespace, ours: dict[str, Path], folder: Path) -> dict[str, Any]:
    """anomalib's image AUROC by runtime, and the rates of theirs and ours in one process."""
    python, out = peers_python(), folder / "peers.json"
    if not (python.parents[1] / ".openvino").exists():
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "openvino>=2025,<2027", "nncf>=2.14,<4"], check=True
        )
        (python.parents[1] / ".openvino").touch()
    script = ROOT / "benchmarks" / "peers" / "anomalib_throughput.py"
    words = [f"{name}={path}" for name, path in ours.items()]
    call = [str(python), str(script), str(args.data), "--out", str(out), "--size", str(args.size)]
    call += ["--seed", str(args.seed), "--threads", str(args.threads), "--ours", *words]
    subprocess.run(call, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    answer = json.loads(out.read_text(encoding="utf-8"))
    samples = open_dataset(args.data, need_test=True).test
    bad = [sample.bad for sample in samples]
    names = [f"{sample.kind}/{sample.path.name}" for sample in samples]
    areas = {who: auroc(np.array([by[name] for name in names]), bad) for who, by in answer["scores"].items()}
    return {**areas, "tiles_per_second": answer["tiles_per_second"]}


def value(bundle: Bundle, data: Path) -> float:
    """Image AUROC with the box's runtime."""
    scored = score_test(bundle, Runtime(bundle.model, ["CPUExecutionProvider"]), data)
    return auroc(scored.scores, [sample.bad for sample in scored.samples])


def facts(path: Path, runs: int = 5) -> dict[str, float]:
    """MB, seconds to load and warm up, and MB of memory of a process that scored a frame."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        Model.load(ModelConfig(bundle=path))
        times.append(time.perf_counter() - began)
    memory = subprocess.run([sys.executable, "-c", _MEMORY, str(path)], capture_output=True, text=True, check=True)
    return {
        "mb": round(path.stat().st_size / 1e6, 2),
        "load_s": round(statistics.median(times), 3),
        "memory_mb": round(float(memory.stdout) / 1024),
    }


def table(result: dict[str, Any]) -> list[str]:
    """For people."""
    lines = [
        f"{result['threads']} threads, tiles of {result['size']} px",
        "",
        "web: camera's bytes to verdict, tiles/s",
    ]
    for name, found in result["web"].items():
        rates = "  ".join(f"{n}: {rate:.0f}" for n, rate in found["tiles_per_second"].items())
        lines.append(f"  {name:<24} {rates}   {WEB} tiles in {found[f'seconds_for_{WEB}']:.1f} s")
    lines += ["", "graph alone, tiles/s by batch"]
    for name in next(iter(result["graph"].values())):
        rates = "  ".join(f"{n}: {rate[name]:.0f}" for n, rate in result["graph"].items())
        area = result["image_auroc"].get(name)
        lines.append(f"  {name:<24} {rates}" + (f"   image AUROC {area:.4f}" if area else ""))
    lines += ["", "bundle"]
    for name, found in result["bundle"].items():
        lines.append(f"  {name:<24} {found['mb']} MB, loaded in {found['load_s']} s, {found['memory_mb']} MB of memory")
    return lines


if __name__ == "__main__":
    sys.exit(main())
