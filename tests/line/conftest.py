import pytest

from edge.virtual.rig import Rig, read_grey


@pytest.fixture
def rig() -> Rig:
    return Rig(read_grey)
