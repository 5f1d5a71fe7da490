"""From the map to one number: which image score is best, on every data set at hand.

    python benchmarks/scores.py [--data DIR] [--sets mtd,mtd-by-part,sleeves,elpv-mono,elpv-poly] [--seed 0] --json OUT

One PaDiM with its defaults is fitted to each set; every score is computed from the same distances.

max            the highest cell
top 2 % … all  the mean of the worst cells (10 % is the default)
head           a statistical head: the logarithms of max, top 2 %, 10 %, 30 % and mean, each in deviations of held-out
               good pictures, averaged
nearest        no map at all: the distance to the nearest picture learned from, all patches and directions at once. It
               asks whether this picture has been seen before, and is here to show what that is worth.

Choices are made on "mtd" (the validation half of the test pictures: every second file of each folder), "mtd-by-part"
(training pictures and that half, split anew so that no part is on both sides) and "sleeves" (simulated). elpv is
reported beside them; nothing is chosen on it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from mtd import halves
from peers.compare import lay_out_cells
from regimes import by_part
from torch import Tensor

from trainer import padim
from trainer.backbone import Backbone
from trainer.dataset import Dataset, open_dataset
from trainer.features import Features
from trainer.maps import image_score
from trainer.metrics import auroc
from trainer.protocols.folds import Fold
from trainer.runs import Run
from trainer.simulate.plan import Plan
from trainer.simulate.writing import simulate
from trainer.train import build, train

SETS = ("mtd", "mtd-by-part", "sleeves", "elpv-mono", "elpv-poly")
_HEAD = (0.0, 0.02, 0.1, 0.3, 1.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the magnetic tiles")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    for name in args.sets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            dataset = lay_out(name, args.data, Path(folder) / "data", args.seed)
            if dataset is None:
                print(f"{name}: not run, name the folder of the magnetic tiles with --data")
                continue
            found[name] = measure(dataset, Path(folder) / "run", args.seed)
            print(f"{name}: {found[name]}", flush=True)
            if args.json:
                args.json.parent.mkdir(parents=True, exist_ok=True)
                args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("\n" + f"{'image AUROC':<12}" + "".join(f"{name:>13}" for name in found))
    for score in next(iter(found.values()), {}):
        print(f"{score:<12}" + "".join(f"{values[score]:>13.4f}" for values in found.values()))
    return 0


def lay_out(name: str, data: Path | None, folder: Path, seed: int) -> Path | None:
    """The data set of that name as a folder; None where its pictures are not at hand."""
    if name.startswith("elpv-"):
        return lay_out_cells(name.removeprefix("elpv-"), folder)
    if name == "sleeves":
        simulate(folder, Plan(seed=seed))
        return folder
    if data is None:
        return None
    whole = open_dataset(data, need_test=True)
    half = tuple(sample for sample, first in zip(whole.test, halves(whole.test), strict=True) if first)
    known = Dataset(whole.root, whole.train, half)
    folds = [Fold("mtd", known.train, known.test)] if name == "mtd" else [fold for _, fold in by_part(known, [seed])]
    return folds[-1].lay_out(folder)


def measure(dataset: Path, run_folder: Path, seed: int) -> dict[str, float]:
    """Image AUROC by each score."""
    run = train(dataset, run_folder, seed=seed, settings=padim.Settings(smoothing=0))
    data = open_dataset(dataset, need_test=True)
    test, bad = [sample.path for sample in data.test], np.array([sample.bad for sample in data.test])
    cells = distances(run, test)
    good = distances(run, [dataset / name for name in run.held_out])
    scores = {"max": image_score(cells, 0.0)}
    scores |= {f"top {share:.0%}": image_score(cells, share) for share in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5)}
    scores |= {"mean": image_score(cells, 1.0), "head": head(cells, good), "nearest": nearest(run, dataset, test)}
    return {name: round(auroc(score.numpy(), bad), 4) for name, score in scores.items()}


def distances(run: Run, pictures: Sequence[Path]) -> Tensor:
    """[pictures, cells]: the map without smoothing."""
    model = build(run)
    features = Features(cast(Backbone, model.get_submodule("backbone")), run.geometry, lambda layers: layers[0])
    with torch.inference_mode():
        maps = [model(torch.from_numpy(features.tiles_of([path])))[1].flatten(1) for path in pictures]
    return torch.cat(maps)


def head(cells: Tensor, good: Tensor) -> Tensor:
    def logs(of: Tensor) -> Tensor:
        return torch.stack([image_score(of, share) for share in _HEAD], 1).log()

    known = logs(good)
    return ((logs(cells) - known.mean(0)) / known.std(0)).mean(1)


def nearest(run: Run, dataset: Path, test: Sequence[Path]) -> Tensor:
    """Whitened place by place over all directions, on a grid of half the resolution."""
    grid = (run.grid[0] // 2, run.grid[1] // 2)
    network = cast(Backbone, build(run).get_submodule("backbone"))
    features = Features(network, run.geometry, partial(padim.embed, grid=grid))

    def batches(pictures: Sequence[Path]) -> Iterator[Tensor]:
        yield from features.of_pictures(pictures, "nearest")

    learned = list(batches([dataset / name for name in run.fitted]))
    settings = replace(padim.Settings(**run.settings), alignment="fixed", rank=0)
    mean, rows = (value.float() for value in padim.fit(learned, settings, grid))
    known = torch.cat([padim.white(batch, mean, rows).flatten(1) for batch in learned])
    asked = torch.cat([padim.white(batch, mean, rows).flatten(1) for batch in batches(test)])
    return torch.cdist(asked, known).min(1).values


if __name__ == "__main__":
    sys.exit(main())
