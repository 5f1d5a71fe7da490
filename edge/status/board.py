"""The blackboard between the line and the page: written by one side, read by the other, never waited for."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from edge.clock import NS_PER_S, Clock
from edge.health import Check, Level
from edge.parts import Reason, Record, State

STALE_NS = 3 * NS_PER_S
"""A line that has not reported for this long is called silent, and its numbers are no longer shown as live."""


@dataclass(frozen=True, slots=True)
class LineState:
    """The line's counters, taken at one instant. Set it at least once a second, parts or no parts: it is the pulse
    by which the page knows that the line lives.

    `uninspected_by` splits `uninspected` by its reasons. `confirmed` is None where no confirm sensor is wired.
    Of `unconfirmed` ejections nobody knows whether the part was thrown out; `taken` are good parts that were ejected
    with a neighbour or by a purge; `stopped` is whether the line-stop output wants the line to stand. `verdict_p50_ms`
    and `verdict_p99_ms` are from trigger to verdict, the belt's travel included; None before the first.
    """

    triggered: int = 0
    passed: int = 0
    rejected: int = 0
    uninspected: int = 0
    in_flight: int = 0
    belt_mm_s: float | None = None
    ejections: int = 0
    confirmed: int | None = None
    unconfirmed: int = 0
    taken: int = 0
    stopped: bool = False
    verdict_p50_ms: float | None = None
    verdict_p99_ms: float | None = None
    uninspected_by: Mapping[Reason, int] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Parts that were triggered and are in no account (negative: accounts that no trigger opened)."""
        return self.triggered - self.passed - self.rejected - self.uninspected - self.in_flight

    @property
    def balanced(self) -> bool:
        """triggered = passed + rejected + uninspected + in flight."""
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class MqttState:
    """The way out: whether results are published, whether the broker is there, and how many results wait for it."""

    enabled: bool = True
    connected: bool = False
    outbox: int = 0
    broker: str = ""


@dataclass(frozen=True, slots=True)
class Info:
    """What stays as it is while the box runs. `provider_asked` is the first execution provider of the configuration,
    `provider_running` the one that really scores; `started_wall_ns` is in nanoseconds since 1970."""

    version: str = ""
    site: str = ""
    line: str = ""
    box: str = ""
    boot_id: str = ""
    model_id: str = ""
    method: str = ""
    provider_asked: str = ""
    provider_running: str = ""
    started_wall_ns: int | None = None

    @property
    def fallback(self) -> bool:
        """Whether another provider runs than the one that was asked for."""
        return bool(self.provider_asked and self.provider_running and self.provider_asked != self.provider_running)


@dataclass(frozen=True, slots=True)
class Seen:
    """A closed part as the chart of recent scores needs it; `score` is None where nobody looked."""

    part_id: int
    state: State
    score: float | None
    threshold: float | None
    closed_ns: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything on the board at one instant. `picture` is the newest record that has an image, `picture_n` its
    running number (0: none yet), `line_age_ns` the time since the line last reported (None: never)."""

    now_ns: int
    info: Info
    line: LineState | None
    line_age_ns: int | None
    mqtt: MqttState | None
    checks: tuple[Check, ...]
    last: Record | None
    picture: Record | None
    picture_n: int
    recent: tuple[Seen, ...]

    @property
    def silent(self) -> bool:
        """Whether the line has not reported for `STALE_NS`, or never."""
        return self.line_age_ns is None or self.line_age_ns > STALE_NS

    def faults(self) -> tuple[Check, ...]:
        """What makes the box unfit for work: every check at FAULT, and what this board sees for itself, where no
        such check has told it already: a ledger out of balance, a silent fallback, a silent line."""
        told = tuple(check for check in self.checks if check.level is Level.FAULT)
        names = {check.name for check in told}
        return told + tuple(check for check in self._seen_faults() if check.name not in names)

    def _seen_faults(self) -> Iterator[Check]:
        if self.silent:
            text = "has not reported yet" if self.line_age_ns is None else "does not report any more"
            yield Check("line", Level.FAULT, text, "Look at `journalctl -u ringlight`, then restart the box.")
        if self.line is not None and not self.line.balanced:
            some = f"{abs(self.line.missing)} parts {'missing' if self.line.missing > 0 else 'too many'}"
            yield Check("ledger", Level.FAULT, f"does not balance, {some}", "Stop the line, keep the log, report it.")
        if self.info.fallback:
            text = f"{self.info.provider_running} runs, {self.info.provider_asked} was asked for"
            yield Check("provider", Level.FAULT, text, "`ringlight doctor` says what is missing.")


class Board:
    """Holds the newest of everything; thread-safe, and cheap enough to be written for every part.

    Only a reference to the newest record is kept; no picture is copied, drawn or compressed here.
    """

    def __init__(self, clock: Clock, recent: int = 200) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._info = Info()
        self._line: LineState | None = None
        self._line_ns: int | None = None
        self._mqtt: MqttState | None = None
        self._checks: tuple[Check, ...] = ()
        self._last: Record | None = None
        self._picture: Record | None = None
        self._picture_n = 0
        self._recent: deque[Seen] = deque(maxlen=recent)

    def show(self, record: Record) -> None:
        """Puts a closed part on the page. The record's image must not be written to afterwards."""
        account = record.account
        score = account.verdict.score if account.verdict else None
        threshold = account.verdict.threshold if account.verdict else None
        seen = Seen(account.part.id, account.state, score, threshold, account.closed_ns)
        with self._lock:
            self._last = record
            self._recent.append(seen)
            if record.image is not None:
                self._picture = record
                self._picture_n += 1

    def set_state(self, line: LineState) -> None:
        """The line's counters and belt; also the sign of life, so call it at least once a second."""
        now = self._clock.now_ns()
        with self._lock:
            self._line, self._line_ns = line, now

    def set_mqtt(self, mqtt: MqttState) -> None:
        """The state of the broker connection; never called where nothing is published."""
        with self._lock:
            self._mqtt = mqtt

    def set_checks(self, checks: Iterable[Check]) -> None:
        """All health checks; replaces those before."""
        found = tuple(checks)
        with self._lock:
            self._checks = found

    def set_info(self, info: Info) -> None:
        """What stays as it is while the box runs."""
        with self._lock:
            self._info = info

    def snapshot(self) -> Snapshot:
        """Everything on the board at one instant."""
        now = self._clock.now_ns()
        with self._lock:
            return Snapshot(
                now_ns=now,
                info=self._info,
                line=self._line,
                line_age_ns=None if self._line_ns is None else max(0, now - self._line_ns),
                mqtt=self._mqtt,
                checks=self._checks,
                last=self._last,
                picture=self._picture,
                picture_n=self._picture_n,
                recent=tuple(self._recent),
            )
