"""Flashing: from a bundle file to a slot that is proven and waits for the box to change over."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.bundle import sha256
from edge.disk import replace_file
from edge.errors import RinglightError, SlotError
from edge.runtime.engines import FOLDER, files_in
from edge.slots.slots import Slots
from edge.slots.state import NAMES, USABLE, Entry, Name, State, Status, condemned, other


def install(
    slots: Slots,
    source: Path,
    *,
    accept: Callable[[Path], str],
    prove: Callable[[Path], object],
    wait: bool = False,
    say: Callable[[str], object] = lambda words: None,
) -> Name:
    """Writes a bundle into the slot that does not inspect, examines it there, and leaves it pending.

    Whatever happens, the active slot is not touched.

    Args:
        accept: refuses a bundle that is not one of ours (a RinglightError), or returns its model id.
        prove: the self-test, on the slot's own file; raises a RinglightError.
        wait: for another flash to end, instead of refusing.
        say: told each step.

    Raises:
        RinglightError: the bundle was refused or failed; the message says why.
        SlotError: another flash runs, the active slot is still on trial, or the disk refuses.
    """
    say(f"reading {source}")
    model_id = accept(source)
    try:
        data = source.read_bytes()
        _lay_out(slots)
        with slots.disk.lock(slots.folder / "b", wait=wait) as held:
            if not held:
                raise SlotError(f"{slots.folder}: another flash is under way. Wait for its end, then try again.")
            return _install(slots, data, model_id, accept, prove, say)
    except OSError as error:
        raise SlotError(
            f"{slots.folder}: the disk refuses ({error.strerror or error}). The active slot is as it was. Make "
            "room, check the disk and your rights, then flash again."
        ) from error


def _install(
    slots: Slots,
    data: bytes,
    model_id: str,
    accept: Callable[[Path], str],
    prove: Callable[[Path], object],
    say: Callable[[str], object],
) -> Name:
    name, path = _claim(slots, Entry(status=Status.WRITING, model_id=model_id, sha256=sha256(data)))
    try:
        _forget_engines(slots, path)
        say(f"writing {model_id} into slot {name.upper()}")
        replace_file(slots.disk, path, data)
        if sha256(slots.disk.read(path)) != sha256(data):
            raise SlotError(f"{path}: the disk gives back something else than was written. Replace it.")
        accept(path)  # the file may have changed between the first look and the copy
        say("self-test")
        prove(path)
    except (RinglightError, OSError) as error:
        # Whether this can be written or not: a slot that is being written is as unusable as a bad one.
        with suppress(OSError), slots.locked():
            slots.change(condemned(slots.state(), name, str(error)))
        raise
    with slots.locked():
        state = slots.state()
        state = state.put(name, state[name].become(status=Status.PROVEN))
        slots.change(state.model_copy(update={"pending": name}))
    say(f"slot {name.upper()} is proven")
    return name


def _forget_engines(slots: Slots, bundle: Path) -> None:
    """What was compiled for the model that this slot held serves nobody any more."""
    for file in files_in(bundle.parent / FOLDER):
        slots.disk.unlink(file)


def _lay_out(slots: Slots) -> None:
    # Each time: a folder that is there may not be on the disk yet, if that failed when it was made.
    slots.disk.mkdir(slots.folder)
    for name in NAMES:
        slots.disk.mkdir(slots.folder / name)
    slots.disk.fsync(slots.folder)
    slots.disk.fsync(slots.folder.parent)


def check_free(state: State, active: Name | None) -> None:
    """Whether there is a slot that may be written into.

    Raises:
        SlotError: there is none: it holds the way back.
    """
    # Not only on trial: a lost state, or a change that was cut short, tells less of the active slot than that.
    if active is not None and state[active].status is not Status.GOOD and _is_refuge(state, other(active)):
        raise SlotError(
            f"slot {active.upper()} is still on trial or of unknown content, and the other slot holds the model to "
            "return to. Wait until it is good, or decide: ringlight slots good, or ringlight slots rollback."
        )


def _claim(slots: Slots, entry: Entry) -> tuple[Name, Path]:
    """The slot to write into, noted as of unknown content before anything in it changes."""
    with slots.locked():
        state, kept = slots.state(), slots.kept()
        check_free(state, slots.active())
        name: Name = other(kept) if kept is not None else "a"
        cleared = state.model_copy(update={"pending": None}) if state.pending == name else state
        slots.change(cleared.put(name, entry))
        return name, slots.bundle(name)


def _is_refuge(state: State, name: Name) -> bool:
    """Whether a slot holds what the box returns to, and not only what it was asked to take over."""
    return state[name].status in USABLE and state.pending != name
