"""What the box remembers of its slots, as one small JSON file, and what that makes of a start."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Literal["a", "b"]
NAMES: tuple[Name, Name] = ("a", "b")


class Status(str, Enum):
    """How far the model of a slot has come."""

    EMPTY = "empty"
    WRITING = "writing"  # being written or examined; after a power cut: of unknown content
    PROVEN = "proven"  # passed the self-test; has not inspected yet
    TRIAL = "trial"  # inspects, and has not inspected enough parts to be good
    GOOD = "good"
    BAD = "bad"  # failed the self-test or its trial; never started again


USABLE = frozenset({Status.PROVEN, Status.TRIAL, Status.GOOD})


class Entry(BaseModel):
    """One slot. `sha256` is that of the bundle file, `starts` counts starts on trial, `why` says why it is bad, or of
    one that was good why it could not be loaded at a start."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    status: Status = Status.EMPTY
    model_id: str = ""
    sha256: str = ""
    starts: int = Field(default=0, ge=0)
    why: str = ""

    def become(self, **changes: object) -> Entry:
        return self.model_copy(update=changes)


class State(BaseModel):
    """`state.json`. `pending` is the slot that shall inspect as soon as the box can change over."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = Field(1, alias="schema")
    a: Entry = Entry()
    b: Entry = Entry()
    pending: Name | None = None

    def __getitem__(self, name: Name) -> Entry:
        return self.a if name == "a" else self.b

    def put(self, name: Name, entry: Entry) -> State:
        return self.model_copy(update={name: entry})

    def to_json(self) -> bytes:
        return self.model_dump_json(by_alias=True, indent=1).encode() + b"\n"


def other(name: Name) -> Name:
    return "b" if name == "a" else "a"


def activated(state: State, name: Name) -> State:
    """A slot begins to inspect: one that was good before is so again, another is on trial. A trial that ends by this
    has failed, unless another trial begins: then it is still the best that there is to return to."""
    entry, left = state[name], state[other(name)]
    if entry.status is Status.PROVEN:
        state = state.put(name, entry.become(status=Status.TRIAL, starts=0))
    if left.status is Status.TRIAL and entry.status is Status.GOOD:
        left = left.become(status=Status.BAD, why=left.why or "its trial was ended")
    elif left.status is Status.TRIAL:
        left = left.become(status=Status.PROVEN)
    if entry.status is Status.GOOD:
        state = state.put(name, entry.become(why=""))
    return state.put(other(name), left).model_copy(update={"pending": None})


def condemned(state: State, name: Name, why: str) -> State:
    """A slot is never started again."""
    state = state.put(name, state[name].become(status=Status.BAD, why=why))
    return state.model_copy(update={"pending": None}) if state.pending == name else state


def fallback(state: State, name: Name | None, whole: Callable[[Name], bool]) -> Name | None:
    """The slot to return to from `name`: a good one before one that was only proven."""
    found: list[Name] = [slot for slot in NAMES if slot != name and state[slot].status in USABLE and whole(slot)]
    return min(found, key=lambda slot: state[slot].status is not Status.GOOD, default=None)


def at_start(state: State, active: Name | None, tries: int, whole: Callable[[Name], bool]) -> tuple[State, Name | None]:
    """Which slot a starting box takes, and what it has to remember of that.

    Args:
        active: where the link leads. tries: starts that a slot on trial gets.
        whole: whether a slot's file is the one that was proven.
    """
    if state.pending is not None:
        if state[state.pending].status in USABLE and whole(state.pending):
            active = state.pending
            state = activated(state, active)
        else:
            state = condemned(state, state.pending, "its file is damaged")
    if active is not None:
        why = _unfit(state[active], whole(active), tries)
        refuge = fallback(state, active, whole) if why else None
        # The only model there is goes on being tried: without it the line stands still for certain.
        if why and (refuge or not whole(active) or state[active].status not in USABLE):
            if state[active].status in USABLE:
                state = condemned(state, active, why)
            active = refuge
    else:
        active = fallback(state, None, whole)
    if active is not None:
        state = activated(state, active)
        if state[active].status is Status.TRIAL:
            state = state.put(active, state[active].become(starts=state[active].starts + 1))
    return state, active


def stood_in_for(state: State, active: Name) -> str:
    """Why a slot inspects although the other one was to: that one was good and could not be loaded. Else empty."""
    left = state[other(active)]
    return left.why if left.status is Status.GOOD else ""


def _unfit(entry: Entry, whole: bool, tries: int) -> str:
    if entry.status not in USABLE:
        return entry.why or f"it is {entry.status.value}"
    if not whole:
        return "its file is damaged"
    if entry.status is Status.TRIAL and entry.starts >= tries:
        return f"started {entry.starts} times without becoming good"
    return ""
