"""A store in a temporary folder, and records to put into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.clock import VirtualClock
from edge.config import StoreConfig
from edge.parts import (
    Account,
    Decision,
    Part,
    PartMap,
    Place,
    Reason,
    Record,
    State,
    Trigger,
    Verdict,
)
from edge.store import Store

Record_ = Callable[..., Record]
OpenStore = Callable[..., Store]


def make_record(
    part_id: int, state: State = State.REJECTED, *, picture: bool = True, threshold: float = 2.0, side: int = 32
) -> Record:
    """A closed account; its picture is noise, so that files have a size, and its map equals the threshold."""
    seen = state is not State.UNINSPECTED
    decision = Decision.PASS if state is State.PASSED else Decision.REJECT
    account = Account(
        Part(part_id, Trigger(part_id * 1000, part_id * 10.0)),
        state,
        closed_ns=part_id * 1000 + 500,
        reason=None if seen else Reason.LATE,
        verdict=Verdict(decision, 3.5, threshold, ("score",), (Place(1, 2, 3, 4),)) if seen else None,
    )
    image = np.random.default_rng(part_id).integers(0, 255, (side, side, 3), np.uint8) if picture else None
    part_map = PartMap(np.full((side, side), threshold, np.float32), 3.5) if picture and seen else None
    return Record(account, "model-1", image, part_map, scored_ns=part_id * 1000 + 400)


@pytest.fixture
def record() -> Record_:
    return make_record


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    """Opens stores on one folder; keyword arguments of `StoreConfig` and `Store` may be mixed."""
    opened: list[Store] = []

    def make(boot_id: str = "boot", **values: Any) -> Store:
        names = StoreConfig.model_fields
        settings: dict[str, Any] = {"min_free_mb": 0} | {key: values.pop(key) for key in list(values) if key in names}
        config = StoreConfig(folder=tmp_path / "data", **settings)
        opened.append(Store(config, VirtualClock(), boot_id, **values))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def files(tmp_path: Path) -> Callable[[], list[str]]:
    """Names of the picture files on disk, without their folder."""
    return lambda: sorted(path.name for path in (tmp_path / "data" / "images").glob("*/*"))
