"""Which results are under way: the store is the only memory, this is a window over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from edge.telemetry.rows import Unsent


class Unpublished(Protocol):
    """What the outbox asks of the store."""

    def unpublished(self, limit: int, after: int = 0) -> Sequence[Unsent]: ...
    def mark_published(self, seqs: Sequence[int]) -> bool: ...
    def outbox_depth(self) -> int: ...

    @property
    def given_up(self) -> int: ...


class Outbox:
    """At most `inflight` results await the broker's receipt; a row leaves the store only when its receipt came.

    `delivered` counts receipts since start.
    """

    def __init__(self, store: Unpublished, inflight: int) -> None:
        self.delivered = 0
        self._store = store
        self._inflight = inflight
        self._sent: dict[int, tuple[int, int]] = {}
        self._received: set[int] = set()
        self._cursor = 0

    @property
    def waiting(self) -> int:
        """Results on disk that the broker has not acknowledged."""
        return max(0, self._store.outbox_depth() - len(self._received))

    @property
    def given_up(self) -> int:
        return self._store.given_up

    @property
    def empty(self) -> bool:
        """Whether everything on disk is delivered, and noted as such."""
        return not self._sent and not self._received and self._store.outbox_depth() == 0

    @property
    def oldest_sent_ns(self) -> int | None:
        """When the result that has waited longest for its receipt was sent."""
        return min((sent_ns for _, sent_ns in self._sent.values()), default=None)

    def due(self) -> list[Unsent]:
        """Rows to publish now, oldest first."""
        room = self._inflight - len(self._sent)
        if room <= 0 or self._store.outbox_depth() <= len(self._sent) + len(self._received):
            return []
        found = self._store.unpublished(room + len(self._received), self._cursor)
        return [row for row in found if row.seq not in self._received][:room]

    def sent(self, receipt: int, seq: int, now_ns: int) -> None:
        """A row went out; the broker's receipt will bear this number."""
        self._sent[receipt] = (seq, now_ns)
        self._cursor = max(self._cursor, seq)

    def receive(self, receipt: int) -> None:
        """The broker has it. Receipts of other messages are nobody's business here."""
        if receipt in self._sent:
            self._received.add(self._sent.pop(receipt)[0])
            self.delivered += 1

    def settle(self) -> None:
        """Notes receipts in the store, several at a time: each note is a sync of the disk."""
        if self._received and (not self._sent or 2 * len(self._received) >= self._inflight):
            self.settle_all()

    def settle_all(self) -> None:
        if self._received and self._store.mark_published(sorted(self._received)):
            self._received.clear()

    def reset(self) -> None:
        """The connection is gone: what has no receipt is due again, from the store."""
        self._sent.clear()
        self._cursor = 0
