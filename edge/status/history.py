"""What the page asks of the box's memory; `edge.store` answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from edge.parts import Label, Place, Reason, State


class Row(Protocol):
    """A part as it is remembered. `wall_ns` is when it was closed, in nanoseconds since 1970; `image` is a JPEG or PNG,
    `map` a grey 8-bit PNG of the anomaly map in which 128 is the threshold; either is None where none is kept."""

    @property
    def seq(self) -> int: ...
    @property
    def boot_id(self) -> str: ...
    @property
    def part_id(self) -> int: ...
    @property
    def state(self) -> State: ...
    @property
    def reason(self) -> Reason | None: ...
    @property
    def score(self) -> float | None: ...
    @property
    def threshold(self) -> float | None: ...
    @property
    def where(self) -> tuple[Place, ...]: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def model_id(self) -> str: ...
    @property
    def trigger_ns(self) -> int: ...
    @property
    def closed_ns(self) -> int: ...
    @property
    def wall_ns(self) -> int: ...
    @property
    def image(self) -> Path | None: ...
    @property
    def map(self) -> Path | None: ...
    @property
    def label(self) -> Label | None: ...


class History(Protocol):
    """The remembered parts. Called from several web threads at a time."""

    def last(self, n: int, states: Sequence[State]) -> Sequence[Row]:
        """The newest `n` parts that ended in one of `states`, newest first."""
        ...

    def row(self, seq: int) -> Row | None:
        """One part, or None where it is not remembered."""
        ...

    def page(self, which: State | Literal["relabelled"], after: int, n: int) -> Sequence[Row]:
        """The oldest `n` parts with a picture after the row `after`: those that an operator relabelled, or all others
        that ended in a state."""
        ...

    def relabel(self, seq: int, label: Label) -> bool:
        """Notes what an operator says of a part; False where it is not remembered. Raises RinglightError where that
        cannot be kept."""
        ...
