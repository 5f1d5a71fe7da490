"""The methods' options on the command line. Cheap to import."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any

from edge.errors import UsageError
from trainer.alignments import CHOICES

METHODS = ("padim", "simplenet")

_OPTIONS: dict[str, dict[str, Any]] = {
    "alignment": {
        "choices": CHOICES,
        "help": "fixed: parts always lie the same way in the picture; near: almost; free: they do not; auto: asks the "
        "good pictures",
    },
    "rank": {
        "type": int,
        "help": "directions kept at each place (32, up to 128 with few pictures; simplenet 64); 0 keeps all; free "
        "keeps twice that",
    },
    "shrinkage": {"type": float, "help": "regularisation of the covariance (0.05), above 0 to 1"},
    "top": {"type": float, "help": "share of the cells whose mean is the score (0.1); 0: the highest"},
    "budget_mb": {"type": float, "help": "padim: megabytes that the bundle may take; grid and rank are chosen to fit"},
    "smoothing": {"type": float, "help": "padim: sigma of the map's smoothing (0.7), in cells"},
    "smoothing_px": {"type": float, "help": "simplenet: the same (2), in pixels of the model's input"},
    "noise": {"type": float, "help": "simplenet: sigma of the noise on features (1), in good patches' deviations"},
    "clip": {"type": float, "help": "simplenet: limit of the gradients' norm (1); 0 does not clip"},
    "meta_epochs": {"type": int, "help": "simplenet: meta-epochs (40)"},
    "epochs": {"type": int, "help": "simplenet: passes over the pictures in a meta-epoch (4)"},
    "patches": {"type": int, "help": "simplenet: patches a step (1024); 0 takes all of its four pictures"},
    "epoch": {
        "choices": ["last", "synthetic"],
        "help": "simplenet: the meta-epoch taken, the last or that which sees synthetic defects best",
    },
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of all methods; what is not given is left to the method."""
    for name, how in _OPTIONS.items():
        parser.add_argument("--" + name.replace("_", "-"), dest=name, **how)


def settings_of(args: argparse.Namespace, settings: Any) -> Any:
    """The method's settings, a `settings` of what was given.

    Raises:
        UsageError: an option belongs to another method.
    """
    given = {name: value for name in _OPTIONS if (value := getattr(args, name)) is not None}
    strange = sorted(set(given) - {field.name for field in fields(settings)})
    if strange:
        raise UsageError(f"--{strange[0].replace('_', '-')} is no option of {args.method}: leave it out.")
    return settings(**given)
