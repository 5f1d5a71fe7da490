"""Flashes what came over the network, one bundle at a time, on a thread that gives way to the line.

What becomes of a bundle is told from what lies on the disk (uploads and slots) wherever it can be, so that a desk that
asks after a restart, of itself or of the box, is told the same.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from edge.clock import NS_PER_S, Clock
from edge.errors import RinglightError, SlotError, UsageError
from edge.intake.fetch import Fetcher, Source
from edge.intake.uploads import Upload, UploadRefused, Uploads
from edge.slots.flash import holds
from edge.slots.install import check_free
from edge.slots.slots import Slots
from edge.slots.state import NAMES, Name, Status

_NICE = 10
_SWEEP_EVERY_NS = 3600 * NS_PER_S
_log = logging.getLogger(__name__)


class Stage(str, Enum):
    """How far a bundle has come."""

    ABSENT = "absent"
    COMING = "coming"  # the box has some of its bytes
    FETCHING = "fetching"  # the box fetches it from the address that it was told
    RECEIVED = "received"  # the box has all of it, and it is what its name promises
    INSTALLING = "installing"
    REFUSED = "refused"  # the gate or the self-test said no, or the box could not
    WAITING = "waiting"  # proven; the box changes over between two parts
    TRIAL = "trial"  # inspects
    GOOD = "good"  # inspects, and is the one to rely on
    RETURNED = "returned"  # inspected or was to, and was given up


_FLASHED = (Stage.WAITING, Stage.TRIAL, Stage.GOOD)
_OF_SLOT = {
    Status.TRIAL: Stage.TRIAL,
    Status.GOOD: Stage.GOOD,
    Status.PROVEN: Stage.WAITING,
    Status.BAD: Stage.RETURNED,
}


@dataclass(frozen=True, slots=True)
class First:
    """Who flashes already."""

    by: str
    digest: str = ""
    since_ns: int | None = None

    def __str__(self) -> str:
        return f"{self.by} flashes {self.digest[:12]}…" if self.digest else self.by


class Busy(SlotError):
    """Another flash is first."""

    def __init__(self, first: First) -> None:
        super().__init__(f"another flash is under way: {first}. Wait for its end, then try again.")
        self.first = first


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one bundle. `steps` are the box's words since the flash began; `why` says why it was refused or
    returned, `of_bundle` whether the bundle is at fault and not the box; `inspected` counts the parts of its trial."""

    stage: Stage
    upload: Upload
    model_id: str = ""
    slot: str = ""
    steps: tuple[str, ...] = ()
    why: str = ""
    of_bundle: bool = False
    inspected: int | None = None


@dataclass(slots=True)
class _Job:
    digest: str
    by: str
    since_ns: int
    stage: Stage = Stage.INSTALLING
    steps: list[str] = field(default_factory=list)
    why: str = ""
    of_bundle: bool = False
    over: bool = False

    def say(self, words: str) -> None:
        _log.info("flash %s…: %s", self.digest[:12], words)
        self.steps.append(words)


class Install(Protocol):
    """`edge.slots.flash.flash` with the box's own configuration, slots and clock."""

    def __call__(self, source: Path, *, digest: str, allow_older: str, say: Callable[[str], object]) -> object: ...


def _on_a_thread(work: Callable[[], None]) -> threading.Thread:
    def gently() -> None:
        # Linux counts niceness by thread: the line goes first. What cannot be had is no reason not to flash.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        work()

    thread = threading.Thread(target=gently, name="ringlight-flash", daemon=True)
    thread.start()
    return thread


class Flasher:
    """Takes uploads, and puts them into the slots.

    Args:
        install: puts a file into the free slot.
        inspected: parts that the model on trial has inspected; None where none is.
        spawn: runs a flash beside the caller.
    """

    def __init__(
        self,
        uploads: Uploads,
        slots: Slots,
        clock: Clock,
        install: Install,
        inspected: Callable[[], int | None] = lambda: None,
        spawn: Callable[[Callable[[], None]], threading.Thread | None] = _on_a_thread,
    ) -> None:
        self.uploads = uploads
        self._slots = slots
        self._clock = clock
        self._install = install
        self._inspected = inspected
        self._spawn = spawn
        self._stopping = threading.Event()
        self._fetcher = Fetcher(uploads, clock, self._stopping)
        self._lock = threading.Lock()
        self._job: _Job | None = None
        self._thread: threading.Thread | None = None
        self._sweep_ns = clock.now_ns()

    def put(self, digest: str, size: int, offset: int, data: bytes) -> Upload:
        """Takes a part of an upload; see `Uploads.put`."""
        return self.uploads.put(digest, size, offset, data, keep=self._at_work())

    def begin(self, digest: str, by: str, allow_older: str = "") -> None:
        """Begins to flash what was uploaded; it goes on after the return. What is under way already, or lies in its
        slot already, is not begun again.

        Args:
            by: who asks, for whoever comes second.
            allow_older: the operator's reason to take an older serial.

        Raises:
            Busy: another flash is under way.
            UploadRefused: the box does not have all of it.
            SlotError: the other slot holds the way back of a trial.
        """

        def work(job: _Job) -> None:
            self._flash(job, allow_older)

        self._start(_Job(digest, by, self._clock.wall_ns()), work, lambda: self.uploads.whole(digest))

    def fetch(self, digest: str, source: Source, by: str) -> None:
        """Begins to fetch a bundle and to flash it; as `begin`, with the same errors."""

        def work(job: _Job) -> None:
            self._fetcher.fetch(source, digest, job.say)
            self._flash(job, "")

        job = _Job(digest, by, self._clock.wall_ns(), Stage.FETCHING)
        self._start(job, work, lambda: self.uploads.look(digest))

    def first(self) -> First | None:
        """Who flashes now through this flasher."""
        job = self._job
        return First(job.by, job.digest, job.since_ns) if job is not None and not job.over else None

    def obstacle(self) -> First | None:
        """What a new flash would have to wait for: another one, or the end of a trial."""
        first = self.first()
        if first is None:
            try:
                check_free(self._slots.state(), self._slots.active())
            except SlotError as error:
                return First(str(error))
        return first

    def report(self, digest: str) -> Report:
        """What became of the bundle with this SHA-256.

        Raises:
            UploadRefused: that is no SHA-256.
        """
        upload, job = self.uploads.look(digest), self._job
        ours = job if job is not None and job.digest == digest else None
        steps = tuple(ours.steps) if ours else ()
        if ours and not ours.over:
            return Report(ours.stage, upload, steps=steps)
        lying = self._lying(digest, upload, steps)
        # What was refused here may have come in by another way since.
        if ours and ours.why and lying.stage not in _FLASHED:
            return Report(Stage.REFUSED, upload, steps=steps, why=ours.why, of_bundle=ours.of_bundle)
        return lying

    def latest(self) -> tuple[str, Report] | None:
        """The bundle that was flashed last since the box started, and what became of it."""
        job = self._job
        return (job.digest, self.report(job.digest)) if job is not None else None

    def stop(self, timeout_s: float = 5.0) -> None:
        """Waits a moment for a flash that is under way; what is cut off is no worse than a power cut."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def tidy(self) -> None:
        """Once an hour, removes uploads that nobody went on with. Call it now and then."""
        now = self._clock.now_ns()
        if now >= self._sweep_ns:
            self._sweep_ns = now + _SWEEP_EVERY_NS
            try:
                self.uploads.sweep(keep=self._at_work())
            except UploadRefused as error:
                _log.warning("%s", error)

    def _start(self, job: _Job, work: Callable[[_Job], None], check: Callable[[], object]) -> None:
        with self._lock:
            first = self.first()
            if first is not None and first.digest == job.digest:
                return
            if first is None and self._elsewhere():
                first = First("another program on the box")
            if first is not None:
                raise Busy(first)
            if holds(self._slots, job.digest) is not None:
                return
            check_free(self._slots.state(), self._slots.active())
            check()
            self._thread = self._spawn(lambda: self._run(job, work))
            self._job = job

    def _elsewhere(self) -> bool:
        """Whether `ringlight flash` or `ringlight inbox` is at the slots."""
        with suppress(OSError), self._slots.disk.lock(self._slots.folder / "b", wait=False) as held:
            return not held
        return False

    def _run(self, job: _Job, work: Callable[[_Job], None]) -> None:
        try:
            work(job)
        except RinglightError as error:
            job.why, job.of_bundle = str(error), isinstance(error, UsageError)
        except Exception as error:
            _log.exception("the flash failed")
            job.why = f"failed: {type(error).__name__}: {error}. See the box's log."
        finally:
            if job.why:
                _log.warning("flash %s… refused: %s", job.digest[:12], job.why)
            job.over = True

    def _flash(self, job: _Job, allow_older: str) -> None:
        job.stage = Stage.INSTALLING
        source = self.uploads.whole(job.digest)
        self._install(source, digest=job.digest, allow_older=allow_older, say=job.say)
        try:
            self.uploads.remove(job.digest)
        except RinglightError as error:  # it lies in its slot; what is left of the upload is swept one day
            _log.warning("%s", error)

    def _at_work(self) -> str:
        first = self.first()
        return first.digest if first is not None else ""

    def _lying(self, digest: str, upload: Upload, steps: tuple[str, ...]) -> Report:
        """From what lies in slots and uploads."""
        state, active = self._slots.state(), self._slots.active()
        places: list[Name] = [name for name in NAMES if state[name].sha256 == digest]
        for name in sorted(places, key=lambda name: name != (state.pending or active)):
            entry = state[name]
            stage = Stage.WAITING if state.pending == name else _OF_SLOT.get(entry.status)
            # A good one that does not inspect is but the way back.
            if stage is None or (stage in (Stage.GOOD, Stage.WAITING) and name != (state.pending or active)):
                continue
            inspected = self._inspected() if stage is Stage.TRIAL else None
            return Report(stage, upload, entry.model_id, name.upper(), steps, entry.why, inspected=inspected)
        if not upload.size:
            return Report(Stage.ABSENT, upload, steps=steps)
        return Report(Stage.RECEIVED if upload.have == upload.size else Stage.COMING, upload, steps=steps)
