"""Progress of long work: a bar on a terminal, a plain line now and then where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.progress import track

T = TypeVar("T")


def progress(items: Iterable[T], what: str, total: int) -> Iterator[T]:
    """Hands the items on and tells standard error how far it is: `total` is their number."""
    if sys.stderr.isatty():
        from rich.console import Console

        yield from track(items, what, total=total, console=Console(stderr=True), transient=True)
        return
    told = 0
    for done, item in enumerate(items, start=1):
        yield item
        share = 10 * done // max(total, 1)
        if share > told or done == total:
            told = share
            print(f"{what}: {done}/{total}", file=sys.stderr, flush=True)
