"""What the numbers of an evaluation cannot bear, in words for the person who decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainer.judge import Result

_WIDE = 0.05
_FEW = 10


def doubts(result: Result) -> tuple[str, ...]:
    """Warnings, the gravest first: each says what is uncertain and what would mend it. Empty where there is none."""
    found = [result.threshold_warning, _good_pictures(result), _calibration(result), _auroc(result), _few(result)]
    if result.aupro is None:
        found.append("No masks: whether the heat map points at the defect was not measured. Draw masks to know.")
    return tuple(text for text in found if text)


def _good_pictures(result: Result) -> str:
    """The rule of three: with no false reject among n good pictures the true rate may still be 3 / n."""
    needed = round(3 / (result.false_rejects_per_10000 / 10_000))
    if result.good >= needed:
        return ""
    return (
        f"{result.good} good test pictures cannot confirm {result.false_rejects_per_10000:g} false rejects in 10,000: "
        f"the true rate may be as high as {_percent(result.false_reject_interval[1])}. {needed} good pictures without "
        "one false reject would confirm it."
    )


def _calibration(result: Result) -> str:
    allowed = result.false_rejects_per_10000 / 10_000
    if result.false_reject_interval[0] <= allowed:
        return ""
    return (
        f"{_percent(result.false_reject_rate)} of the good test pictures are rejected where {_percent(allowed)} are "
        "allowed: they differ from those that the threshold was calibrated with. Train again with good pictures of "
        "all days, lots and lamps."
    )


def _auroc(result: Result) -> str:
    if result.image_auroc >= 1:
        return (
            f"Good and bad are told apart without a mistake, on {result.good} good and {result.bad} bad pictures. "
            "That is no proof of a perfect model: its interval is a point only because no mistake was seen."
        )
    interval = result.image_auroc_interval
    if interval is None or interval[1] - interval[0] <= _WIDE:
        return ""
    return (
        f"The image AUROC lies somewhere between {interval[0]:.3f} and {interval[1]:.3f}: too wide to compare models. "
        "Four times the pictures halve it."
    )


def _few(result: Result) -> str:
    few = [f"{kind} ({value.n})" for kind, value in result.per_class.items() if value.n < _FEW]
    if not few:
        return ""
    return f"Fewer than {_FEW} pictures of {', '.join(few)}: what is said of each alone is hearsay."


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
