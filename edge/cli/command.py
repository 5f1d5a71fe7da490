"""What a subcommand is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A subcommand: one line of help, its arguments, and what it does.

    `run` returns the exit code (0 good, 1 the work failed) or raises a RinglightError. The module that makes a
    Command imports cheaply; what is heavy is imported inside `run`.
    """

    help: str
    add_arguments: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace], int]
