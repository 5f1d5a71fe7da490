"""The durable hand-over between the line and everything slow: a bounded backlog, a SQLite history, picture files."""

from edge.store.archivist import Archivist
from edge.store.row import Row
from edge.store.store import Store

__all__ = ["Archivist", "Row", "Store"]
