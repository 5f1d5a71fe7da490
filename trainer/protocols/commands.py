"""`ringlight protocol`: its arguments, and what is called. Cheap to import."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.cli.command import Command

if TYPE_CHECKING:
    from trainer.dataset import Dataset
    from trainer.protocols.folds import Fold
    from trainer.protocols.runner import Judge, Outcome


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="folder in the layout of MVTec AD")
    parser.add_argument(
        "--kind",
        choices=("fixed", "splits", "groups", "loo"),
        default="splits",
        help="fixed: the split on disk; splits: good pictures split anew each time; groups: leave one group out; "
        "loo: one model, its thresholds chosen on all test pictures but one and judged on that",
    )
    parser.add_argument("--repeats", type=int, default=10, help="splits to draw")
    parser.add_argument("--train-share", type=float, default=0.7, help="share of the good pictures to train on")
    parser.add_argument("--group", metavar="REGEX", help="its parenthesis finds the group in a file's name")
    parser.add_argument("--seed", type=int, default=0, help="of the splits")
    parser.add_argument(
        "--pixel-false-positives",
        type=float,
        default=0.01,
        metavar="SHARE",
        help="loo: share of defect-free pixels that may lie above the map's threshold (0.01)",
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="folds at a time (default: all cores)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="results; a second call goes on there")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write folds and summary to this file")
    parser.add_argument(
        "--false-rejects", type=float, default=100.0, metavar="N", help="good parts in 10,000 that may be thrown away"
    )
    parser.add_argument(
        "--train-options", default="", metavar="WORDS", help="options of `ringlight train`, in quotes: '--size 320'"
    )


def _run(arguments: argparse.Namespace) -> int:
    import json
    import shlex

    from edge.errors import UsageError
    from trainer.dataset import open_dataset
    from trainer.protocols.runner import run_folds

    if arguments.jobs < 1:
        raise UsageError(f"--jobs is {arguments.jobs}: write 1 or more.")
    judge = _judge(arguments)
    folds, shared = _folds(arguments, open_dataset(arguments.dataset, need_test=True))
    options = shlex.split(arguments.train_options)
    outcomes = run_folds(
        folds,
        arguments.out,
        train_options=options,
        false_rejects_per_10000=arguments.false_rejects,
        jobs=min(arguments.jobs, len(folds)),
        judge=judge,
    )
    found = _left_out(outcomes[0]) if judge else _summed_up(outcomes, shared)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        answer = {"kind": arguments.kind, "train_options": options, **found}
        arguments.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
    return 0


def _judge(arguments: argparse.Namespace) -> Judge | None:
    if arguments.kind != "loo":
        return None
    from trainer.protocols.leave_one_out.judging import LeaveOneOut

    return LeaveOneOut(arguments.pixel_false_positives, arguments.false_rejects)


def _folds(arguments: argparse.Namespace, data: Dataset) -> tuple[list[Fold], float | None]:
    """The folds, and how many good pictures are tested per picture trained on where folds share pictures."""
    from edge.errors import UsageError
    from trainer.protocols.folds import fixed_split, group_folds, one_model, random_splits

    if arguments.kind == "fixed":
        return fixed_split(data), None
    if arguments.kind == "loo":
        return one_model(data), None
    if arguments.kind == "splits":
        folds = random_splits(data, arguments.repeats, arguments.train_share, arguments.seed)
        return folds, sum(not sample.bad for sample in folds[0].test) / len(folds[0].train)
    if arguments.group is None:
        raise UsageError("--kind groups needs --group REGEX, such as --group '^(exp\\d)_'.")
    return group_folds(data, arguments.group), None


def _summed_up(outcomes: Sequence[Outcome], shared: float | None) -> dict[str, Any]:
    """Prints the figures over the folds; folds and figures for JSON."""
    from trainer.protocols.summary import summarize

    figures = summarize([outcome.result for outcome in outcomes], shared)
    for key, figure in figures.items():
        interval = "" if figure.low is None else f"  95 % {figure.low:.4f} to {figure.high:.4f}"
        print(f"{key:<18} {figure.mean:.4f}{interval}  worst {figure.worst:.4f}  best {figure.best:.4f}")
    return {
        "folds": {outcome.fold.name: outcome.result for outcome in outcomes},
        "summary": {key: figure.to_dict() for key, figure in figures.items()},
    }


def _left_out(outcome: Outcome) -> dict[str, Any]:
    """Prints the table of leave-one-out; evaluation and table for JSON."""
    from trainer.protocols.leave_one_out.outcome import lines

    evaluation = dict(outcome.result)
    left_out = evaluation.pop("leave_one_out")
    print("\n".join(lines(left_out)))
    return {"folds": {outcome.fold.name: evaluation}, "leave_one_out": left_out}


protocol = Command("train and test again and again: random splits, one group or one picture left out", _arguments, _run)
