"""What is to be said of a web's account."""

from __future__ import annotations

from edge.health import Check, Level
from edge.web.account import WebAccount


def account_checks(account: WebAccount) -> list[Check]:
    """The roll that is under way, and what passed outside of rolls."""
    lengths, outside_m = account.lengths, account.outside_mm / 1000
    if not account.open:
        text = "no roll is under way: what passes now is not inspected"
        if outside_m >= 0.001:
            text += f"; {outside_m:.3f} m passed so since the start"
        return [Check("web", Level.WARNING, text, "Begin a roll: by its signal, by MQTT or by POST /api/roll.")]
    found = []
    if outside_m >= 0.001:
        text = f"{outside_m:.3f} m passed since the start while no roll was under way, and were not inspected"
        found.append(Check("web outside", Level.INFO, text))
    if lengths is None:
        return found
    if not lengths.balanced:
        return [*found, Check("web", Level.FAULT, "the roll's lengths do not balance", "Report this with the log.")]
    if lengths.uninspected:
        metres = lengths.mm_per_row / 1000
        why = ", ".join(f"{reason.value} {rows * metres:.3f} m" for reason, rows in lengths.by_reason)
        text = f"{lengths.uninspected * metres:.3f} m of this roll were not inspected: {why}"
        mend = "See the roll map. `gap`: more frames a second, or a slower web; `busy`: a faster model."
        found.append(Check("web", Level.WARNING, text, mend))
    return found
