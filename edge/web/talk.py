"""A web's rolls at the word of people and brokers."""

from __future__ import annotations

from typing import Any, Protocol

_LONGEST = 64


class Rolls(Protocol):
    """What begins and ends rolls."""

    def start_roll(self, name: str) -> int: ...

    def end_roll(self) -> int | None: ...


def roll_command(line: Rolls, arguments: dict[str, Any]) -> dict[str, Any]:
    """`start` or `end`, as MQTT and HTTP ask for it.

    Raises:
        ValueError: neither of them, a name that is none, or no roll to end; in words for the asker.
    """
    action, name = arguments.get("action"), arguments.get("name", "")
    if action not in ("start", "end") or set(arguments) - {"action", "name"}:
        raise ValueError('send {"action": "start", "name": "…"} or {"action": "end"}, and nothing else')
    if not isinstance(name, str) or len(name) > _LONGEST or not name.isprintable():
        raise ValueError(f"a roll's name is text of at most {_LONGEST} characters")
    if action == "start":
        return {"roll": line.start_roll(name)}
    ended = line.end_roll()
    if ended is None:
        raise ValueError("no roll is under way")
    return {"roll": ended}
