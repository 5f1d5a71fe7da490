"""The desk against a real box on a real port, over a wire that breaks, on the virtual clock."""

import threading

import pytest
from afar import GOOD_AFTER, PART, AfarBox, Wire

from edge.bundle import sha256
from edge.clock import NS_PER_S, VirtualClock
from edge.errors import RinglightError
from edge.remote.box import BoxRefused
from edge.remote.flash import RemoteFlash
from edge.slots import Status


@pytest.fixture
def afar(tmp_path):
    afar = AfarBox(tmp_path / "box")
    yield afar
    afar.stop()


@pytest.fixture
def wire(afar):
    return Wire(afar)


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def desk(afar, wire, clock):
    """Flashes a file and returns the outcome; `desk.said` is what it said."""

    class Desk:
        def __init__(self):
            self.said = []

        def flash(self, file, **settings):
            box = wire.to_box(clock, self.said.append)
            return RemoteFlash(box, file.read_bytes(), say=self.said.append, **settings).run()

        def heard(self, *words):
            """Whether all of this was said, in this order."""
            at = iter(self.said)
            return all(any(word in line for line in at) for word in words)

    return Desk()


def slot_of(afar, file):
    state = afar.slots.state()
    return next((name for name in "ab" if state[name].sha256 == sha256(file.read_bytes())), None)  # type: ignore[index]


def test_each_step_is_told_in_the_boxs_own_words(afar, desk, clock):
    new = afar.bundle("new")
    clock.at(30 * NS_PER_S, lambda: afar.flasher.stop(60))  # the self-test takes real time, and may take long
    clock.at(60 * NS_PER_S, afar.take_over)
    clock.at(70 * NS_PER_S, lambda: setattr(afar, "inspected", 0))
    clock.at(80 * NS_PER_S, lambda: setattr(afar, "inspected", 27))
    clock.at(90 * NS_PER_S, afar.slots.mark_good)
    outcome = desk.flash(new)
    assert (outcome.code, outcome.answer["stage"], outcome.answer["model_id"]) == (0, "good", "new")
    assert desk.heard(
        f"received: {new.stat().st_size} bytes",
        "verified: nobody signed it",
        "writing new into slot B",
        "self-test",
        "slot B is proven",
        "slot B waits for a gap between two parts or rolls",
        f"new inspects, on trial for {GOOD_AFTER} parts",
        f"on trial: 24 of {GOOD_AFTER} parts",
        "slot B is good: new",
    )
    assert len(desk.said) == len(set(desk.said))
    assert slot_of(afar, new) == "b"


def test_a_model_that_fails_its_trial_ends_with_1_and_says_why(afar, desk, clock):
    clock.at(60 * NS_PER_S, afar.take_over)
    clock.at(70 * NS_PER_S, lambda: afar.slots.condemn("b", "3 parts came too late for it"))
    outcome = desk.flash(afar.bundle("new"))
    assert (outcome.code, outcome.answer["stage"]) == (1, "returned")
    assert desk.heard("returned: slot B was given up: 3 parts came too late for it")


def test_a_bundle_that_may_not_come_in_ends_with_2(afar, desk):
    new = afar.bundle("new")
    afar.configure("trust", allow_unsigned=False)
    outcome = desk.flash(new)
    assert (outcome.code, outcome.answer["stage"]) == (2, "refused")
    assert desk.heard("refused: ")
    assert "nobody signed it" in outcome.answer["why"]
    assert slot_of(afar, new) is None


def test_a_model_that_fails_its_self_test_ends_with_1(afar, desk):
    afar.configure("slots", batch_ms=1e-9)
    outcome = desk.flash(afar.bundle("new"))
    assert outcome.code == 1
    assert "slots.batch_ms" in outcome.answer["why"]


def test_who_does_not_want_to_wait_need_not(afar, desk):
    assert desk.flash(afar.bundle("new"), until="waiting").code == 0
    assert afar.slots.state().pending == "b"


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("number", range(8))
def test_a_wire_that_breaks_at_any_request_costs_nothing_but_time(afar, desk, wire, place, number):
    """A desk whose answer was lost sent the part again, and the box appended it twice."""

    def cut(at):
        if at == number:
            raise ConnectionResetError("the wire broke")

    new = afar.bundle("new")
    assert new.stat().st_size > 2 * PART
    setattr(wire, place, cut)
    assert desk.flash(new, until="waiting").code == 0
    assert slot_of(afar, new) == "b"
    parts = [request for request in wire.requests if request.startswith("PUT")]
    assert len(parts) <= -(-new.stat().st_size // PART) + 1
    assert (number >= len(wire.requests)) or desk.heard("trying again")


@pytest.mark.parametrize("number", range(7))
def test_a_box_that_restarts_before_any_request_is_waited_for(afar, desk, wire, number):
    def restart(at):
        if at == number:
            afar.restart()

    new = afar.bundle("new")
    wire.before = restart
    assert desk.flash(new, until="waiting").code == 0
    assert slot_of(afar, new) == "b"


def test_a_box_that_restarts_in_the_self_test_is_asked_again(afar, desk, wire):
    """The upload is there, the slot is half written, and nobody in the box knows of a flash any more."""
    new, hangs, over, polls = afar.bundle("new"), threading.Event(), threading.Event(), []

    def hang(source, **rest):
        for number in range(9):
            rest["say"](f"step {number}")
        state = afar.slots.state()
        afar.slots.change(state.put("b", state.b.become(status=Status.WRITING, sha256=sha256(new.read_bytes()))))
        hangs.set()
        over.wait(60)

    def restart(at):
        polls.extend([at] * hangs.is_set())
        if len(polls) == 3:  # by then the desk has heard all of it
            afar.server.stop()
            afar.start()

    hanging = afar.flasher
    hanging._install = hang
    wire.before = restart
    assert desk.flash(new, until="waiting").code == 0
    over.set()
    hanging.stop(60)
    assert desk.heard("step 8", "does not know of this flash any more", "reading", "slot B is proven")


def test_an_upload_that_is_gone_before_it_is_flashed_is_sent_again(afar, desk, wire):
    new, gone = afar.bundle("new"), []

    def sweep(at):
        if wire.requests[at].startswith("POST") and not gone:
            gone.append(at)
            afar.flasher.uploads.remove(sha256(new.read_bytes()))

    wire.before = sweep
    assert desk.flash(new, until="waiting").code == 0
    assert gone
    assert slot_of(afar, new) == "b"


def test_a_desk_that_starts_anew_goes_on(afar, desk, wire):
    new = afar.bundle("new")

    def gone(at):
        if at == 2:
            raise KeyboardInterrupt

    wire.before = gone
    with pytest.raises(KeyboardInterrupt):
        desk.flash(new)
    wire.before = lambda at: None
    assert desk.flash(new, until="waiting").code == 0
    assert desk.heard(f"the box has {PART} of {new.stat().st_size} bytes already", "slot B is proven")


def test_a_model_that_is_there_already_is_not_sent_again(afar, desk, wire):
    new = afar.bundle("new")
    desk.flash(new, until="waiting")
    wire.requests.clear()
    desk.said.clear()
    assert desk.flash(new, until="waiting").code == 0
    assert [request.split()[0] for request in wire.requests] == ["GET"]
    assert desk.said == ["the box has this model already", "slot B waits for a gap between two parts or rolls"]


def test_a_model_that_failed_before_is_tried_again(afar, desk, clock):
    new = afar.bundle("new")
    desk.flash(new, until="waiting")
    afar.slots.condemn("b", "drift")
    assert desk.flash(new, until="waiting").code == 0
    assert afar.slots.state().pending == "b"


def test_who_comes_second_is_told_who_is_first(afar, desk):
    with afar.slots.disk.lock(afar.slots.folder / "b"), pytest.raises(BoxRefused, match="another program on the box"):
        desk.flash(afar.bundle("new"))


def test_a_trial_is_not_overwritten_and_nothing_is_sent_in_vain(afar, desk, wire):
    desk.flash(afar.bundle("new"), until="waiting")
    afar.take_over()
    wire.requests.clear()
    with pytest.raises(RinglightError, match="still on trial"):
        desk.flash(afar.bundle("newer", good=0.31))
    assert [request.split()[0] for request in wire.requests] == ["GET"]


def test_a_model_that_another_one_replaced_is_not_taken_for_good(afar, desk, clock):
    """Two desks whose models replaced each other sent them again and again."""

    def replaced():
        afar.flasher.stop(60)
        state = afar.slots.state()
        afar.slots.change(state.put("b", state.b.become(sha256="0" * 64)).model_copy(update={"pending": None}))

    clock.at(60 * NS_PER_S, replaced)
    with pytest.raises(RinglightError, match="given to another model"):
        desk.flash(afar.bundle("new"))
