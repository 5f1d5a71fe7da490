"""The flashing table: what the box was doing, the fault that struck, and the model that inspects afterwards.

After every row: exactly one usable slot is active, the old model if the new one was not proven, a second start works,
and the box can be flashed again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flashing import Bay, small_bundle
from flashing_faults import Act, bundle, flashing, link, ordered, proving, rots, states, wrong_golden

from edge.errors import BundleError, ProviderError, RinglightError, SlotError
from edge.virtual.disk import Afterwards, PowerCut


@dataclass(frozen=True)
class Scene:
    """What the box does while the fault strikes. `before`: the model that it starts with if nothing of that is done;
    `after`: if the operation `turns` (counted among the renames, from the end if negative) is done."""

    prepare: tuple[Act, ...]
    act: Act
    before: str
    after: str
    turns: int = -1


def flash(bay: Bay) -> object:
    return bay.flash()


def start(bay: Bay) -> object:
    return bay.slots.start()


def good(bay: Bay) -> object:
    return bay.slots.mark_good()


def stand_in(bay: Bay) -> object:
    return bay.slots.stand_in("b", "its key was revoked")


SCENES = {
    "flashing": Scene((), flash, "old", "new"),
    "flashing over an older model": Scene(
        (flash, start, good, lambda bay: bay.flash(bay.old), start, good), flash, "old", "new"
    ),
    "changing over": Scene((flash,), Bay.take_over, "new", "new"),
    "first start": Scene((flash,), start, "new", "new"),
    "second start": Scene((flash, start), start, "new", "old"),
    "third start": Scene((flash, start, start), start, "old", "old"),
    "becoming good": Scene((flash, start), good, "new", "new"),
    "returning": Scene((flash, start), lambda bay: bay.slots.condemn("b", "drift"), "new", "old", turns=0),
    "standing in": Scene((flash, start, good), stand_in, "new", "old", turns=0),
    "rolling back": Scene((flash, start, good), lambda bay: bay.slots.rollback(), "new", "old"),
}


def prepared(folder: Path, scene: Scene) -> Bay:
    bay = Bay(folder)
    for act in scene.prepare:
        act(bay)
    bay.disk.operations.clear()
    bay.proven = bool(scene.prepare) and scene.before == "new"
    return bay


def operations(scene: Scene) -> list[tuple[str, str]]:
    with TemporaryDirectory() as folder:
        bay = prepared(Path(folder), scene)
        scene.act(bay)
        return list(bay.disk.operations)


def every_operation() -> Iterator[object]:
    """Each operation of each scene, struck by a power cut (twice: what a disk may make of it), a kill, an error."""
    for name, scene in SCENES.items():
        done = operations(scene)
        turn = [index for index, (what, _) in enumerate(done) if what == "rename"][scene.turns]
        for index, (what, path) in enumerate(done):
            for fault in (*Afterwards, "error"):
                # A name that was changed is lost again until its folder is synced.
                turned = index > turn + (fault is Afterwards.LOST)
                word = fault if isinstance(fault, str) else {"killed": "kill"}.get(fault.value, f"cut, {fault.value}")
                row = f"{name} / {word} at {index} {what} {path.removeprefix('slots/')}"
                yield pytest.param(scene, index, fault, scene.after if turned else scene.before, id=row)


def assert_sound(bay: Bay, ends: str) -> None:
    assert bay.start() == ends
    assert ends == "old" or bay.proven
    assert bay.start() in ("old", ends)
    bay.slots.mark_good()
    bay.flash()
    assert bay.start() == "new"


@pytest.mark.parametrize(("scene", "index", "fault", "ends"), list(every_operation()))
def test_a_fault_at_any_operation(tmp_path, scene, index, fault, ends):
    bay = prepared(tmp_path, scene)
    if isinstance(fault, Afterwards):
        bay.disk.cut_before = index
        with pytest.raises(PowerCut):
            scene.act(bay)
        bay.disk.power_on(fault)
    else:
        bay.disk.fail_at = index
        with suppress(RinglightError, OSError):
            scene.act(bay)
        bay.disk.fail_at = None
    assert len(bay.disk.operations) >= index
    assert_sound(bay, ends)


ON_TRIAL = (flash, start)
BECAME_GOOD = (flash, start, good)
CPU, TENSORRT = "CPUExecutionProvider", "TensorrtExecutionProvider"

# What was done before; the fault; what the box does under it; what a box that is started then and there takes; and
# what it takes when all is mended (the files excepted).
ROWS: dict[str, tuple[tuple[Act, ...], tuple[Act, ...], Act | None, str, str]] = {
    "flashing / disk full": ((), (ordered(full=True),), flash, "old", "old"),
    "flashing / read-only disk": ((), (ordered(read_only=True),), flash, "old", "old"),
    "flashing / a disk that cuts files off": ((), (ordered(truncate=True),), flash, "old", "old"),
    "flashing / wrong key": ((), (), flashing(accept=BundleError("a stranger's key")), "old", "old"),
    "flashing / self-test fails": ((), (), flashing(prove=SlotError("golden tiles differ")), "old", "old"),
    "flashing / self-test finds no provider": ((), (), flashing(prove=ProviderError("no CUDA")), "old", "old"),
    "flashing / self-test ends in a mistake of ours": ((), (), flashing(prove=RuntimeError("oops")), "old", "old"),
    "flashing / out of memory in the self-test": ((), (), flashing(prove=MemoryError()), "old", "old"),
    "flashing / killed in the self-test": ((), (), flashing(prove=PowerCut("kill")), "old", "old"),
    "flashing / interrupted by the operator": ((), (), flashing(prove=KeyboardInterrupt()), "old", "old"),
    "flashing / bundle cut off": ((), (bundle(lambda data: data[:-100]),), flash, "old", "old"),
    "flashing / bundle empty": ((), (bundle(lambda data: b""),), flash, "old", "old"),
    "flashing / bundle changed": ((), (bundle(lambda data: data[:500] + b"x" + data[501:]),), flash, "old", "old"),
    "flashing / bundle gone": ((), (lambda bay: bay.new.unlink(),), flash, "old", "old"),
    "flashing / other golden scores": ((), (bundle(wrong_golden),), proving(), "old", "old"),
    "flashing / slow model": ((), (), proving(ms=501), "old", "old"),
    "flashing / model just fast enough": ((), (), proving(ms=499), "new", "new"),
    "flashing / required provider absent": (
        (),
        (),
        proving(providers=(TENSORRT, CPU), require_provider=True),
        "old",
        "old",
    ),
    "flashing / provider absent, others allowed": ((), (), proving(providers=(TENSORRT, CPU)), "new", "new"),
    "flashing / state lost": ((), (states(None),), flash, "new", "new"),
    "waiting / rolled back": ((flash,), (), lambda bay: bay.slots.rollback(), "old", "old"),
    "waiting / disk full": ((flash,), (ordered(full=True),), None, "old", "new"),
    "waiting / read-only disk": ((flash,), (ordered(read_only=True),), None, "old", "new"),
    "waiting / its file cut off": ((flash,), (rots("b"),), None, "old", "old"),
    "waiting / its file gone": ((flash,), (rots("b", 0),), None, "old", "old"),
    "waiting / state lost": ((flash,), (states(None),), None, "old", "old"),
    "waiting / state torn": ((flash,), (states(b'{"schema": 1, "a": {'),), None, "old", "old"),
    "waiting / fails when the box loads it": ((flash,), (), lambda bay: bay.slots.condemn("b", "oops"), "old", "old"),
    "waiting / the old one's file cut off": ((flash,), (rots("a"),), None, "new", "new"),
    "changing over / disk full": ((flash,), (ordered(full=True),), Bay.take_over, "old", "new"),
    "changing over / read-only disk": ((flash,), (ordered(read_only=True),), Bay.take_over, "old", "new"),
    "on trial / crash": (ON_TRIAL, (), None, "new", "new"),
    "on trial / two crashes": (ON_TRIAL, (start,), None, "old", "old"),
    "on trial / drift": (ON_TRIAL, (), lambda bay: bay.slots.condemn("b", "drift"), "old", "old"),
    "on trial / drift, disk full": (
        ON_TRIAL,
        (ordered(full=True),),
        lambda bay: bay.slots.condemn("b", "x"),
        "old",
        "old",
    ),
    "on trial / drift, read-only disk": (
        ON_TRIAL,
        (ordered(read_only=True),),
        lambda bay: bay.slots.condemn("b", "x"),
        "old",
        "new",
    ),
    "on trial / rolled back": (ON_TRIAL, (), lambda bay: bay.slots.rollback(), "old", "old"),
    "on trial / rolled back, old file cut off meanwhile": (
        (*ON_TRIAL, lambda bay: bay.slots.rollback()),
        (rots("a"),),
        None,
        "new",
        "new",
    ),
    "on trial / read-only disk": (ON_TRIAL, (ordered(read_only=True),), None, "old", "new"),
    "on trial / disk full": (ON_TRIAL, (ordered(full=True),), None, "old", "new"),
    "on trial / its file cut off": (ON_TRIAL, (rots("b"),), None, "old", "old"),
    "on trial / its file gone": (ON_TRIAL, (rots("b", 0),), None, "old", "old"),
    "on trial / the old one's file cut off, two crashes": (ON_TRIAL, (rots("a"), start), None, "new", "new"),
    "on trial / state lost": (ON_TRIAL, (states(None),), None, "old", "old"),
    "on trial / state torn": (ON_TRIAL, (states(b'{"schema": 1,'),), None, "old", "old"),
    "on trial / state of a newer version": (ON_TRIAL, (states(b'{"schema": 2}'),), None, "old", "old"),
    "on trial / state is no text": (ON_TRIAL, (states(b"\xff\xfe\x00"),), None, "old", "old"),
    "on trial / link lost": (ON_TRIAL, (link("active", None),), None, "old", "old"),
    "on trial / link leads nowhere": (ON_TRIAL, (link("active", "c"),), None, "old", "old"),
    "on trial / link leads out": (ON_TRIAL, (link("active", "../../etc"),), None, "old", "old"),
    "on trial / flashed again": (ON_TRIAL, (), flash, "new", "new"),
    "becoming good / disk full": (ON_TRIAL, (ordered(full=True),), good, "old", "new"),
    "becoming good / read-only disk": (ON_TRIAL, (ordered(read_only=True),), good, "old", "new"),
    "becoming good / a disk that cuts files off": (ON_TRIAL, (ordered(truncate=True),), good, "new", "new"),
    "good / three crashes": (BECAME_GOOD, (start, start, start), None, "new", "new"),
    "good / read-only disk": (BECAME_GOOD, (ordered(read_only=True),), None, "new", "new"),
    "good / disk full": (BECAME_GOOD, (ordered(full=True),), None, "new", "new"),
    "good / its file cut off": (BECAME_GOOD, (rots("b"),), None, "old", "old"),
    "good / its file gone": (BECAME_GOOD, (rots("b", 0),), None, "old", "old"),
    "good / the old one's file gone": (BECAME_GOOD, (rots("a", 0),), None, "new", "new"),
    "good / state lost": (BECAME_GOOD, (states(None),), None, "new", "new"),
    "good / state torn": (BECAME_GOOD, (states(b"{}}"),), None, "new", "new"),
    "good / link lost": (BECAME_GOOD, (link("active", None),), None, "new", "new"),
    "good / state and active link lost": (BECAME_GOOD, (states(None), link("active", None)), None, "new", "new"),
    "good / state and good link lost": (BECAME_GOOD, (states(None), link("good", None)), None, "new", "new"),
    "good / rolled back": (BECAME_GOOD, (), lambda bay: bay.slots.rollback(), "old", "old"),
    "good / rolled back, old file cut off": (BECAME_GOOD, (rots("a"),), lambda bay: bay.slots.rollback(), "new", "new"),
    "good / rolled back, disk full": (
        BECAME_GOOD,
        (ordered(full=True),),
        lambda bay: bay.slots.rollback(),
        "new",
        "new",
    ),
    "good / cannot be loaded": (BECAME_GOOD, (), stand_in, "old", "old"),
    "good / cannot be loaded, disk full": (BECAME_GOOD, (ordered(full=True),), stand_in, "old", "old"),
    "good / cannot be loaded, read-only disk": (BECAME_GOOD, (ordered(read_only=True),), stand_in, "new", "new"),
    "good / cannot be loaded, the old one's file cut off": (BECAME_GOOD, (rots("a"),), stand_in, "new", "new"),
    "good / cannot be loaded, the other one was bad": (
        (*BECAME_GOOD, lambda bay: bay.slots.condemn("a", "drift")),
        (),
        stand_in,
        "new",
        "new",
    ),
    "stood in for / three crashes": ((*BECAME_GOOD, stand_in), (start, start, start), None, "old", "old"),
    "stood in for / state lost": ((*BECAME_GOOD, stand_in), (states(None),), None, "old", "old"),
    "stood in for / its own file cut off": ((*BECAME_GOOD, stand_in), (rots("a"),), None, "new", "new"),
    "stood in for / rolled back": ((*BECAME_GOOD, stand_in), (), lambda bay: bay.slots.rollback(), "new", "new"),
    "stood in for / flashed": ((*BECAME_GOOD, stand_in), (), flash, "new", "new"),
    "rolled back / old file cut off meanwhile": (
        (*BECAME_GOOD, lambda bay: bay.slots.rollback()),
        (rots("a"),),
        None,
        "new",
        "new",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_fault_of_disk_bundle_or_model(tmp_path, row):
    before, faults, act, under_the_fault, mended = ROWS[row]
    bay = Bay(tmp_path)
    for step in (*before, *faults):
        step(bay)
    if act is not None:
        with suppress(RinglightError, OSError, RuntimeError, MemoryError, PowerCut, KeyboardInterrupt):
            act(bay)
    assert bay.start() == under_the_fault
    if bay.disk.full or bay.disk.read_only or bay.disk.truncate:
        bay.disk.full = bay.disk.read_only = bay.disk.truncate = False
        assert bay.start() == mended
    assert mended == "old" or bay.proven
    assert bay.start() in ("old", mended)
    bay.slots.mark_good()
    bay.new.write_bytes(small_bundle(0.30))
    bay.flash()
    assert bay.start() == "new"


@pytest.mark.parametrize("afterwards", Afterwards)
def test_the_very_first_flash_is_cut_at_any_operation(tmp_path, afterwards):
    """There is no old model to return to: the box says so, or has the first one whole, and can be flashed again."""
    index, cut = 0, True
    while cut:
        bay = Bay(tmp_path / str(index), virgin=True)
        bay.disk.cut_before = index
        cut = False
        try:
            bay.flash()
        except PowerCut:
            cut = True
        bay.disk.power_on(afterwards)
        try:
            assert bay.start() == "new"
        except SlotError:
            assert cut
            bay.flash()
            assert bay.start() == "new"
        index += 1
    assert index > 15
