"""`ringlight roll`: the roll maps of a line that inspects a web."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.errors import UsageError

if TYPE_CHECKING:
    from edge.web.book import RollBook
    from edge.web.finding import RollEntry


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=("list", "show", "export"), help="the newest rolls; one roll in short; one roll as a file"
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")
    parser.add_argument("--roll", type=int, metavar="N", help="the roll's number; the newest unless told")
    parser.add_argument("--format", choices=("json", "csv"), default="json", help="of an export (json)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where an export is written; else it is printed")


def _run(arguments: argparse.Namespace) -> int:
    from edge.clock import RealClock
    from edge.config import load_config
    from edge.web.book import RollBook

    config = load_config(arguments.config)
    if not (config.store.folder / "rolls.db").exists():
        raise UsageError(
            f"{config.store.folder}: no roll was ever inspected here. Is web.enabled set, and the box run?"
        )
    book = RollBook(config.store.folder, RealClock(), "")
    if arguments.action == "list":
        for roll in reversed(book.rolls()):
            print(_line(roll))
        return 0
    roll = _choose(book, arguments.roll)
    if arguments.action == "show":
        _show(book, roll)
        return 0
    box = f"{config.box.site}/{config.box.line}/{config.box.name}"
    _export(book, roll, arguments.format, arguments.out, box)
    return 0


def _choose(book: RollBook, key: int | None) -> RollEntry:
    found = next(iter(book.rolls(1)), None) if key is None else book.roll(key)
    if found is None:
        raise UsageError("no such roll is remembered; `ringlight roll list` names those that are.")
    return found


def _line(roll: RollEntry) -> str:
    name = roll.name or "-"
    travelled, lost = (roll.travelled_mm or 0.0) / 1000, (roll.uninspected_mm or 0.0) / 1000
    end = "" if roll.ended_ns else "  (not ended)"
    return f"{roll.key:>6}  {name:<24} {travelled:>10.3f} m  {lost:>8.3f} m uninspected{end}"


def _show(book: RollBook, roll: RollEntry) -> None:
    print(_line(roll))
    if roll.models:
        print(f"judged by {', then '.join(roll.models)}")
    for finding in book.findings(roll.key):
        size = f"{finding.length_mm:.1f} x {finding.width_mm:.1f} mm"
        what = f"peak {finding.peak:.4g}" if finding.peak is not None else f"uninspected ({finding.why})"
        print(f"{finding.at_m:>10.3f} m  {finding.across_mm:>7.1f} mm  {size:<18} {what}")


def _export(book: RollBook, roll: RollEntry, kind: str, out: Path | None, box: str) -> None:
    from edge.web.finding import as_csv, as_json

    findings = book.findings(roll.key)
    text = as_csv(findings) if kind == "csv" else as_json(roll, findings, box) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8", newline="")
        print(f"{out}: {len(findings)} findings of roll {roll.key}")


command = Command("list, show and export roll maps of a web", _arguments, _run)
