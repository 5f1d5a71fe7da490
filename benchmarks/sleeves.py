"""Studies on simulated sleeves, where the truth is known. One command, JSON and a table.

    python benchmarks/sleeves.py --json OUT [--only default highlight borderline leak saturation] [--seed 0]

default      PaDiM on a set of the default size.
highlight    the same method with a highlight that stands still and one that wanders; all else equal.
borderline   0, 5 and 15 % of the training pictures have a defect too faint to count; tested on the same pictures.
leak         five training pictures in test/good: whether the data set doctor finds them, and what they are worth.
saturation   SimpleNet with and without clipped gradients, by the tracker's own judgement.

What comes out is about the method under these conditions; it is not to be compared with results on real sleeves.
"""

from __future__ import annotations

import argparse
import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.bundle import Bundle
from edge.clock import NS_PER_S, RealClock
from edge.runtime import Runtime
from export.exporting import export_bundle
from trainer.checkup.checkup import examine
from trainer.evaluate import Scored, judge, score_test
from trainer.simplenet import Settings
from trainer.simulate.plan import Plan
from trainer.simulate.writing import simulate
from trainer.train import train

SMALL = Plan(train=120, good=40, defects=40)
SATURATING = Plan(train=60, good=0, defects=0, width=320, height=240)
TAUGHT = Settings(alignment="free", meta_epochs=6, epochs=2)
RATES = (1, 60, 200)
LEAKED = 5
SHARES = (0.0, 0.05, 0.15)
_COLUMNS = ("image_auroc", "image_auroc_interval", "aupro", "pixel_auroc", "false_reject_rate", "escape_rate")


@dataclass(frozen=True)
class Trained:
    """A bundle and its view of a test set."""

    bundle: Bundle
    scored: Scored
    alignment: str

    def numbers(self, keep: Callable[[str], bool] = lambda name: True) -> dict[str, Any]:
        """The result on the test pictures whose names (test/folder/file) are kept."""
        names = [f"test/{sample.kind}/{sample.path.name}" for sample in self.scored.samples]
        scored = self.scored.some([i for i, name in enumerate(names) if keep(name)])
        result = judge(self.bundle, scored, "CPUExecutionProvider").to_dict()
        good = sum(not sample.bad for sample in scored.samples)
        kinds = {
            kind: one["image_auroc"] for kind, one in result["per_class"].items() if one["image_auroc"] is not None
        }
        return {
            "alignment": self.alignment,
            "good": good,
            "bad": len(scored.samples) - good,
            **{key: result[key] for key in _COLUMNS},
            "per_kind_auroc": kinds,
        }


def learn(data: Path, seed: int) -> Trained:
    """PaDiM with its defaults on a data set."""
    with tempfile.TemporaryDirectory() as folder:
        run = train(data, Path(folder) / "run", seed=seed)
        bundle = export_bundle(Path(folder) / "run", Path(folder) / "sleeves.ringlight")
    scored = score_test(bundle, Runtime(bundle.model, ["CPUExecutionProvider"]), data)
    return Trained(bundle, scored, run.alignment)


class Studies:
    """The studies share their data sets, each drawn when it is first asked for."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.seed = seed
        self._trained: dict[str, Trained] = {}

    def default(self) -> dict[str, Any]:
        trained = self._default()
        leaked = {one["file"] for one in self._truth("default") if one["copy_of"]}
        return trained.numbers(lambda name: name not in leaked)

    def leak(self) -> dict[str, Any]:
        """The doctor sees the set with the leaked pictures in it, the model is the one that learned from them."""
        data = self._drawn("default", Plan(seed=self.seed, leak=LEAKED))
        leaked = {one["file"] for one in self._truth("default") if one["copy_of"]}
        found = {
            shown.name
            for finding in examine(data).findings
            if finding.check in ("repeats.exact_across", "repeats.near_across")
            for shown in finding.pictures
            if shown.name.startswith("test/")
        }
        return {
            "leaked": sorted(leaked),
            "found": sorted(found & leaked),
            "wrongly_found": sorted(found - leaked),
            "with": self._default().numbers(),
            "without": self.default(),
        }

    def highlight(self) -> dict[str, Any]:
        still = self._drawn("still", replace(SMALL, seed=self.seed, highlight=0.0))
        return {"still": learn(still, self.seed).numbers(), "moving": self._moving().numbers()}

    def borderline(self) -> dict[str, Any]:
        base = self._drawn("moving", replace(SMALL, seed=self.seed))
        rows = {"0%": self._moving().numbers()}
        for share in SHARES[1:]:
            plan = replace(SMALL, seed=self.seed, borderline=share, good=0, defects=0)
            data = self._drawn(f"borderline-{share:g}", plan)
            for part in ("test", "ground_truth"):
                shutil.copytree(base / part, data / part)
            rows[f"{share:.0%}"] = learn(data, self.seed).numbers()
        return rows

    def saturation(self) -> dict[str, Any]:
        data = self._drawn("turned", SATURATING)
        rows = {}
        for times, clip in itertools.product(RATES, (0.0, 1.0)):
            rates = {name: times * getattr(TAUGHT, name) for name in ("adapter_rate", "discriminator_rate")}
            name = f"rates x {times}, clip {clip:g}"
            run = train(
                data,
                self.folder / name.replace(" ", "-"),
                method="simplenet",
                seed=self.seed,
                settings=replace(TAUGHT, clip=clip, **rates),
            )
            rows[name] = {**run.notes["tracker"][-1], "warnings": run.notes["warnings"]}
        return rows

    def _default(self) -> Trained:
        return self._once("default", Plan(seed=self.seed, leak=LEAKED))

    def _moving(self) -> Trained:
        return self._once("moving", replace(SMALL, seed=self.seed))

    def _once(self, name: str, plan: Plan) -> Trained:
        if name not in self._trained:
            self._trained[name] = learn(self._drawn(name, plan), self.seed)
        return self._trained[name]

    def _drawn(self, name: str, plan: Plan) -> Path:
        if not (self.folder / name).exists():
            simulate(self.folder / name, plan)
        return self.folder / name

    def _truth(self, name: str) -> Sequence[dict[str, Any]]:
        return json.loads((self.folder / name / "truth.json").read_text())["pictures"]


STUDIES = ("default", "highlight", "borderline", "leak", "saturation")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=STUDIES, default=STUDIES, help="some of the studies")
    parser.add_argument("--seed", type=int, default=0, help="of the pictures and the training")
    parser.add_argument("--json", type=Path, help="where the numbers go")
    args = parser.parse_args()
    clock, found = RealClock(), {}
    with tempfile.TemporaryDirectory() as folder:
        studies = Studies(Path(folder), args.seed)
        for name in args.only:
            began = clock.now_ns()
            answer = getattr(studies, name)()
            found[name] = {"seconds": (clock.now_ns() - began) / NS_PER_S, "result": answer}
            print(f"{name}, {found[name]['seconds']:.0f} s", *_TABLE[name](answer), sep="\n  ", flush=True)
            _save(args.json, {"seed": args.seed, "studies": found})
    return 0


def _save(path: Path | None, facts: dict[str, Any]) -> None:
    """After each study, so that an interruption costs one."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def _row(name: str, one: dict[str, Any]) -> str:
    low, high = one["image_auroc_interval"] or (float("nan"), float("nan"))
    return (
        f"{name:<10} image AUROC {one['image_auroc']:.3f} ({low:.3f} to {high:.3f})  AUPRO {one['aupro']:.3f}  "
        f"pixel AUROC {one['pixel_auroc']:.3f}  false rejects {one['false_reject_rate']:.0%}  "
        f"escapes {one['escape_rate']:.0%}  ({one['good']} good, {one['bad']} bad, {one['alignment']})"
    )


def _kinds(one: dict[str, Any]) -> str:
    return "           " + "  ".join(f"{kind} {value:.3f}" for kind, value in one["per_kind_auroc"].items())


def _default_lines(one: dict[str, Any]) -> list[str]:
    return [_row("default", one), _kinds(one)]


def _rows(answer: dict[str, Any]) -> list[str]:
    return [line for name, one in answer.items() for line in (_row(name, one), _kinds(one))]


def _leak_lines(answer: dict[str, Any]) -> list[str]:
    gain = answer["with"]["image_auroc"] - answer["without"]["image_auroc"]
    return [
        f"the doctor found {len(answer['found'])} of {len(answer['leaked'])} leaked pictures, and "
        f"{len(answer['wrongly_found'])} that are none",
        _row("without", answer["without"]),
        _row("with", answer["with"]),
        f"the leaked pictures add {gain:+.3f} to the image AUROC",
    ]


def _saturation_lines(answer: dict[str, Any]) -> list[str]:
    return [
        f"{name:<20} good {one['real_mean']:.2f} ± {one['real_std']:.2f}, noisy {one['noisy_mean']:.2f} ± "
        f"{one['noisy_std']:.2f}, loss {one['loss']:.3f}: {_judgement(one)}"
        for name, one in answer.items()
    ]


def _judgement(one: dict[str, Any]) -> str:
    """The tracker's, in a word."""
    return ", ".join(text.partition(":")[0] for text in one["warnings"]) or "sound"


_TABLE: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "default": _default_lines,
    "highlight": _rows,
    "borderline": _rows,
    "leak": _leak_lines,
    "saturation": _saturation_lines,
}


if __name__ == "__main__":
    sys.exit(main())
