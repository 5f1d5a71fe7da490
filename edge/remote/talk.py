"""What a desk prints while it works: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

_STEPS = 4  # plain lines for one upload


class Talk:
    """Prints words and the progress of a transfer."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._live = self._console.is_terminal
        columns = (TextColumn("sending"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=self._console, transient=True)
        self._task = self._bar.add_task("", visible=False)
        self._printed = 0

    def __enter__(self) -> Talk:
        if self._live:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._bar.stop()

    def say(self, words: str) -> None:
        """One line."""
        self._console.print(escape(words))

    def progress(self, done: int, size: int) -> None:
        """`done` of `size` bytes."""
        if self._live:
            self._bar.update(self._task, completed=done, total=size, visible=done < size)
            return
        step = done * _STEPS // size
        if self._printed < step < _STEPS:
            self.say(f"sent {done} of {size} bytes")
        self._printed = step
