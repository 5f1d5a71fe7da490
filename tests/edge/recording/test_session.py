"""What every recording does, whatever it carries."""

import itertools
import threading

import pytest

from edge.clock import VirtualClock
from edge.config import parse_config
from edge.ledger import Counts
from edge.recording.pictures import PictureSet
from edge.recording.session import Session
from edge.virtual.light import VirtualRingLight
from edge.virtual.pins import VirtualPinFactory

TEXT = """
[camera]
source = "folder"
device = "nowhere"
[trigger]
camera_mm = 80
[ejector]
distance_mm = 400
[light]
kind = "serial"
port = "{port}"
timeout_ms = 3000
warm_up_s = 60
"""


class NoLine:
    """Nothing comes, and nothing goes wrong."""

    crash = None

    def stop(self):
        pass

    def checks(self):
        return []


class Nothing(Session):
    def _make_line(self):
        return NoLine()

    def _begin(self):
        pass

    def _counts(self):
        return Counts(0, 0, 0, 0, 0)


@pytest.fixture
def lamp():
    lamp = VirtualRingLight()
    yield lamp
    lamp.close()


def test_a_recording_lamp_is_asked_as_long_as_it_goes_on(tmp_path, lamp):
    """It was set once; a controller that goes dark when nobody asks would have left the rest of the parts black."""
    clock, asked, answer = VirtualClock(), [], lamp.answer
    lamp.answer = lambda request: asked.append(clock.now_ns()) or answer(request)
    config = parse_config(TEXT.format(port=lamp.port))
    faults = []
    with PictureSet(tmp_path / "parts").opened() as pictures:
        session = Nothing(config, pictures, clock, pin_factory=VirtualPinFactory(clock), on_fault=faults.append)
        clock.at(150 * 10**9, lambda: setattr(lamp, "dim", 0.3))
        session.run(threading.Event(), seconds=240)
    assert max(b - a for a, b in itertools.pairwise(asked)) <= 6e9
    assert len(asked) > 48
    assert [fault.split(".")[0] for fault in faults] == ["told to shine at 0"]
    assert lamp.told == 0
