"""Ringlight beside anomalib, with the same weights on the same pictures in one run.

    python benchmarks/peers/compare.py [--data DIR] [--sets mtd,elpv-mono,elpv-poly] [--seeds 0,1,2] --json OUT

DIR is MTD (or any data set in the layout of MVTec AD). elpv comes from the installed package: sure labels only, 70 % of
the good cells for training, drawn by each picture's own content. anomalib is installed into build/peers the first time,
on top of this environment's torch. What is compared: image AUROC, time to fit, size of the model.

Not run here: anomalib's SuperSimpleNet, whose 300 epochs take hours on two cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from edge.virtual.demo.cells import find_cells
from export.exporting import export_bundle
from trainer.dataset import GOOD, Sample, open_dataset
from trainer.evaluate import score_test
from trainer.metrics.ranking import auroc
from trainer.protocols.folds import Fold
from trainer.train import train

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "peers"
SCRIPT = Path(__file__).parent / "anomalib_padim.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sets", default="mtd,elpv-mono,elpv-poly")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    python = peers_python()
    rows: list[dict[str, Any]] = []
    for name in arguments.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            dataset: Path | None = arguments.data
            if name.startswith("elpv-"):
                dataset = lay_out_cells(name.removeprefix("elpv-"), Path(folder) / name)
            if dataset is None:
                print(f"{name}: not run, name its folder with --data")
                continue
            for seed in map(int, arguments.seeds.split(",")):
                for row in (ours(dataset, seed), theirs(python, dataset, seed)):
                    rows.append({"set": name, "seed": seed, **row})
                    print(line(rows[-1]), flush=True)
    print("\nmean over seeds")
    for row in averages(rows):
        print(line(row))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def lay_out_cells(kind: str, folder: Path) -> Path:
    """elpv as a data set of links, without masks."""
    cells = find_cells(kind)
    good = [Sample(path, GOOD, None) for path in cells.test_good]
    bad = [Sample(path, "defective", None) for path in cells.test_defective]
    return Fold(kind, cells.train_good, (*good, *bad)).lay_out(folder)


def ours(dataset: Path, seed: int) -> dict[str, Any]:
    """Default settings, by the product's own functions; the fit includes the export."""
    from edge.runtime import Runtime

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        train(dataset, Path(folder) / "run", seed=seed)
        bundle = export_bundle(Path(folder) / "run", Path(folder) / "m.ringlight")
        seconds = time.perf_counter() - began
        scored = score_test(bundle, Runtime(bundle.model, ["CPUExecutionProvider"]), dataset)
        bad = np.array([sample.bad for sample in scored.samples])
        value = auroc(scored.scores, bad)
        return {"who": "ringlight padim", "image_auroc": value, "fit_seconds": seconds, "model_mb": bundle.size / 1e6}


def theirs(python: Path, dataset: Path, seed: int) -> dict[str, Any]:
    """anomalib's PaDiM in its own process; the AUROC by the same function as ours."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "scores.json"
        words = [str(python), str(SCRIPT), str(dataset), "--out", str(out), "--seed", str(seed)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        answer = json.loads(out.read_text(encoding="utf-8"))
    samples = open_dataset(dataset, need_test=True).test
    scores = np.array([answer["scores"][f"{sample.kind}/{sample.path.name}"] for sample in samples])
    value = auroc(scores, np.array([sample.bad for sample in samples]))
    return {
        "who": "anomalib padim",
        "image_auroc": value,
        "fit_seconds": answer["fit_seconds"],
        "model_mb": answer["model_mb"],
    }


def peers_python() -> Path:
    """An environment that sees this one's packages and adds anomalib's."""
    python = PEERS / "bin" / "python"
    if not (PEERS / ".done").exists():
        print(f"installing anomalib into {PEERS.relative_to(ROOT)}", flush=True)
        venv.create(PEERS, with_pip=True)
        theirs_site = next((PEERS / "lib").glob("python*")) / "site-packages"
        paths = f"{sysconfig.get_paths()['purelib']}\n{ROOT}\n"
        (theirs_site / "ringlight.pth").write_text(paths, encoding="utf-8")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "anomalib>=2.2,<3"], check=True)
        (PEERS / ".done").touch()
    return python


def averages(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row for each set and method."""
    found = []
    for key in dict.fromkeys((row["set"], row["who"]) for row in rows):
        some = [row for row in rows if (row["set"], row["who"]) == key]
        figures = {name: mean(row[name] for row in some) for name in ("image_auroc", "fit_seconds", "model_mb")}
        found.append({"set": key[0], "who": key[1], "seed": "mean", **figures})
    return found


def line(row: dict[str, Any]) -> str:
    return (
        f"{row['set']:<10} {row['who']:<16} seed {row['seed']!s:<4} image AUROC {row['image_auroc']:.4f}  "
        f"fit {row['fit_seconds']:6.1f} s  {row['model_mb']:6.1f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
