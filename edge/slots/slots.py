"""Slots A and B on the disk.

DIR/a/model.ringlight, DIR/b/model.ringlight   the two bundles
DIR/active → a                                 the one that inspects; the only place where that is decided
DIR/good → a                                   the last one that became good: what is left to hold on to if the
                                               state is lost
DIR/state.json                                 `edge.slots.state.State`

The links move before the state tells of it: what a power cut leaves between the two is completed at the next start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from edge.bundle import sha256
from edge.disk import Disk, RealDisk, replace_file, replace_link
from edge.errors import SlotError
from edge.slots.state import (
    NAMES,
    USABLE,
    Name,
    State,
    Status,
    activated,
    at_start,
    condemned,
    fallback,
    other,
    stood_in_for,
)

BUNDLE = "model.ringlight"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """The slot that a starting box takes. `note` is empty, or says what is wrong with the slots."""

    name: Name
    bundle: Path
    on_trial: bool
    note: str = ""


class Slots:
    """The slots under one folder. Each call reads and writes the disk anew, under a lock: the box and the command line
    work on them from two processes.

    Args:
        tries: how often a slot on trial is started.

    Raises:
        SlotError: from every call, what is asked cannot be done. OSError: the disk refuses.
    """

    def __init__(self, folder: Path, disk: Disk | None = None, tries: int = 2) -> None:
        self.folder = folder
        self.disk = disk or RealDisk()
        self._tries = tries

    def bundle(self, name: Name) -> Path:
        """Where a slot's bundle lies."""
        return self.folder / name / BUNDLE

    def active(self) -> Name | None:
        """Where the link leads; None where there is none."""
        return self._follow("active")

    def kept(self) -> Name | None:
        """The slot that a flash leaves alone: the active one, or what a box without that link would start from."""
        good = self.active() or self._follow("good")
        return good or at_start(self.state(), None, self._tries, self.whole)[1]

    def active_bundle(self) -> Path:
        """Where the active slot's bundle lies. Raises SlotError where no slot is active."""
        return self.bundle(self._active_or_fail())

    def state(self) -> State:
        """What is remembered; repaired, in memory, where the file is missing or torn."""
        try:
            return State.model_validate_json(self.disk.read(self.folder / "state.json"))
        except (OSError, ValidationError) as error:
            if not isinstance(error, FileNotFoundError):
                _log.warning("%s cannot be read: the good slot is taken", self.folder / "state.json")
            return self._repaired()

    def whole(self, name: Name) -> bool:
        """Whether a slot's file is the one that was proven."""
        try:
            return sha256(self.disk.read(self.bundle(name))) == self.state()[name].sha256
        except OSError:
            return False

    def start(self) -> Start:
        """The box starts: takes over what is pending, returns from what failed, counts a start on trial.

        A disk that takes no writes does not keep the box from starting; but a slot on trial whose start cannot be
        counted could fail for ever, so then the good one is taken.

        Raises:
            SlotError: no slot holds a model.
        """
        with self.locked():
            before = self.state()
            after, name = at_start(before, self.active() or self._follow("good"), self._tries, self.whole)
            note = "; ".join(
                f"slot {slot.upper()} is given up: {after[slot].why}"
                for slot in NAMES
                if after[slot].status is Status.BAD and before[slot].status is not Status.BAD
            )
            if note:
                _log.warning("%s", note)
            if name is not None:
                try:
                    self._commit(after, name)
                except OSError as error:
                    note = f"{self.folder} takes no writes ({error.strerror or error})"
                    if after[name].status is Status.TRIAL:
                        name = fallback(before, name, self.whole) or name
            if name is None:
                raise SlotError(
                    f"{self.folder}: no slot holds a usable model. Flash one: "
                    "ringlight flash FILE --to local --config CONFIG"
                )
            return Start(name, self.bundle(name), after[name].status is Status.TRIAL, note)

    def activate(self, name: Name, digest: str) -> None:
        """The pending slot inspects from now on, if its file is still the one with SHA-256 `digest`."""
        with self.locked():
            state = self.state()
            if state.pending != name or state[name].sha256 != digest:
                raise SlotError(f"slot {name.upper()} was changed meanwhile; it is looked at again.")
            state = activated(state, name)
            if state[name].status is Status.TRIAL:
                state = state.put(name, state[name].become(starts=1))
            self._commit(state, name)

    def mark_good(self) -> Name:
        """The active slot has proved itself; returns which it is."""
        with self.locked():
            name, state = self._active_or_fail(), self.state()
            if state[name].status not in USABLE:
                raise SlotError(f"slot {name.upper()} is {state[name].status.value}: it cannot become good.")
            state = state.put(name, state[name].become(status=Status.GOOD, starts=0, why=""))
            if stood_in_for(state, name):  # who says that this one is good needs the other no more
                state = state.put(other(name), state[other(name)].become(why=""))
            self._commit(state, name)
            return name

    def condemn(self, name: Name, why: str) -> Name | None:
        """A slot failed. Returns the active slot afterwards; None where no other holds a model: then this one stays
        as it is, because without any model the line stands still for certain."""
        with self.locked():
            state, active = self.state(), self.active()
            refuge = fallback(state, name, self.whole) if active == name else active
            if refuge is not None:
                state = condemned(state, name, why)
                self._commit(activated(state, refuge) if active == name else state, refuge)
            return refuge

    def refuge(self, name: Name) -> Name | None:
        """The other slot, if it was good and its file is whole."""
        refuge = fallback(self.state(), name, self.whole)
        return refuge if refuge is not None and self.state()[refuge].status is Status.GOOD else None

    def stand_in(self, name: Name, why: str) -> Name:
        """The active slot, which was good, cannot be loaded: the other one, which was good too, inspects from now on.
        The first stays good, with the reason: what is missing may come back, and then a person decides."""
        with self.locked():
            refuge = self.refuge(name)
            if refuge is None:
                raise SlotError(f"slot {other(name).upper()} holds no model that was good. Flash one.")
            state = self.state()
            state = state.put(name, state[name].become(why=why)) if state[name].status is Status.GOOD else state
            self._commit(activated(state, refuge), refuge)
            return refuge

    def rollback(self) -> Name:
        """By hand: the other slot shall inspect, and a slot on trial is given up. Returns which slot it will be."""
        with self.locked():
            state, name = self.state(), self._active_or_fail()
            if state.pending is not None and state[state.pending].status is Status.PROVEN:
                # The new model does not inspect yet: not changing over is all there is to do.
                self._write(condemned(state, state.pending, "rolled back by hand"))
                return name
            target = fallback(state, name, self.whole)
            if target is None or state[target].status is not Status.GOOD:
                raise SlotError(f"slot {other(name).upper()} holds no model that was good. Flash the old bundle again.")
            if state[name].status is Status.TRIAL:
                state = state.put(name, state[name].become(why="rolled back by hand"))
            self._write(state.model_copy(update={"pending": target}))
            return target

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else changes the slots meanwhile."""
        try:
            held = self.disk.lock(self.folder)
            with held:
                yield
        except (FileNotFoundError, PermissionError) as error:
            if error.filename is None or Path(error.filename) != self.folder:
                raise
            if isinstance(error, PermissionError):
                raise SlotError(
                    f"{self.folder}: {error.strerror}. Give it to the user that the box runs as."
                ) from error
            raise SlotError(f"{self.folder}: there are no slots yet. Flash a model: ringlight flash.") from error

    def change(self, state: State) -> None:
        """Writes what is remembered; the caller holds the lock."""
        self._write(state)

    def _active_or_fail(self) -> Name:
        name = self.active()
        if name is None:
            raise SlotError(f"{self.folder}: no slot is active. Flash a model and start the box.")
        return name

    def _follow(self, link: str) -> Name | None:
        try:
            target = self.disk.readlink(self.folder / link)
        except OSError:
            return None
        return cast(Name, target) if target in NAMES else None

    def _repaired(self) -> State:
        """The good slot wins; without one, the one that the link leads to, which was proven before the link moved."""
        state = State(schema=1)
        good, active = self._follow("good"), self._follow("active")
        for name in NAMES:
            with suppress(OSError):
                digest = sha256(self.disk.read(self.bundle(name)))
                status = Status.WRITING
                if name == good:
                    status = Status.GOOD
                elif name == active and good is None:
                    status = Status.PROVEN
                state = state.put(name, state[name].become(status=status, sha256=digest))
        return state

    def _commit(self, state: State, active: Name) -> None:
        if self.active() != active:
            replace_link(self.disk, self.folder / "active", active)
        if state[active].status is Status.GOOD and self._follow("good") != active:
            replace_link(self.disk, self.folder / "good", active)
        self._write(state)

    def _write(self, state: State) -> None:
        data = state.to_json()
        with suppress(OSError):
            if self.disk.read(self.folder / "state.json") == data:
                return
        replace_file(self.disk, self.folder / "state.json", data)
