"""The command by which somebody afar says that the alarms were seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from edge.telemetry.commands import Handler


def acknowledging(acknowledge: Callable[[Mapping[str, int] | None], bool]) -> Handler:
    """The handler of `cmd/acknowledge`. With `alarms`, as `state` named them under `gate`, it is refused where another
    has come since.

    Args:
        acknowledge: of the line; see `LineStop.acknowledge`.
    """

    def handle(arguments: dict[str, Any]) -> dict[str, Any]:
        unknown = set(arguments) - {"alarms"}
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: acknowledge takes nothing but alarms")
        return {"acknowledged": acknowledge(_counts(arguments.get("alarms")))}

    return handle


def _counts(alarms: Any) -> dict[str, int] | None:
    if alarms is None:
        return None
    if not isinstance(alarms, dict) or not all(type(times) is int for times in alarms.values()):
        raise ValueError('alarms is to be what gate.alarms in state was: {"jam": 1}')
    return alarms
