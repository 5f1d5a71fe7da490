import pytest
from on_the_line import read_grey

from edge.virtual.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig(read_grey)
