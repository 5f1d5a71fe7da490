"""The output that stops the line, latched until somebody acknowledges, and the alarms that a person has to answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from edge.errors import UsageError
from edge.health import Check, Level


class Alarm(str, Enum):
    """What can go wrong at the gate or with the belt; the names are those of `line_stop.reasons`."""

    UNCONFIRMED = "unconfirmed"  # an ejection that was missed, cut, double, or that the chute's sensor did not see
    JAM = "jam"
    IMBALANCE = "imbalance"
    UNINSPECTED = "uninspected"  # so many parts in a row, or so much of a metre of web
    BELT = "belt"  # the encoder cannot be trusted
    EYE = "eye"  # the photo-eye cannot be trusted
    EVENTS = "events"  # so many on a metre of web
    CAMERA = "camera_fault"  # a web that nobody sees
    LIGHT = "light_fault"  # a web in the wrong light
    NO_ROLL = "no_roll"  # web passes that belongs to no roll


_MEND = {
    Alarm.UNCONFIRMED: "Look for the part, in the pass bin first; look at the gate, then acknowledge.",
    Alarm.JAM: "Clear the reject chute, then acknowledge.",
    Alarm.IMBALANCE: "Stop the line, keep the log, report it.",
    Alarm.UNINSPECTED: "Look at camera and model above, then acknowledge.",
    Alarm.BELT: "Look at the encoder's cable, coupling and pins; the gate rejects all that it cannot place.",
    Alarm.EYE: "Clean the photo-eye, take away what lies before it, then acknowledge.",
    Alarm.EVENTS: "Look at the roll map and at the machine before the box, then acknowledge.",
    Alarm.CAMERA: "Check the camera's cable and camera.device, then acknowledge.",
    Alarm.LIGHT: "Check the lamp, its cable and its supply, then acknowledge.",
    Alarm.NO_ROLL: "Begin a roll: by its signal, by MQTT or by POST /api/roll; then acknowledge.",
}


class Output(Protocol):
    """A pin. Both are idempotent."""

    def on(self) -> None: ...

    def off(self) -> None: ...


@dataclass
class _Raised:
    texts: list[str] = field(default_factory=list)
    times: int = 0
    mend: str = ""


class LineStop:
    """Alarms that stay until they are acknowledged, and the output that some of them set.

    Args:
        output: None where no output is wired: alarms are told all the same.
        reasons: which alarms stop the line.
        run: whether the output is active while the line may run, instead of while it shall stop.
    """

    def __init__(self, output: Output | None, reasons: Collection[Alarm], *, run: bool = False) -> None:
        self._output = output
        self._reasons = frozenset(reasons)
        self._run = run
        self._raised: dict[Alarm, _Raised] = {}
        self.stops = 0
        self.stopped = False
        self._released = False

    def start(self) -> None:
        """The line may run."""
        self._released = False
        self._set()

    def sound(self, alarm: Alarm, text: str, mend: str = "") -> None:
        """Something went wrong; `text` names the part, if it is about one. `mend` where it is not the usual one."""
        raised = self._raised.setdefault(alarm, _Raised())
        raised.times += 1
        raised.mend = mend or _MEND[alarm]
        raised.texts = [*raised.texts[-2:], text]
        if self._output is not None and alarm in self._reasons and not self.stopped:
            self.stopped = True
            self.stops += 1
        self._set()

    def acknowledge(self, seen: Mapping[str, int] | None = None) -> bool:
        """Somebody has seen it: the alarms are forgotten and the line may run. Returns whether there was any.

        Args:
            seen: how often each alarm had come when that person looked, as `raised` said; None for somebody who stands
                at the line.

        Raises:
            UsageError: something has come since; nothing is forgotten.
        """
        new = [] if seen is None else [name for name, times in self.raised.items() if times > seen.get(name, 0)]
        if new:
            raise UsageError(f"since then: {', '.join(sorted(new))}. Look at the alarms again, then acknowledge.")
        had = bool(self._raised)
        self._raised.clear()
        self.stopped = False
        self._set()
        return had

    def release(self) -> None:
        """The box stops: the output goes to its inactive level, and stays there whoever acknowledges afterwards."""
        self._released = True
        if self._output is not None:
            self._output.off()

    @property
    def raised(self) -> dict[str, int]:
        """How often each alarm came since it was last acknowledged."""
        return {alarm.value: raised.times for alarm, raised in self._raised.items()}

    def checks(self) -> list[Check]:
        """One check an alarm, with the last that was said of it."""
        found = []
        for alarm, raised in self._raised.items():
            more = f" ({raised.times} times)" if raised.times > 1 else ""
            found.append(Check(alarm.value, Level.FAULT, f"{raised.texts[-1]}{more}", raised.mend))
        if self.stopped:
            text = "the line is stopped: " + ", ".join(sorted(set(self.raised) & {r.value for r in self._reasons}))
            found.append(Check("line stop", Level.FAULT, text, "Mend what is said above, then acknowledge."))
        return found

    def _set(self) -> None:
        if self._output is None or self._released:
            return
        if self.stopped != self._run:
            self._output.on()
        else:
            self._output.off()
