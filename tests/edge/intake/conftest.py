"""A box's disk that takes orders for faults, and uploads on it in parts of ten bytes."""

from __future__ import annotations

import pytest

from edge.clock import VirtualClock
from edge.intake.uploads import Limits, Uploads
from edge.virtual.disk import VirtualDisk


@pytest.fixture
def disk(tmp_path):
    (tmp_path / "box").mkdir()
    return VirtualDisk(tmp_path / "box")


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def uploads(disk, clock):
    return Uploads(disk.root / "uploads", disk, clock, Limits(largest=100, altogether=150), part=10)
