"""Keeps the right slot's model inspecting while the box runs: takes over what was flashed, ends trials, goes back.

A plain state machine: `seen` is told each closed account and returns at once; `poll`, which loads models and waits for
disks, is called now and then from a thread that nobody waits for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.clock import Clock
from edge.config.models import Config
from edge.errors import RinglightError
from edge.health import Check, Level
from edge.parts import Record
from edge.slots.loading import Loaded, load_slot
from edge.slots.self_test import examine
from edge.slots.slots import Slots
from edge.slots.state import Name, Status, other, stood_in_for
from edge.slots.trial import Outcome, Trial

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Failed:
    """A slot that is to be condemned, or stood in for because it was `good`: what lay in it (None: it cannot have been
    flashed since), why, and the words for people."""

    name: Name
    digest: str | None
    why: str
    told: str
    good: bool = False


class Keeper:
    """Stands between the slots and the line.

    Args:
        swap: has the line change to another model between two parts; returns when it has. Called by `poll` only.
        load: gives the warm model of a slot's file.
        offer: asked before a flashed model is taken over, with that model and again and again: why the line has to
            wait with it; empty when it can change at once, or has changed already. It raises where the line can never
            take it. None says that the model which was offered is not to follow any more.
    """

    def __init__(
        self,
        slots: Slots,
        config: Config,
        clock: Clock,
        swap: Callable[[Loaded], object],
        load: Callable[[Path, Config], Loaded] = load_slot,
        offer: Callable[[Loaded | None], str] = lambda loaded: "",
    ) -> None:
        self._slots = slots
        self._config = config
        self._clock = clock
        self._swap = swap
        self._load = load
        self._offer = offer
        self._waits = ""
        self._name: Name = "a"
        self._trial: Trial | None = None
        self._running: Loaded | None = None
        self._old: Loaded | None = None
        self._ready: tuple[str, Loaded] | None = None
        self._failed: _Failed | None = None
        self._unremembered: Loaded | None = None
        self._note = ""
        self._stands_in = ""

    def open(self) -> Loaded:
        """The model that a starting box inspects with. One on trial that cannot even be loaded is given up at once; for
        a good one that cannot (its key was revoked since, its provider is gone) the other slot's stands in, if that
        was good and can be loaded.

        Raises:
            RinglightError: no slot holds a model that can be loaded.
        """
        start = self._slots.start()
        try:
            loaded = self._load(start.bundle, self._config)
            if start.on_trial:
                self._examine(loaded)
        except Exception as error:
            if not start.on_trial:
                return self._let_the_other_serve(start.name, error)
            if self._slots.condemn(start.name, _words(error)) is None:
                raise
            self._say(f"slot {start.name.upper()} is given up: {_words(error)}")
            return self.open()
        self._note = start.note or self._note
        self._begin(start.name, loaded, start.on_trial)
        return loaded

    def _begin(self, name: Name, loaded: Loaded, on_trial: bool) -> None:
        self._adopt(name, loaded, on_trial)
        self._stands_in = stood_in_for(self._slots.state(), name)
        if not on_trial:
            self._unremembered = loaded
            try:
                self._remember()
            except RinglightError as error:  # the model was good before: the line does not wait for the record
                self._say(_words(error))

    def _let_the_other_serve(self, name: Name, error: Exception) -> Loaded:
        refuge = self._slots.refuge(name)
        if refuge is None:
            raise error
        try:
            loaded = self._load(self._slots.bundle(refuge), self._config)
        except Exception as second:
            _log.warning("slot %s does not stand in: %s", refuge.upper(), _words(second))
            raise error from second
        why = _words(error)
        self._failed = _Failed(name, None, why, f"slot {name.upper()} cannot be loaded: {why}", good=True)
        try:
            self._settle()
            self._note = ""  # the check says it for as long as it is so
        except (OSError, RinglightError) as trouble:  # it is tried again: the line does not wait for the disk
            self._say(f"{self._failed.told}; {_words(trouble)}")
        self._begin(refuge, loaded, on_trial=False)
        self._stands_in = why
        return loaded

    def seen(self, record: Record) -> None:
        """A part's account was closed."""
        trial = self._trial  # `poll`, on another thread, may end it at any instant
        if trial is not None:
            trial.seen(record)

    def scored(self, model_id: str, scores: NDArray[np.float32] | None, threshold: float) -> None:
        """A strip of web was scored, see `Trial.tiles`."""
        trial = self._trial
        if trial is not None:
            trial.tiles(model_id, scores, threshold)

    def late(self, model_id: str) -> None:
        """A length of web was given up because the model was busy."""
        trial = self._trial
        if trial is not None:
            trial.late(model_id)

    def poll(self) -> None:
        """Does what is due. A disk that refuses is reported and does not disturb the line."""
        try:
            self._settle()
            if self._trial is not None:
                by_hand = self._slots.state()[self._name].status is Status.GOOD
                self._end_trial(self._trial, by_hand)
            state = self._slots.state()
            if state.pending is None:
                self._recall()
            else:
                self._take_over(state.pending, state[state.pending].sha256)
            if self._failed is None:
                self._stands_in = stood_in_for(self._slots.state(), self._name)
            self._remember()
        except (OSError, RinglightError) as error:
            self._say(f"{self._failed.told}; {_words(error)}" if self._failed else _words(error))

    def check(self) -> Check:
        """Which slot inspects and how its trial stands; what went wrong last."""
        text = f"slot {self._name.upper()} inspects"
        trial = self._trial
        if trial is not None:
            text += f", on trial: {trial.inspected} of {self._config.slots.good_after} parts"
        if self._stands_in:
            left = other(self._name).upper()
            mend = (
                f"Flash a model that loads, or mend that and `ringlight slots rollback`. If slot {self._name.upper()} "
            )
            mend += "shall stay: `ringlight slots good`."
            return Check("slots", Level.FAULT, f"{text} in place of {left}, which was good: {self._stands_in}", mend)
        if self._note:
            return Check("slots", Level.WARNING, f"{text}; {self._note}", "Look at `ringlight slots list`.")
        if self._waits:
            return Check("slots", Level.INFO, f"{text}; {self._waits}")
        return Check("slots", Level.INFO if trial is not None else Level.OK, text)

    @property
    def slots(self) -> Slots:
        return self._slots

    def inspected(self) -> int | None:
        """Parts that the model on trial has inspected; None where none is on trial."""
        trial = self._trial
        return None if trial is None else trial.inspected

    def _end_trial(self, trial: Trial, by_hand: bool) -> None:
        if trial.outcome is Outcome.FAILED and not by_hand:
            self._go_back(trial.why)
        elif trial.outcome is Outcome.GOOD or by_hand:
            self._slots.mark_good()
            self._trial, self._old = None, None
            _log.info("the model in slot %s is good", self._name.upper())
            self._unremembered = self._running

    def _remember(self) -> None:
        """The serial of what became good, until the record takes it."""
        if self._unremembered is not None:
            self._unremembered.acceptance.remember()
            self._unremembered = None

    def _go_back(self, why: str) -> None:
        """First the line, then the disk: the old model may be in memory still, and the disk may be what fails."""
        left, old = self._name, self._old
        if old is not None:
            self._swap(old)
            self._adopt(other(left), old, on_trial=False)
            self._give_up(_Failed(left, None, why, f"returned to slot {self._name.upper()}: {why}"))
            return
        refuge = self._slots.condemn(left, why)
        self._trial = None
        if refuge is None:
            self._say(f"slot {left.upper()} failed its trial ({why}), and there is no model to return to")
            return
        old = self._load(self._slots.bundle(refuge), self._config)
        self._swap(old)
        self._adopt(refuge, old, on_trial=False)
        self._say(f"returned to slot {refuge.upper()}: {why}")

    def _take_over(self, name: Name, digest: str) -> None:
        try:
            if self._ready is None or self._ready[0] != digest:
                self._recall()
                loaded = self._load(self._slots.bundle(name), self._config)
                self._examine(loaded)
                # Kept: if the disk cannot note the change yet, the model is not loaded again and again.
                self._ready = digest, loaded
            loaded = self._ready[1]
            why = self._offer(loaded)
        except Exception as error:  # whatever a new model does, the old one inspects
            words = _words(error)
            self._give_up(_Failed(name, digest, words, f"slot {name.upper()} is not taken over: {words}"))
            return
        self._waits = f"slot {name.upper()} waits {why}" if why else ""
        if why:
            return
        self._slots.activate(name, digest)
        self._ready = None
        self._note = ""
        self._adopt(name, loaded, on_trial=self._slots.state()[name].status is Status.TRIAL)
        self._swap(loaded)
        _log.info("slot %s inspects: %s", name.upper(), loaded.model.id)

    def _recall(self) -> None:
        """What was to be taken over is not, or not this."""
        if self._ready is not None:
            self._ready, self._waits = None, ""
            self._offer(None)

    def _give_up(self, failed: _Failed) -> None:
        self._recall()
        self._failed = failed
        self._say(failed.told)
        self._settle()

    def _settle(self) -> None:
        """Until the disk knows of a failure, the next start would take the failed model again: it is told until it
        does."""
        failed = self._failed
        if failed is None:
            return
        if failed.good:
            self._slots.stand_in(failed.name, failed.why)
        elif failed.digest is None or self._slots.state()[failed.name].sha256 == failed.digest:
            self._slots.condemn(failed.name, failed.why)
        self._failed = None
        self._say(failed.told)

    def _adopt(self, name: Name, loaded: Loaded, on_trial: bool) -> None:
        self._old, self._running, self._name = self._running if on_trial else None, loaded, name
        model = loaded.model
        if on_trial:
            threshold = model.threshold(self._config.verdict).value
            self._trial = Trial(self._config.slots, model.id, model.bundle.manifest.calibration, threshold)
        else:
            self._trial = None

    def _examine(self, loaded: Loaded) -> None:
        examine(loaded.model, self._config.model.batch, self._config.slots.batch_ms, self._clock)

    def _say(self, words: str) -> None:
        if words != self._note:
            _log.warning("%s", words)
        self._note = words


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
