"""What must hold of a ride, each rule as a question that can be answered with no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from edge.clock import NS_PER_S
from edge.parts import Account, State
from edge.virtual.belt import LaidPart
from edge.virtual.closed_loop.ride import Loop
from edge.virtual.closed_loop.watched import WINDOW

Rule = Callable[[Loop], Iterator[str]]


def nothing_unjudged_passes(loop: Loop) -> Iterator[str]:
    """A part that was judged bad or not judged is in the reject bin, or was told to be unconfirmed before it fell off
    the belt's end.

    A part without an account has no number to be told by: there the box must have told that parts come unseen, and
    have set an ejector to it that was then too weak.
    """
    doubted = {e.part_id: at for at, e in reversed(loop.told) if e.confirmed is False}
    alarms = [at for at, alarm in loop.alarms if alarm in ("eye", "belt", "uninspected")]
    for part, account in _fallen(loop):
        if part.ejected or _is_passed(account):
            continue
        if account is not None:
            told_ns = doubted.get(account.part.id)
        else:
            since = (part.eye_ns or 0) - NS_PER_S  # it may be one of many that came in one long dark time
            told_ns = next((at for at in alarms if at >= since), None) if part.spared_by_weakness else None
        if told_ns is None or (part.fell_ns is not None and told_ns > part.fell_ns):
            what = "nobody saw it" if account is None else account.state.value
            yield f"part {part.number} ({what}) is in the pass bin, and nobody was told"


def nothing_good_is_lost(loop: Loop) -> Iterator[str]:
    """A part that was judged good is in the pass bin, or was told to be taken along."""
    taken = {e.part_id for _, e in loop.told if e.note}
    for part, account in _fallen(loop):
        if part.ejected and _is_passed(account) and account is not None and account.part.id not in taken:
            yield f"part {part.number} was judged good and ejected, and nobody was told"


def verdicts_are_their_own(loop: Loop) -> Iterator[str]:
    """What passes was judged by its own picture."""
    for part, account in _fallen(loop):
        if not part.ejected and _is_passed(account) and account is not None:
            seen = loop.pictures.get(account.part.id)
            if seen != part.number:
                yield f"part {part.number} passed by the picture of part {seen}"


def what_is_gone_is_told(loop: Loop) -> Iterator[str]:
    """A part that was seen to come and that somebody took off the belt was told of, before its place fell off the
    belt."""
    accounts = _accounts(loop)
    told = {e.part_id for _, e in loop.told if e.note or e.confirmed is False}
    alarms = [at for at, alarm in loop.alarms if alarm == "belt"]
    for part in loop.rig.line.lifted:
        account = accounts.get(id(part))
        if account is None or account.part.id in told or part.lifted_ns is None:
            continue
        if not any(at >= part.lifted_ns for at in alarms):
            yield f"part {part.number} was taken off the belt, and nobody was told"


def what_deceives_the_model_is_told(loop: Loop) -> Iterator[str]:
    """Where lamp or lens make a bad part look like a good one, the imaging watch says so within its window."""
    for number, pictures, said in loop.imaging.deceived:
        if pictures > WINDOW and not said:
            yield f"part {number} is bad and looked good, and the imaging watch said nothing for {pictures} pictures"


def the_ledger_balances(loop: Loop) -> Iterator[str]:
    """After each step and each account, and with nothing in flight at the end."""
    counts = loop.rig.inspector.counts()
    if loop.unbalanced or not counts.balanced or counts.in_flight:
        yield f"the ledger did not balance {loop.unbalanced} times: {counts}"
    if len(loop.accounts) != counts.triggered:
        yield f"{counts.triggered} parts were triggered, and {len(loop.accounts)} accounts were closed"


RULES: tuple[Rule, ...] = (
    nothing_unjudged_passes,
    nothing_good_is_lost,
    verdicts_are_their_own,
    what_is_gone_is_told,
    what_deceives_the_model_is_told,
    the_ledger_balances,
)


def amiss(loop: Loop) -> list[str]:
    """What must not be, in words; empty if the ride was good."""
    return [words for rule in RULES for words in rule(loop)]


def summary(loop: Loop) -> dict[str, Any]:
    """Figures of a ride, for people and for JSON."""
    fallen, gate = loop.rig.line.fallen, loop.rig.inspector.watch.tally
    accounts = loop.accounts.values()
    return {
        "parts": len(loop.parts),
        "ledger": loop.rig.inspector.counts().to_dict(),
        "uninspected_reasons": dict(Counter(a.reason.value for a in accounts if a.reason)),
        "faults": dict(sorted(loop.faults.items())),
        "ejections": gate.ejections,
        "confirmed": gate.confirmed,
        "unconfirmed": gate.unconfirmed,
        "taken": gate.taken,
        "deceived": len(loop.imaging.deceived),
        "bad_in_pass": sum(part.bad and not part.ejected for part in fallen),
        "good_in_reject": sum(not part.bad and bool(part.ejected) for part in fallen),
        "belt_hours": round(loop.rig.clock.now_ns() / 3.6e12, 2),
    }


def _accounts(loop: Loop) -> dict[int, Account]:
    """For each part (by its `id()`) the account that was opened for it first."""
    found: dict[int, Account] = {}
    for number, part in sorted(loop.owners.items()):
        if part is not None:
            found.setdefault(id(part), loop.accounts[number])
    return found


def _fallen(loop: Loop) -> Iterator[tuple[LaidPart, Account | None]]:
    accounts = _accounts(loop)
    for part in loop.rig.line.fallen:
        yield part, accounts.get(id(part))


def _is_passed(account: Account | None) -> bool:
    return account is not None and account.state is State.PASSED
