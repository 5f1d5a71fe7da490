"""Numbers as a person reads them: no more digits than they can bear."""

from __future__ import annotations

from collections.abc import Sequence

NNBSP = "\u202f"
"""Narrow no-break space: a number and its unit stay on one line."""


def percent(share: float) -> str:
    """A share as "78 %"; one decimal below 10 % and above 99 %, and never 0 % or 100 % where that is not exact."""
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f}{NNBSP}%"
    if 10 <= value <= 99:
        return f"{value:.0f}{NNBSP}%"
    if value < 0.05 or value > 99.95:
        return f"{'under' if value < 1 else 'over'} {'0.1' if value < 1 else '99.9'}{NNBSP}%"
    return f"{value:.1f}{NNBSP}%"


def between(interval: Sequence[float] | None) -> str:
    """An interval of shares as "73 to 81 %"; empty where there is none."""
    if interval is None:
        return ""
    low, high = (percent(value) for value in interval)
    return f"{low.removesuffix(f'{NNBSP}%')} to {high}"


def area(value: float | None) -> str:
    """An AUROC and its kin, 0 to 1: three decimals."""
    return "–" if value is None else f"{value:.3f}"


def area_between(interval: Sequence[float] | None) -> str:
    """An interval of such values as "0.970 to 0.989"; empty where there is none."""
    return "" if interval is None else f"{interval[0]:.3f} to {interval[1]:.3f}"


def score(value: float) -> str:
    """A raw score: three significant digits."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.4g}"


def rate(per_10000: float) -> str:
    """A number of false rejects as "100 in 10,000"."""
    return f"{per_10000:g} in 10,000"


def pixels(count: int | None) -> str:
    """A defect's size as "399 px, as 20 × 20"; nothing where it is not known."""
    if count is None:
        return ""
    side = max(1, round(count**0.5))
    return f"{count:,}{NNBSP}px, as {side}{NNBSP}×{NNBSP}{side}"


def plural(n: int, noun: str) -> str:
    """ "1 picture", "12 pictures"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
