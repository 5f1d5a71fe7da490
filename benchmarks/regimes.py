"""What a data set's size and its split do to the number: magnetic tile defects, or any data set in MVTec AD layout.

    python benchmarks/regimes.py --data DIR [--method padim] [--seeds 0,1,2] [--counts 10,25,50,100,200,all]
        [--what few,part] [--held-out picture,part] [--alignments auto] --json OUT

few: models fitted to N good pictures, drawn by the seed, tested on all of DIR/test. As many more as `train` wants are
held out of the fit for the calibration.

part: three splits of the same pictures, with the same numbers of good ones to learn from and to test with, and every
defective one tested.
- published: as it stands on disk.
- by picture: the good pictures shuffled.
- by part: no part is in both train and test. Which pictures show the same part is what the data set doctor says
  (`trainer.checkup.twins`), by their fine structure; no model is asked.
With --held-out part, what is held out for the threshold is drawn part by part too (`ringlight train --apart`); "false
rejects" says how often good test pictures then lie above the threshold for 100 in 10,000.
"by picture" beside "by part" is what it is worth to have met the part before; "published" beside "by picture" is what
the draw of one split is worth.

Nothing is tuned here: every training runs at its defaults. `--alignments auto,fixed,free` runs each with a fixed
alignment too, to see how well the automatic choice does with few pictures. The image AUROC is that of the exported
bundle in the box's runtime.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from edge.errors import UsageError
from edge.runtime import Runtime
from export.exporting import export_bundle
from trainer.apart import find_parts
from trainer.dataset import GOOD, Dataset, Sample, open_dataset
from trainer.evaluate import judge, score_test
from trainer.methods import find_method
from trainer.options import METHODS
from trainer.protocols.folds import Fold
from trainer.train import split, train

_HELD_OUT = 0.2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--method", default="padim", choices=METHODS)
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--counts", default="10,25,50,100,200,all")
    parser.add_argument("--what", default="few,part")
    parser.add_argument("--alignments", default="auto")
    parser.add_argument("--held-out", default="picture", help="how pictures are held out: picture, part or both")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    data = open_dataset(args.data, need_test=True)
    rows: list[dict[str, Any]] = []
    for row in run_all(args, data):
        rows.append(row)
        print(line(row), flush=True)
        if args.json:
            args.json.parent.mkdir(parents=True, exist_ok=True)
            args.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print("\nmean over seeds")
    for key in dict.fromkeys(map(_regime, rows)):
        print(average([row for row in rows if _regime(row) == key]))
    return 0


def run_all(args: argparse.Namespace, data: Dataset) -> Iterator[dict[str, Any]]:
    """A row for each training."""
    seeds = [int(seed) for seed in args.seeds.split(",")]
    for what in args.what.split(","):
        folds = few(data, args.counts.split(","), seeds) if what == "few" else by_part(data, seeds)
        for seed, fold in folds:
            for alignment, by in product(args.alignments.split(","), args.held_out.split(",")):
                found = measure(fold, args.method, alignment, by, seed)
                yield {"what": what, "regime": fold.name, "seed": seed, **found}


def _regime(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["regime"], row["asked"], row["held_out_by"]


def few(data: Dataset, counts: Sequence[str], seeds: Sequence[int]) -> Iterator[tuple[int, Fold]]:
    """A fold for each count and seed. Smaller draws of one seed lie within its larger ones."""
    for count in counts:
        n = len(data.train) if count == "all" else with_held_out(int(count))
        if n > len(data.train):
            print(f"{count} fitted pictures: not run, they need {n} good ones and there are {len(data.train)}")
            continue
        for seed in seeds:
            order = np.random.default_rng(seed).permutation(len(data.train))[:n]
            yield seed, Fold(f"{count} fitted", tuple(data.train[i] for i in sorted(order.tolist())), data.test)


def with_held_out(fitted: int) -> int:
    """The fewest good pictures of which `train` fits so many."""
    n = fitted + 1
    while n - held_out(n) < fitted:
        n += 1
    return n


def held_out(n: int) -> int:
    """Of n good pictures, those that `train` holds out."""
    return len(split([Path(str(i)) for i in range(n)], 0, _HELD_OUT)[1])


def by_part(data: Dataset, seeds: Sequence[int]) -> Iterator[tuple[int, Fold]]:
    """The three splits, each with all seeds; the last one is missing where parts cannot be told."""
    parts = parts_of(data)
    good = [*data.train, *(sample.path for sample in data.test if not sample.bad)]
    bad = tuple(sample for sample in data.test if sample.bad)
    wanted = len(good) - len(data.train)
    for seed in seeds:
        rng = np.random.default_rng(seed)
        yield seed, Fold("published", data.train, data.test)
        shuffled = [good[i] for i in rng.permutation(len(good))]
        yield seed, fold("by picture", shuffled[:wanted], shuffled[wanted:], bad)
        if parts is None:
            print("by part: not run, the parts share so much design that one cannot be told from another")
            continue
        test, train = apart(shuffled, parts, {parts[sample.path] for sample in bad}, wanted)
        yield seed, fold("by part", test, train[: len(data.train)], bad)


def fold(name: str, test: Sequence[Path], train: Sequence[Path], bad: tuple[Sample, ...]) -> Fold:
    return Fold(name, tuple(sorted(train)), (*(Sample(path, GOOD, None) for path in sorted(test)), *bad))


def parts_of(data: Dataset) -> dict[Path, int] | None:
    """The part that each picture shows, by number; None where likeness cannot tell parts."""
    try:
        known = find_parts(data)
    except UsageError:
        return None
    pictures = [*data.train, *(sample.path for sample in data.test)]
    return {path: known.get(path, -1 - i) for i, path in enumerate(pictures)}


def apart(good: Sequence[Path], parts: dict[Path, int], must: set[int], wanted: int) -> tuple[list[Path], list[Path]]:
    """Good pictures to test with, as many as are wanted or a few less, and the others; each part on one side. Parts
    that `must` be tested, because a defective picture shows them, come first, were they more than are wanted; then
    parts in the order of `good`, those that are too large for the rest passed over."""
    members: dict[int, list[Path]] = {}
    for path in good:
        members.setdefault(parts[path], []).append(path)
    test: list[Path] = []
    train: list[Path] = []
    for part in sorted(members, key=lambda part: part not in must):
        fits = part in must or len(test) + len(members[part]) <= wanted
        (test if fits else train).extend(members[part])
    return test, train


def measure(fold: Fold, method: str, alignment: str, by: str, seed: int) -> dict[str, Any]:
    """One training, export and evaluation at the defaults, but for the alignment and how pictures are held out."""
    settings = find_method(method).settings(alignment=alignment)
    with tempfile.TemporaryDirectory() as folder:
        dataset = fold.lay_out(Path(folder) / "data")
        out = Path(folder) / "run"
        how = {"method": method, "seed": seed, "settings": settings, "held_out_share": _HELD_OUT, "apart": by == "part"}
        run = train(dataset, out, **how)
        bundle = export_bundle(out, Path(folder) / "m.ringlight")
        runtime = Runtime(bundle.model, ["CPUExecutionProvider"])
        scored = score_test(bundle, runtime, dataset)
    result = judge(bundle, scored, runtime.running)
    return {
        "method": method,
        "asked": alignment,
        "held_out_by": by,
        "fitted": len(run.fitted),
        "held_out": len(run.held_out),
        "good": result.good,
        "bad": result.bad,
        "image_auroc": result.image_auroc,
        "false_reject_rate": result.false_reject_rate,
        "escape_rate": result.escape_rate,
        "alignment": run.settings["alignment"],
        "chosen_by": run.notes.get("alignment"),
        "fit_seconds": run.seconds,
    }


def line(row: dict[str, Any]) -> str:
    """A row of the table."""
    return (
        f"{row['regime']:<12} seed {row['seed']:<3} image AUROC {row['image_auroc']:.4f}  {aligned(row):<14}"
        f"held out by {row['held_out_by']:<8} false rejects {row['false_reject_rate']:6.1%}  "
        f"escapes {row['escape_rate']:6.1%}  {row['fitted']:>5} fitted, "
        f"tested with {row['good']} good and {row['bad']} defective"
    )


def aligned(row: dict[str, Any]) -> str:
    """What was asked for, and what it came to."""
    return f"auto: {row['alignment']}" if row["asked"] == "auto" else row["asked"]


def average(rows: Sequence[dict[str, Any]]) -> str:
    """The mean, the lowest and highest seed, and what the alignment was each time."""
    values = [row["image_auroc"] for row in rows]
    rejects = mean(row["false_reject_rate"] for row in rows)
    alignments = ", ".join(f"{n} × {name}" for name, n in Counter(map(aligned, rows)).items())
    return (
        f"{rows[0]['regime']:<12} held out by {rows[0]['held_out_by']:<8} image AUROC {mean(values):.4f} "
        f"({min(values):.4f} to {max(values):.4f}), false rejects {rejects:.1%}, "
        f"{mean(row['fitted'] for row in rows):.0f} fitted, {alignments}"
    )


if __name__ == "__main__":
    sys.exit(main())
