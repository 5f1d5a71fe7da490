"""The ways to learn what good parts look like, by the name that `--method` takes."""

from __future__ import annotations

from edge.errors import UsageError
from trainer.methods.base import Fitted, Lesson, Method
from trainer.methods.padim import PADIM
from trainer.methods.simplenet import SIMPLENET

METHODS = {"padim": PADIM, "simplenet": SIMPLENET}

__all__ = ["METHODS", "Fitted", "Lesson", "Method", "find_method"]


def find_method(name: str) -> Method:
    """The method of that name. Raises UsageError where there is none."""
    if name not in METHODS:
        raise UsageError(f"method {name!r} is unknown: write {' or '.join(METHODS)}.")
    return METHODS[name]
