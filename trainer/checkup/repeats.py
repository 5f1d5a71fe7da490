"""What repeated pictures mean: a leak where they lie on both sides of the split, false weight where on one."""

from __future__ import annotations

from collections.abc import Sequence

from edge.health import Level
from trainer.checkup.findings import Finding, Shown, plural
from trainer.checkup.looks import Look
from trainer.checkup.twins import Likeness, Pair, groups

_MOST = 24
_WORDS = {Likeness.EXACT: "exact", Likeness.NEAR: "near", Likeness.SAME_PART: "same_part"}
_MENDS = {
    Likeness.EXACT: "Delete one picture of each pair from train or test, train again and measure again.",
    Likeness.NEAR: "Look at each pair, delete one of them from train or test, train again and measure again.",
    Likeness.SAME_PART: "Split by part, not by picture: all pictures of one part belong into train or all into test.",
}


def repeat_findings(looks: Sequence[Look], pairs: Sequence[Pair], lookalikes: int = 0) -> list[Finding]:
    """For each degree of likeness what lies across train and test, and what lies inside one of them; then pictures
    that are in the test set twice under different names of what they are.
    `lookalikes` pairs were left out because the design that all parts share explains them.
    """
    by = {likeness: [pair for pair in pairs if pair.likeness is likeness] for likeness in reversed(Likeness)}
    across = [_across(looks, mine, likeness) for likeness, mine in by.items()]
    inside = [_inside(looks, mine, likeness) for likeness, mine in by.items()]
    if lookalikes:
        across, inside = [*across[:-1], _untold(lookalikes)], inside[:-1]
    return [*across, _contradictions(looks, pairs), *inside]


def _untold(lookalikes: int) -> Finding:
    text = (
        f"the parts share so much design ({lookalikes:,} pairs agree by it) that a part photographed again cannot be "
        "told from another part; only copies were looked for"
    )
    mend = "Make sure by other means that no part is in both train and test."
    numbers = {"lookalikes": lookalikes, "test_pictures": None}
    return Finding("repeats.same_part_across", Level.INFO, text, mend, numbers)


def _across(looks: Sequence[Look], pairs: Sequence[Pair], likeness: Likeness) -> Finding:
    check = f"repeats.{_WORDS[likeness]}_across"
    leaks = [pair for pair in pairs if looks[pair.a].train != looks[pair.b].train]
    tested = sorted({pair.b if looks[pair.a].train else pair.a for pair in leaks})
    good = sum(not looks[i].bad for i in tested)
    n_good = sum(not look.train and not look.bad for look in looks)
    numbers = {"pairs": len(leaks), "test_pictures": len(tested), "test_good_pictures": good, "test_good": n_good}
    if not leaks:
        return Finding(check, Level.OK, f"{_what(likeness)} in both train and test: none", numbers=numbers)
    again = likeness is Likeness.SAME_PART
    seen = "show a part that train/good shows too, photographed again" if again else "are in train/good too"
    text = (
        f"{plural(len(tested), 'test picture')} {seen} ({good} of {n_good} good ones). The model has seen them: "
        "results on them are better than they would be on new parts."
    )
    level = Level.WARNING if again else Level.FAULT
    return Finding(check, level, text, _MENDS[likeness], numbers, _shown(looks, leaks))


def _inside(looks: Sequence[Look], pairs: Sequence[Pair], likeness: Likeness) -> Finding:
    check = f"repeats.{_WORDS[likeness]}_inside"
    same = [pair for pair in pairs if looks[pair.a].train == looks[pair.b].train]
    sets = groups(same, len(looks), likeness)
    extra = sum(len(group) - 1 for group in sets)
    numbers = {"pairs": len(same), "groups": len(sets), "superfluous": extra}
    if not same:
        return Finding(check, Level.OK, f"{_what(likeness)} twice in one of train and test: none", numbers=numbers)
    if likeness is Likeness.SAME_PART:
        text = (
            f"{sum(map(len, sets))} pictures show only {plural(len(sets), 'part')}, photographed again and again. "
            "Intervals that count pictures as independent are too narrow."
        )
        mend = "Read the number of parts, not of pictures, when you ask whether there are enough."
        return Finding(check, Level.INFO, text, mend, numbers, _shown(looks, same))
    text = f"{plural(extra, 'picture')} more than once in one of train and test: they count more than the others."
    return Finding(check, Level.WARNING, text, "Keep one of each.", numbers, _shown(looks, same))


def _contradictions(looks: Sequence[Look], pairs: Sequence[Pair]) -> Finding:
    """One photograph under two labels; the same part alone may have been damaged between two photographs."""
    odd = [pair for pair in pairs if pair.likeness >= Likeness.NEAR and looks[pair.a].kind != looks[pair.b].kind]
    numbers = {"pairs": len(odd)}
    if not odd:
        return Finding("repeats.two_labels", Level.OK, "one picture under two labels: none", numbers=numbers)
    text = f"{plural(len(odd), 'pair')} of the same picture under two labels; one of the two is wrong."
    mend = "Look at each pair and move one picture to where it belongs."
    return Finding("repeats.two_labels", Level.WARNING, text, mend, numbers, _shown(looks, odd))


def _what(likeness: Likeness) -> str:
    return {
        Likeness.EXACT: "same pixels",
        Likeness.NEAR: "same photograph, saved again or shifted",
        Likeness.SAME_PART: "same part, photographed again",
    }[likeness]


def _shown(looks: Sequence[Look], pairs: Sequence[Pair]) -> tuple[Shown, ...]:
    """The pairs; at most so many as a person looks at, each picture beside its twin."""
    shown: list[Shown] = []
    for group, pair in enumerate(pairs[:_MOST]):
        note = "same pixels" if pair.likeness is Likeness.EXACT else f"correlation {pair.fine:.3f}"
        if any(pair.shift):
            note += f", shifted by {pair.shift[0]:+.0f}, {pair.shift[1]:+.0f} px"
        shown += [Shown(looks[pair.a].name, "", group), Shown(looks[pair.b].name, note, group)]
    return tuple(shown)
