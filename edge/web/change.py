"""Which model scores the next strip: a roll is judged by one."""

from __future__ import annotations

import threading
from collections.abc import Sequence

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

    def ask(self, scoring: WebScoring, *, at_once: bool) -> threading.Event:
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
