"""`ringlight protocol`: its arguments, and what is called. Cheap to import."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from edge.cli.command import Command


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, help="folder in the layout of MVTec AD")
    parser.add_argument(
        "--kind",
        choices=("fixed", "splits", "groups"),
        default="splits",
        help="fixed: the split on disk; splits: good pictures split anew each time; groups: leave one group out",
    )
    parser.add_argument("--repeats", type=int, default=10, help="splits to draw")
    parser.add_argument("--train-share", type=float, default=0.7, help="share of the good pictures to train on")
    parser.add_argument("--group", metavar="REGEX", help="its parenthesis finds the group in a file's name")
    parser.add_argument("--seed", type=int, default=0, help="of the splits")
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
    from trainer.protocols.folds import fixed_split, group_folds, random_splits
    from trainer.protocols.runner import run_folds
    from trainer.protocols.summary import summarize

    if arguments.jobs < 1:
        raise UsageError(f"--jobs is {arguments.jobs}: write 1 or more.")
    data = open_dataset(arguments.dataset, need_test=True)
    shared = None
    if arguments.kind == "fixed":
        folds = fixed_split(data)
    elif arguments.kind == "splits":
        folds = random_splits(data, arguments.repeats, arguments.train_share, arguments.seed)
        shared = sum(not sample.bad for sample in folds[0].test) / len(folds[0].train)
    elif arguments.group is None:
        raise UsageError("--kind groups needs --group REGEX, such as --group '^(exp\\d)_'.")
    else:
        folds = group_folds(data, arguments.group)
    options = shlex.split(arguments.train_options)
    outcomes = run_folds(
        folds,
        arguments.out,
        train_options=options,
        false_rejects_per_10000=arguments.false_rejects,
        jobs=min(arguments.jobs, len(folds)),
    )
    figures = summarize([outcome.result for outcome in outcomes], shared)
    for key, figure in figures.items():
        interval = "" if figure.low is None else f"  95 % {figure.low:.4f} to {figure.high:.4f}"
        print(f"{key:<18} {figure.mean:.4f}{interval}  worst {figure.worst:.4f}  best {figure.best:.4f}")
    if arguments.json:
        answer = {
            "kind": arguments.kind,
            "train_options": options,
            "folds": {outcome.fold.name: outcome.result for outcome in outcomes},
            "summary": {key: figure.to_dict() for key, figure in figures.items()},
        }
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")
    return 0


protocol = Command("train and test again and again: random splits, or leave one group out", _arguments, _run)
