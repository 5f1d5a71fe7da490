"""`ringlight slots`: what lies in the slots, and the two decisions that a person may take."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.command import Command
from edge.errors import UsageError

if TYPE_CHECKING:
    from edge.config import Config
    from edge.slots import Slots


def open_slots(file: Path) -> tuple[Config, Slots]:
    """The configuration in `file` and the slots that it names.

    Raises:
        UsageError: it names none.
    """
    from edge.config import load_config
    from edge.slots import Slots

    config = load_config(file)
    if config.slots.folder is None:
        raise UsageError(f'{file}: this box has no slots. Write folder = "slots" under [slots].')
    return config, Slots(config.slots.folder, tries=config.slots.tries)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("list", "good", "rollback"),
        help="show both slots; end the active model's trial well; return to the other slot's model",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the box's configuration")


def _run(arguments: argparse.Namespace) -> int:
    from edge.errors import SlotError

    _, slots = open_slots(arguments.config)
    try:
        if arguments.action == "good":
            print(f"slot {slots.mark_good().upper()} is good")
        elif arguments.action == "rollback":
            print(f"slot {slots.rollback().upper()} inspects after the next part, or the box's next start")
    except OSError as error:
        raise SlotError(f"{slots.folder}: {error.strerror or error}. Check the disk and your rights.") from error
    for line in describe(slots):
        print(line)
    return 0


def describe(slots: Slots) -> list[str]:
    """One line a slot: name, part that it plays, status, model, and why it is bad."""
    from edge.slots.state import NAMES

    state, active = slots.state(), slots.active()
    lines = []
    for name in NAMES:
        entry = state[name]
        part = "active" if name == active else "pending" if name == state.pending else ""
        lines.append(f"{name.upper()} {part:<8} {entry.status.value:<8} {entry.model_id:<24} {entry.why}".rstrip())
    return lines


command = Command("list the model slots, end a trial, roll back", _arguments, _run)
