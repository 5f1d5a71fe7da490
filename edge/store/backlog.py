"""What waits in memory for the disk: bounded, and quick enough for the line's own threads."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice

from edge.parts import Account, Image, PartMap, State


@dataclass(slots=True, eq=False)
class Waiting:
    """A closed account that is not on disk yet. `image` is None where no picture is kept, or it was let go."""

    account: Account
    model_id: str
    scored_ns: int | None
    wall_ns: int
    image: Image | None = None
    part_map: PartMap | None = None

    def drop_picture(self) -> None:
        self.image = self.part_map = None


class Backlog:
    """First in, first out. Pictures are given up long before rows are, good parts' pictures before evidence.

    `dropped` counts rows that were lost, `pictures_dropped` rows that stayed but lost their picture.
    """

    def __init__(self, rows: int, pictures: int) -> None:
        self.dropped = 0
        self.pictures_dropped = 0
        self._rows = rows
        self._pictures = pictures
        self._waiting: deque[Waiting] = deque()
        self._pictured: list[Waiting] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, waiting: Waiting) -> bool:
        """Takes one in; False where not even the row found room."""
        with self._lock:
            if len(self._waiting) >= self._rows:
                self.dropped += 1
                return False
            self._waiting.append(waiting)
            if waiting.image is not None:
                self._pictured.append(waiting)
            if len(self._pictured) > self._pictures:
                self._drop_one_picture()
            return True

    def first(self, count: int) -> list[Waiting]:
        """The oldest `count`; they stay until `done` says that they are on disk."""
        with self._lock:
            return list(islice(self._waiting, count))

    def done(self, count: int) -> None:
        """The oldest `count` are on disk."""
        with self._lock:
            for _ in range(count):
                self._waiting.popleft().drop_picture()
            self._pictured = [waiting for waiting in self._pictured if waiting.image is not None]

    def _drop_one_picture(self) -> None:
        good = (waiting for waiting in self._pictured if waiting.account.state is State.PASSED)
        victim = next(good, self._pictured[0])
        victim.drop_picture()
        self._pictured.remove(victim)
        self.pictures_dropped += 1
