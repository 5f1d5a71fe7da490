"""`ringlight dataset check DIR`: its arguments, and what is printed. Cheap to import."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.health import Level

if TYPE_CHECKING:
    from trainer.checkup.checkup import Checkup

_STYLE = {Level.OK: "green", Level.INFO: "cyan", Level.WARNING: "yellow", Level.FAULT: "bold red"}
_NAMED = 5


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=["check"], help="check: look for what makes results untrue")
    parser.add_argument("dataset", type=Path, metavar="DIR", help="folder in the layout of MVTec AD")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the findings to this file")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write a page with pictures to this file")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="rank the good pictures by this model")
    parser.add_argument("--size", type=int, default=256, help="side of the model's input, pixels")
    parser.add_argument("--auroc", type=float, default=0.97, help="AUROC whose interval is computed")


def _run(args: argparse.Namespace) -> int:
    from trainer.checkup.checkup import examine

    checkup = examine(args.dataset, bundle=args.bundle, size=args.size, at=args.auroc)
    _tell(checkup)
    if args.json:
        text = json.dumps(checkup.to_dict(), indent=1, ensure_ascii=False)
        _write(args.json, text + "\n")
    if args.html:
        from trainer.checkup.page import render

        _write(args.html, render(checkup))
    return 1 if checkup.level is Level.FAULT else 0


def _tell(checkup: Checkup) -> None:
    """Worst first; on one line each what is fine."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for finding in sorted(checkup.findings, key=lambda finding: -finding.level):
        word = (f"{finding.level.name:<8}", _STYLE[finding.level])
        console.print(Text.assemble(word, f"{finding.check:<27} {finding.text}"))
        if finding.mend:
            console.print(Text(f"{'':35} → {finding.mend}", style="dim"))
        if finding.level >= Level.WARNING:
            for shown in finding.pictures[:_NAMED]:
                console.print(Text(f"{'':37} {shown.name}  {shown.note}".rstrip(), style="dim"))
    console.print(f"{checkup.dataset}: {len(checkup.looks):,} pictures, worst finding {checkup.level.name}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


dataset = Command("check a data set for what makes results untrue: dataset check DIR", _arguments, _run)
