"""Runs folds side by side, each by the commands train, export and evaluate, and goes on where it was cut off."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from edge.errors import RinglightError
from trainer.protocols.folds import Fold

_RESULT = "result.json"
Say = Callable[[str], object]


class Judge(Protocol):
    """Evaluates a fold in another way than `ringlight evaluate` does."""

    @property
    def words(self) -> tuple[str, ...]:
        """What decides its result, besides bundle and data set."""
        ...

    def __call__(self, bundle: Path, dataset: Path, threads: int) -> dict[str, Any]:
        """At least what `ringlight evaluate --json` writes."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """A fold's evaluation, as `ringlight evaluate --json` writes it. `fresh` tells whether it was run just now."""

    fold: Fold
    result: dict[str, Any]
    fresh: bool


def run_folds(
    folds: Sequence[Fold],
    out: Path,
    *,
    train_options: Sequence[str] = (),
    false_rejects_per_10000: float = 100.0,
    jobs: int = 1,
    judge: Judge | None = None,
    say: Say = print,
) -> list[Outcome]:
    """Runs every fold that has no result of these options yet, `jobs` of them at a time.

    Args:
        out: folder of the results; a fold's result stays there, its model does not.
        train_options: options of `ringlight train`, as they are typed.
        judge: evaluates a fold; `ringlight evaluate` unless told.

    Raises:
        RinglightError: a command failed; its last words are in the message. Results of other folds are kept.
    """
    threads = max(1, (os.cpu_count() or 1) // jobs)

    def one(fold: Fold) -> Outcome:
        return _run_fold(fold, out / fold.name, tuple(train_options), false_rejects_per_10000, threads, judge)

    found: list[Outcome] = []
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for outcome in pool.map(one, folds):
            found.append(outcome)
            how = "" if outcome.fresh else "  (from before)"
            auroc = outcome.result["image_auroc"]
            say(f"{len(found):>3}/{len(folds)}  {outcome.fold.name:<16} image AUROC {auroc:.4f}{how}")
    return found


def _run_fold(
    fold: Fold, folder: Path, options: tuple[str, ...], rate: float, threads: int, judge: Judge | None
) -> Outcome:
    key = fold.fingerprint(*options, f"{rate:g}", *(judge.words if judge else ()))
    before = _read(folder / _RESULT)
    if before is not None and before.get("key") == key:
        return Outcome(fold, before["result"], fresh=False)
    if folder.exists():
        shutil.rmtree(folder)
    data = fold.lay_out(folder / "data")
    run, bundle = folder / "run", folder / "fold.ringlight"
    _ringlight(fold, threads, "train", str(data), "--out", str(run), *options)
    _ringlight(fold, threads, "export", str(run), "--out", str(bundle), "--no-check")
    result = judge(bundle, data, threads) if judge else _evaluated(fold, bundle, data, rate, threads)
    temporary = folder / (_RESULT + ".tmp")
    temporary.write_text(json.dumps({"key": key, "result": result}, indent=1) + "\n", encoding="utf-8")
    for leftover in (data, run):
        shutil.rmtree(leftover)
    bundle.unlink()
    # Last of all: a folder that has a result is finished.
    temporary.replace(folder / _RESULT)
    return Outcome(fold, result, fresh=True)


def _evaluated(fold: Fold, bundle: Path, data: Path, rate: float, threads: int) -> dict[str, Any]:
    answer = bundle.with_name("evaluation.json")
    _ringlight(fold, threads, "evaluate", str(bundle), str(data), "--json", str(answer), "--false-rejects", f"{rate:g}")
    result = json.loads(answer.read_text(encoding="utf-8"))
    answer.unlink()
    return result


def _ringlight(fold: Fold, threads: int, *words: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-m", "edge.cli", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        last = "\n".join(done.stdout.strip().splitlines()[-5:])
        raise RinglightError(f"fold {fold.name}: `ringlight {' '.join(words)}` ended with {done.returncode}:\n{last}")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
