"""Which model scores the next strip: a roll is judged by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from edge.slots.loading import Loaded
from edge.web.assemble import WebScoring
from edge.web.roll import Roll


class ChangeOver:
    """Holds the model that scores, and the one that is to follow it. Calls come one at a time.

    A model that follows begins with a roll of which no strip was judged yet, so that what stands in a roll's map was
    held against one threshold. Only the way back from a model that failed does not wait.
    """

    def __init__(self, scoring: WebScoring) -> None:
        self.scoring = scoring
        self._next: tuple[WebScoring, bool, threading.Event] | None = None

    def swap(self, scoring: WebScoring, *, at_once: bool) -> threading.Event:
        """This model is to follow, in place of any that was to; the event is set when it scores.

        Args:
            at_once: between two strips, whatever roll they are of.
        """
        done = threading.Event()
        self._next = scoring, at_once, done
        return done

    def withdraw(self) -> None:
        """None is to follow any more."""
        self._next = None

    def choose(self, rolls: Sequence[Roll]) -> WebScoring:
        """What scores the next strip.

        Args:
            rolls: those of which not everything is known.
        """
        if self._next is not None:
            scoring, at_once, done = self._next
            if at_once or not any(roll.model_id for roll in rolls):
                self.scoring, self._next = scoring, None
                done.set()
        return self.scoring


class Swaps(Protocol):
    """What a model is handed to: `ChangeOver`, or who holds one under its lock."""

    def swap(self, scoring: WebScoring, *, at_once: bool) -> threading.Event: ...

    def withdraw(self) -> None: ...


class Succession:
    """Hands models from the keeper of the slots to a web.

    Args:
        web: whom they are handed to.
        scoring_of: how a loaded model scores strips. running: how the one does that the keeper believes to score now.
    """

    def __init__(
        self, web: Swaps, scoring_of: Callable[[Loaded], WebScoring], running: Callable[[], WebScoring]
    ) -> None:
        self._web, self._scoring_of, self._running = web, scoring_of, running
        self._offered: tuple[Loaded, threading.Event] | None = None

    def offer(self, loaded: Loaded | None) -> str:
        """A flashed model is to follow at the end of the roll; None: none is. See `edge.slots.keeper.Keeper`."""
        if self._offered is not None and self._offered[0] is not loaded:
            self._take_back(self._offered[1])
        if loaded is None:
            return ""
        if self._offered is None:
            self._offered = loaded, self._web.swap(self._scoring_of(loaded), at_once=False)
        return "" if self._offered[1].is_set() else "for the end of the roll: a roll is judged by one model"

    def swap(self, loaded: Loaded) -> threading.Event:
        """The keeper takes what it offered, or, without an offer, goes back to this model now."""
        if self._offered is not None and self._offered[0] is loaded:
            done, self._offered = self._offered[1], None
            return done
        return self._web.swap(self._scoring_of(loaded), at_once=True)

    def _take_back(self, done: threading.Event) -> None:
        self._web.withdraw()
        if done.is_set():  # the roll ended before the keeper looked again
            self._web.swap(self._running(), at_once=True)
        self._offered = None
