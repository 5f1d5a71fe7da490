"""Accuracy, size and speed of a method on magnetic tile defects, or any data set in MVTec AD layout.

    python benchmarks/mtd.py --data DIR [--method padim|simplenet] [--seeds 0,1,2] [--backbone NAME] [--size PX]
        [--top 0.5 ...] --json OUT

Trains on DIR/train/good, exports, and evaluates with the box's runtime: the whole test set, and its two halves (every
second file of each folder in the order of names). Settings are tuned on the first half, "validation"; "rest" is what
nothing was tuned on. The methods' own options are those of `ringlight train`, their defaults unless given.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from edge.bundle import Bundle
from edge.clock import NS_PER_MS, RealClock
from edge.runtime import Runtime
from edge.tiles import cut, load_image
from export.exporting import export_bundle
from trainer.backbone import LITE0
from trainer.dataset import Sample
from trainer.evaluate import Scored, judge, score_test
from trainer.methods import find_method
from trainer.options import METHODS, add_options, settings_of
from trainer.train import train

_KEYS = ("image_auroc", "pixel_auroc", "aupro", "false_reject_rate", "escape_rate")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the data set")
    parser.add_argument("--method", default="padim", choices=METHODS, help="how good parts are modelled")
    parser.add_argument("--backbone", default=LITE0, help="timm's name of the network")
    parser.add_argument("--size", type=int, help="side of the model's input, pixels")
    parser.add_argument("--seeds", default="0", help="seeds of the held-out share, separated by commas")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    add_options(parser)
    args = parser.parse_args()
    settings = settings_of(args, find_method(args.method).settings)
    rows: list[dict[str, Any]] = []
    for seed in args.seeds.split(","):
        how = {"method": args.method, "backbone": args.backbone, "size": args.size, "settings": settings}
        rows.append(measure(args.data, int(seed), how))
        print(line(rows[-1]), flush=True)
    if len(rows) > 1:
        print("mean image AUROC", *(f"{part} {mean(row[part]['image_auroc'] for row in rows):.4f}" for part in PARTS))
    if args.json:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


PARTS = ("whole", "validation", "rest")


def measure(data: Path, seed: int, how: dict[str, Any]) -> dict[str, Any]:
    """One training, export and evaluation. how: of the training, as `trainer.train.train` takes it."""
    clock = RealClock()
    with tempfile.TemporaryDirectory() as folder:
        run = train(data, Path(folder) / "run", seed=seed, **how)
        began = clock.now_ns()
        bundle = export_bundle(Path(folder) / "run", Path(folder) / "mtd.ringlight")
        export_s = (clock.now_ns() - began) / 1e9
        runtime = Runtime(bundle.model, ["CPUExecutionProvider"])
        scored = score_test(bundle, runtime, data)
        latency = batch_one_ms(runtime, bundle, scored)
    first = halves(scored.samples)
    parts = {"whole": list(range(len(first))), "validation": np.flatnonzero(first), "rest": np.flatnonzero(~first)}
    results = {name: judge(bundle, scored.some([*keep]), runtime.running).to_dict() for name, keep in parts.items()}
    whole = results["whole"]
    return {
        "method": run.method,
        "backbone": run.backbone,
        "size": run.geometry.input_h,
        "seed": seed,
        "alignment": run.settings["alignment"],
        "chosen_by": run.notes.get("alignment"),
        "settings": run.settings,
        "fit_s": run.seconds,
        "export_s": export_s,
        "bundle_mb": whole["bundle_mb"],
        "tiles_per_second": whole["tiles_per_second"],
        "batch_one_ms": latency,
        "per_class": whole["per_class"],
        **{name: {key: result[key] for key in _KEYS} for name, result in results.items()},
    }


def halves(samples: Sequence[Sample]) -> np.ndarray:
    """True for every second file of each folder, the first one included."""
    seen: Counter[str] = Counter()
    first = []
    for sample in samples:
        first.append(seen[sample.kind] % 2 == 0)
        seen[sample.kind] += 1
    return np.array(first)


def batch_one_ms(runtime: Runtime, bundle: Bundle, scored: Scored, n: int = 100) -> dict[str, float]:
    """Latency of one tile at a time, real pictures."""
    clock = RealClock()
    took = []
    for sample in scored.samples[:n]:
        pixels = cut(load_image(sample.path), bundle.manifest.geometry).pixels[:1]
        began = clock.now_ns()
        runtime.score(pixels)
        took.append((clock.now_ns() - began) / NS_PER_MS)
    return {"p50": float(np.percentile(took, 50)), "p99": float(np.percentile(took, 99))}


def number(value: float | None) -> float:
    """NaN where a data set has no masks."""
    return float("nan") if value is None else value


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    who = f"{row['method']}, {row['backbone']}, {row['size']} px, {row['alignment']}, seed {row['seed']}"
    text = [f"{who}: fit {row['fit_s']:.0f} s, export {row['export_s']:.0f} s, {row['bundle_mb']:.1f} MB"]
    text.append(f"  {row['tiles_per_second']:.0f} tiles/s, one tile p50 {row['batch_one_ms']['p50']:.1f} ms")
    text += [f"  {part:<11}" + "  ".join(f"{key} {number(row[part][key]):.4f}" for key in _KEYS) for part in PARTS]
    kinds = ((kind, value["image_auroc"]) for kind, value in row["per_class"].items())
    text.append("  " + "  ".join(f"{kind} {value:.4f}" for kind, value in kinds if value is not None))
    return "\n".join(text)


if __name__ == "__main__":
    sys.exit(main())
