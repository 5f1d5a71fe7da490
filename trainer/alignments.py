"""How well a model knows where things lie on the part. No torch."""

from __future__ import annotations

from typing import Literal

Aligned = Literal["fixed", "near", "free"]
Alignment = Literal["auto", "fixed", "near", "free"]

ALIGNMENTS: tuple[Aligned, ...] = ("fixed", "near", "free")
"""From the strictest to the freest."""
CHOICES: tuple[Alignment, ...] = ("auto", *ALIGNMENTS)
