"""How many pictures there are of what, and whether they are enough for the numbers that will be read from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import ceil, sqrt

from edge.health import Level
from trainer.calibrate import RATES
from trainer.checkup.findings import Finding, Shown, plural
from trainer.checkup.looks import Look

_Z = 1.96
_WIDE = 0.04
_HELD_OUT = 0.2
_FEW = 10
_FAR = 1_000_000


def count_findings(looks: Sequence[Look], at: float) -> list[Finding]:
    """Counts, kinds of picture, the AUROC's interval around `at`, and the false-reject rates that can be seen."""
    return [_counts(looks), _sizes(looks), _colours(looks), _auroc(looks, at), _false_rejects(looks)]


def auroc_width(n_good: int, n_bad: int, at: float) -> float:
    """Width of the 95 % interval of an image AUROC of `at` (0.5 to 1) on so many independent pictures.

    Hanley & McNeil 1982: the variance under exponential scores, which needs the counts alone. Cut off at 1.
    """
    q1, q2 = at / (2 - at), 2 * at * at / (1 + at)
    variance = (at * (1 - at) + (n_bad - 1) * (q1 - at * at) + (n_good - 1) * (q2 - at * at)) / (n_good * n_bad)
    half = _Z * sqrt(variance)
    return min(1.0, at + half) - max(0.0, at - half)


def more_to_halve(n_good: int, n_bad: int, at: float) -> dict[str, int | None]:
    """How many more good pictures alone, defective alone, or of both in their present proportion halve the interval.
    None where no number does: the other kind is then what limits."""
    goal = auroc_width(n_good, n_bad, at) / 2
    good = _least(lambda k: auroc_width(n_good + k, n_bad, at) <= goal)
    bad = _least(lambda k: auroc_width(n_good, n_bad + k, at) <= goal)
    both = _least(lambda k: auroc_width(n_good + ceil(k * n_good / (n_good + n_bad)), n_bad + k, at) <= goal)
    return {"good": good, "defective": bad, "defective_with_good_in_proportion": both}


def _least(enough: Callable[[int], bool]) -> int | None:
    if not enough(_FAR):
        return None
    low, high = 0, _FAR
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low


def _counts(looks: Sequence[Look]) -> Finding:
    kinds = Counter("train/good" if look.train else f"test/{look.kind}" for look in looks)
    few = [name for name, n in kinds.items() if n < _FEW]
    text = ", ".join(f"{name} {n:,}" for name, n in kinds.items())
    mend = f"Fewer than {_FEW} pictures of {', '.join(few)}: read no rate from so few." if few else ""
    return Finding("counts.pictures", Level.INFO if few else Level.OK, text, mend, dict(kinds))


def _sizes(looks: Sequence[Look]) -> Finding:
    heights, widths = sorted(look.h for look in looks), sorted(look.w for look in looks)
    aspects = sorted(look.w / look.h for look in looks)
    bits = looks[0].bits
    numbers = {"h": [heights[0], heights[-1]], "w": [widths[0], widths[-1]], "bits": bits}
    if heights[0] == heights[-1] and widths[0] == widths[-1]:
        return Finding("counts.sizes", Level.OK, f"all {widths[0]} × {heights[0]} pixels, {bits} bits", numbers=numbers)
    text = f"{widths[0]} to {widths[-1]} pixels wide, {heights[0]} to {heights[-1]} high, {bits} bits"
    if aspects[-1] < 1.25 * aspects[0]:
        return Finding("counts.sizes", Level.INFO, text, numbers=numbers)
    text += f"; width over height {aspects[0]:.2f} to {aspects[-1]:.2f}: the model sees parts stretched unequally"
    mend = "Cut all pictures to one rectangle around the part, as the box does."
    return Finding("counts.sizes", Level.INFO, text, mend, numbers)


def _colours(looks: Sequence[Look]) -> Finding:
    grey = [look for look in looks if look.grey]
    numbers = {"grey": len(grey), "colour": len(looks) - len(grey)}
    if len(grey) in (0, len(looks)):
        return Finding("counts.colours", Level.OK, "all grey" if grey else "all in colour", numbers=numbers)
    rare = grey if len(grey) * 2 <= len(looks) else [look for look in looks if not look.grey]
    text = f"{len(grey)} grey pictures among {len(looks) - len(grey)} in colour"
    mend = "Record all with the same camera settings: a model can tell the two apart without looking at the part."
    shown = tuple(Shown(look.name, "grey" if look.grey else "colour") for look in rare[:24])
    return Finding("counts.colours", Level.WARNING, text, mend, numbers, shown)


def _auroc(looks: Sequence[Look], at: float) -> Finding:
    good = sum(not look.train and not look.bad for look in looks)
    bad = sum(look.bad for look in looks)
    if not good or not bad:
        text = f"{good} good and {bad} defective test pictures: no AUROC can be measured"
        mend = "Put good pictures that are not in train into test/good, and defective ones into test/<defect>."
        return Finding("enough.auroc", Level.WARNING, text, mend, {"good": good, "defective": bad})
    width, more = auroc_width(good, bad, at), more_to_halve(good, bad, at)
    low, high = max(0.0, at - width / 2), min(1.0, at + width / 2)
    numbers = {"good": good, "defective": bad, "at": at, "width": width, "more_to_halve": more}
    text = (
        f"an image AUROC of {at:g} on {good} good and {bad} defective pictures has a 95 % interval about {width:.3f} "
        f"wide ({low:.3f} to {high:.3f})"
    )
    return Finding("enough.auroc", Level.WARNING if width > _WIDE else Level.OK, text, _more_words(more), numbers)


def _more_words(more: dict[str, int | None]) -> str:
    ways = [f"{n:,} more {kind} ones" for kind, n in more.items() if n is not None and kind in ("good", "defective")]
    both = more["defective_with_good_in_proportion"]
    if not ways:
        ways = [f"{both:,} more defective ones with good ones in proportion"]
    return f"To halve the interval: {' or '.join(ways)}."


def _false_rejects(looks: Sequence[Look]) -> Finding:
    """The rule of `edge.calibration`: a rate is seen in 1 / rate held-out pictures, else it is extrapolated."""
    n = sum(look.train for look in looks)
    held_out = round(_HELD_OUT * n)
    seen = [rate for rate in RATES if held_out >= ceil(10_000 / rate)]
    needed = {f"{rate:g}": ceil(10_000 / rate / _HELD_OUT) for rate in RATES}
    numbers = {"train_good": n, "held_out": held_out, "train_good_needed": needed}
    text = f"{plural(n, 'good picture')} to learn from, about {held_out} of them held out for the threshold: "
    text += f"{min(seen):g} false rejects in 10,000 can be seen" if seen else "no usual false-reject rate can be seen"
    short = [rate for rate in RATES if rate not in seen]
    mend = ""
    if short:
        first = f"{max(short):g}"
        mend = (
            f"For {first} in 10,000 record {needed[first]:,} good pictures; below that the threshold is extrapolated."
        )
    return Finding("enough.false_rejects", Level.OK if 100.0 in seen else Level.WARNING, text, mend, numbers)
