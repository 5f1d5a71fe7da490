"""How many are done: a bar on a terminal, a plain line now and then anywhere else."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Counting:
    """Prints words, and how far a count is. `count` may be called from any thread.

    Args:
        what: what is counted, in the plural.
        every: without a terminal, the first, each so-many-th and the last are told.
    """

    def __init__(self, what: str, every: int, console: Console | None = None) -> None:
        self._what = what
        self._every = every
        self._console = console or Console(highlight=False, soft_wrap=True)
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task(what, total=None)

    def __enter__(self) -> Counting:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:  # elsewhere it would print an empty line
            self._bar.stop()

    def say(self, words: str) -> None:
        """One line."""
        self._console.print(escape(words))

    def count(self, done: int, whole: int | None) -> None:
        """`done` of `whole`; None where nobody knows how many there will be."""
        if self._console.is_terminal:
            self._bar.update(self._task, completed=done, total=whole)
        elif done == 1 or done % self._every == 0 or done == whole:
            self.say(f"{done}{f' of {whole}' if whole else ''} {self._what}")
