"""Ringlight beside anomalib, with the same weights on the same pictures in one run.

    python benchmarks/peers/compare.py [--data DIR] [--sets mtd,elpv-mono,elpv-poly] [--seeds 0,1,2]
        [--ours padim,simplenet] [--peers padim,supersimplenet] [--peer-epochs 8] --json OUT

DIR is MTD (or any data set in the layout of MVTec AD). elpv comes from the installed package: sure labels only, 70 % of
the good cells for training, drawn by each picture's own content. anomalib is installed into build/peers the first time,
on top of this environment's torch. What is compared: image AUROC by one function, time to fit, size of the model.

The time to fit is counted alike: from loading the backbone to the fitted model, features included. Ours holds a fifth
of the good pictures out of the fit, theirs fits to all. `export_seconds` is our calibration, graph and parity on top.

SuperSimpleNet's 300 epochs take hours on two cores. Unless `--peer-epochs 300` is given it trains for fewer, its
learning-rate steps moved in proportion, and the table says how many: read its AUROC as that of its first minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from edge.runtime import Runtime
from edge.virtual.demo.cells import find_cells
from export.exporting import export_bundle
from trainer.dataset import GOOD, Sample, open_dataset
from trainer.evaluate import score_test
from trainer.metrics.ranking import auroc
from trainer.options import METHODS
from trainer.protocols.folds import Fold
from trainer.train import train

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "peers"
SCRIPTS = {name: Path(__file__).parent / f"anomalib_{name}.py" for name in ("padim", "supersimplenet")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sets", default="mtd,elpv-mono,elpv-poly")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--ours", type=_some_of(METHODS), default="padim,simplenet")
    parser.add_argument("--peers", type=_some_of(SCRIPTS), default="padim,supersimplenet")
    parser.add_argument("--peer-epochs", type=int, default=8, help="of SuperSimpleNet's 300")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    python = peers_python() if args.peers else Path(sys.executable)
    rows: list[dict[str, Any]] = []
    for name in args.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            dataset = _dataset(name, args.data, Path(folder) / name)
            if dataset is None:
                print(f"{name}: not run, name its folder with --data")
                continue
            for seed in map(int, args.seeds.split(",")):
                for row in measured(args, python, dataset, seed):
                    rows.append({"set": name, "seed": seed, **row})
                    print(line(rows[-1]), flush=True)
                    _write(args.json, rows)
    print("\nmean over seeds")
    for row in averages(rows):
        print(line(row))
    return 0


def measured(args: argparse.Namespace, python: Path, dataset: Path, seed: int) -> Iterator[dict[str, Any]]:
    """One row for each method on one data set, ours first."""
    for method in args.ours:
        yield ours(dataset, method, seed)
    for peer in args.peers:
        words = ["--epochs", str(args.peer_epochs)] if peer == "supersimplenet" else []
        yield theirs(python, dataset, peer, seed, words)


def ours(dataset: Path, method: str, seed: int) -> dict[str, Any]:
    """Default settings, by the product's own functions, scored by the box's runtime."""
    with tempfile.TemporaryDirectory() as folder:
        run = train(dataset, Path(folder) / "run", method=method, seed=seed)
        began = time.perf_counter()
        bundle = export_bundle(Path(folder) / "run", Path(folder) / "m.ringlight")
        seconds = time.perf_counter() - began
        scored = score_test(bundle, Runtime(bundle.model, ["CPUExecutionProvider"]), dataset)
    bad = np.array([sample.bad for sample in scored.samples])
    return {
        "who": f"ringlight {method}",
        "image_auroc": auroc(scored.scores, bad),
        "fit_seconds": run.seconds,
        "export_seconds": seconds,
        "model_mb": bundle.size / 1e6,
    }


def theirs(python: Path, dataset: Path, peer: str, seed: int, words: Sequence[str]) -> dict[str, Any]:
    """A model of anomalib's in its own process; the AUROC by the same function as ours."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answer.json"
        call = [str(python), str(SCRIPTS[peer]), str(dataset), "--out", str(out), "--seed", str(seed), *words]
        subprocess.run(call, check=True, stdout=subprocess.DEVNULL, env=os.environ | _KEEP_MEMORY)
        answer = json.loads(out.read_text(encoding="utf-8"))
    samples = open_dataset(dataset, need_test=True).test
    bad = np.array([sample.bad for sample in samples])
    scores = answer.pop("scores")
    value = auroc(np.array([scores[f"{sample.kind}/{sample.path.name}"] for sample in samples]), bad)
    part = f" ({answer['epochs']} of its {answer['of']} epochs)" if answer.get("epochs") != answer.get("of") else ""
    return {"who": f"anomalib {peer}{part}", "image_auroc": value, **answer}


# SuperSimpleNet's tensors of a gigabyte would go back to the system, and be zeroed again by it, at every step.
_KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 34)}


def lay_out_cells(kind: str, folder: Path) -> Path:
    """elpv as a data set of links, without masks."""
    cells = find_cells(kind)
    good = [Sample(path, GOOD, None) for path in cells.test_good]
    bad = [Sample(path, "defective", None) for path in cells.test_defective]
    return Fold(kind, cells.train_good, (*good, *bad)).lay_out(folder)


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
    """A row of the table."""
    return (
        f"{row['set']:<10} {row['who']:<45} seed {row['seed']!s:<4} image AUROC {row['image_auroc']:.4f}  "
        f"fit {row['fit_seconds']:6.1f} s  {row['model_mb']:6.1f} MB"
    )


def _dataset(name: str, data: Path | None, folder: Path) -> Path | None:
    return lay_out_cells(name.removeprefix("elpv-"), folder) if name.startswith("elpv-") else data


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    def parse(words: str) -> list[str]:
        found = [word for word in words.split(",") if word]
        if strange := sorted(set(found) - set(known)):
            raise argparse.ArgumentTypeError(f"{strange[0]!r} is not among {', '.join(known)}")
        return found

    return parse


def _write(file: Path | None, rows: list[dict[str, Any]]) -> None:
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
