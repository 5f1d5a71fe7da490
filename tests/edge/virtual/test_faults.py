from copy import deepcopy
from pathlib import Path

import pytest
from on_the_line import lay_parts

from edge.clock import NS_PER_S
from edge.errors import UsageError
from edge.virtual.fault_desk import FaultDesk
from edge.virtual.faults import ABOUT, Fault, load_faults, read_fault
from edge.virtual.rig import Rig, read_grey


def written(tmp_path, text):
    file = tmp_path / "faults.toml"
    file.write_text(text)
    return file


def test_a_schedule_is_read_in_the_order_of_time(tmp_path):
    text = '[[fault]]\nkind = "jam"\nat_s = 9\nseconds = 2\n[[fault]]\nkind = "slip"\nat_s = 3\nvalue = 12\n'
    assert [fault.kind for fault in load_faults(written(tmp_path, text))] == ["slip", "jam"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is a list of faults"),
        ("[[fault]\n", "is not TOML"),
        ('[[fault]]\nkind = "rain"\n', "fault 1: kind is one of speed, stop"),
        ('[[fault]]\nkind = "speed"\n', "fault 1: speed needs a value: the new speed in mm/s"),
        ('[[fault]]\nkind = "jam"\nvalue = 3\n', "jam takes no value"),
        ('[[fault]]\nkind = "light_aged"\nvalue = 7\n', "light_aged: what is left of the light, 0 to 1: 1 at most"),
        ('[[fault]]\nkind = "slip"\nvalue = 3\nseconds = 1\n', "slip happens at once"),
        ('[[fault]]\nkind = "jam"\nfor = 3\n', "for is not known here"),
        ('[[fault]]\nkind = "jam"\nat_s = -1\n', "at_s: "),
    ],
)
def test_a_wrong_schedule_says_which_fault_and_how(tmp_path, text, said):
    with pytest.raises(UsageError, match=r"faults\.toml") as error:
        load_faults(written(tmp_path, text))
    assert said in str(error.value)


def test_a_missing_schedule_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read"):
        load_faults(tmp_path / "none.toml")


@pytest.fixture
def rig():
    return Rig(read_grey)


def test_a_fault_begins_and_ends_at_its_instants(rig):
    desk = FaultDesk(rig.line, rig, 0, [Fault(kind="stop", at_s=2, seconds=3)])
    assert desk.next_ns() == 2 * NS_PER_S
    for seconds, speed in ((2, 0.0), (3, 200.0)):
        rig.run(seconds)
        assert desk.poll(rig.clock.now_ns())
        assert rig.line.speed() == speed
    assert desk.next_ns() is None


def test_what_is_ordered_now_begins_now(rig):
    desk = FaultDesk(rig.line, rig)
    desk.order(read_fault({"kind": "camera_stall", "seconds": 5}))
    desk.poll(0)
    assert rig.stalled
    desk.mend(rig.clock.now_ns())
    assert not rig.stalled


def test_the_longer_of_two_faults_of_a_kind_decides(rig):
    desk = FaultDesk(rig.line, rig)
    for seconds in (1, 5):
        desk.order(Fault(kind="encoder_dead", seconds=seconds))
    desk.poll(0)
    desk.poll(2 * NS_PER_S)
    assert rig.line.encoder.faults.dead
    desk.poll(6 * NS_PER_S)
    assert not rig.line.encoder.faults.dead


def test_two_stops_that_overlap_leave_the_belt_at_its_own_speed(rig):
    desk = FaultDesk(rig.line, rig)
    desk.order(Fault(kind="stop", seconds=1))
    desk.poll(0)
    desk.order(Fault(kind="stop", seconds=3))
    desk.poll(0)
    desk.poll(4 * NS_PER_S)
    assert rig.line.speed() == 200.0


def test_a_fault_without_an_end_is_named_until_it_is_mended(rig):
    """ "Nothing is wrong", the page said over a lamp that was dark for good, and nothing could mend it."""
    desk = FaultDesk(rig.line, rig)
    desk.order(Fault(kind="light_off"))
    desk.order(Fault(kind="slip", value=3))
    desk.poll(0)
    assert [fault.kind for fault in desk.running] == ["light_off"]
    desk.order(Fault(kind="light_off", seconds=1))
    desk.poll(0)
    desk.poll(NS_PER_S)
    assert (desk.running, rig.line.faults.light) == ((), 1.0)
    desk.order(Fault(kind="light_off"))
    desk.poll(NS_PER_S)
    desk.mend(NS_PER_S)
    assert (desk.running, rig.line.faults.light) == ((), 1.0)


def test_the_docs_name_every_kind_of_fault_in_its_own_words():
    docs = (Path(__file__).parents[3] / "docs" / "line.md").read_text(encoding="utf-8")
    rows = [
        f"| `{kind}` | {about.unit or ''} | {about.words} |".replace("|  |", "| |") for kind, about in ABOUT.items()
    ]
    assert "\n".join(rows) in docs


def test_every_kind_of_fault_begins_and_ends_without_a_trace(rig):
    lay_parts(rig, [False] * 3)
    rig.run(2)
    line = rig.line
    healthy = (line.faults, line.encoder.faults, line.eye.stuck, line.eye.bounce_ms, line.gate_eye.stuck, rig.late_ms)
    before = deepcopy(healthy)
    desk = FaultDesk(line, rig)
    for kind, about in ABOUT.items():
        desk.order(Fault(kind=kind, value=about.example, seconds=1 if about.lasts else None))
    desk.poll(rig.clock.now_ns())
    rig.run(20)
    assert desk.poll(rig.clock.now_ns())
    assert (
        line.faults,
        line.encoder.faults,
        line.eye.stuck,
        line.eye.bounce_ms,
        line.gate_eye.stuck,
        rig.late_ms,
    ) == before
    assert (rig.stalled, rig.frozen, rig.disordered, line.chute.jammed, line.chute.dead) == (False,) * 5
    assert line.speed() == 200.0
