"""Models change on a web: between two rolls, and no millimetre goes uninspected because of it."""

import pytest
from flashing import model_id
from small_bundle import write_small_bundle
from web_on_the_line import a_rig, assert_account_is_whole, end_roll, start_roll

from edge.bundle import Bundle
from edge.clock import NS_PER_S
from edge.errors import SlotError
from edge.slots import Slots, Status
from edge.slots.install import install
from edge.slots.keeper import Keeper
from edge.slots.loading import Loaded
from edge.virtual.disk import VirtualDisk
from edge.web.assemble import WebScoring, web_scoring
from edge.web.change import Succession

GOOD = 80 / 255  # the membrane's grey


class ChangingWeb:
    """A web that begins with the model `old`, which is good; its keeper is asked twice a second.

    `breaks` names models that score nothing, `refused` those that the line cannot take; `looks` notes who looked.
    """

    def __init__(self, folder, **slots):
        (folder / "box").mkdir()
        self._folder = folder
        self.breaks: set[str] = set()
        self.refused: set[str] = set()
        self.looks: list[str] = []
        self.slots = Slots(folder / "box" / "slots", VirtualDisk(folder / "box"))
        self.rig = a_rig(
            slots={"folder": self.slots.folder, "good_after": 200, "window": 50, "batch_ms": 60_000, **slots},
            trust={"allow_unsigned": True, "folder": folder / "trust", "serial_file": folder / "serial.json"},
        )
        self.flash("old")
        self.slots.start()
        self.slots.mark_good()
        self.succession = Succession(self.rig.change, self._scoring, lambda: self._scoring(self._loaded))
        self.keeper = Keeper(self.slots, self.rig.config, self.rig.clock, self._swap, offer=self.succession.offer)
        self._loaded = self.keeper.open()
        self.rig.change.scoring = self._scoring(self._loaded)
        self.rig.judged = self.keeper.scored
        self.rig.clock.at(NS_PER_S // 2, self._poll)

    def flash(self, name, good=GOOD):
        file = write_small_bundle(self._folder / f"{name}.ringlight", good=good, spread=0.02, model_id=name)
        install(self.slots, file, accept=model_id, prove=Bundle.read)

    def models(self):
        """The models that looked, one after the other."""
        return [name for at, name in enumerate(self.looks) if at == 0 or self.looks[at - 1] != name]

    def _poll(self):
        self.keeper.poll()
        self.rig.clock.at(self.rig.clock.now_ns() + NS_PER_S // 2, self._poll)

    def _swap(self, loaded: Loaded):
        self.succession.swap(loaded)
        self._loaded = loaded

    def _scoring(self, loaded: Loaded) -> WebScoring:
        model = loaded.model
        if model.id in self.refused:
            raise SlotError("tiles of another size")
        scoring = web_scoring(self.rig.config, model, model.threshold(self.rig.config.verdict).value)

        def look(image):
            self.looks.append(model.id)
            if model.id in self.breaks:
                raise RuntimeError("the graph broke")
            return scoring.look(image)

        return WebScoring(look, scoring.threshold, model.id)


@pytest.fixture
def web(tmp_path):
    return ChangingWeb(tmp_path)


def next_roll(web):
    web.rig.line.start_roll("", web.rig.clock.now_ns())


def test_a_model_that_is_flashed_during_a_roll_waits_for_its_end_and_says_so(web):
    start_roll(web.rig)
    web.rig.run(1.0)
    web.flash("new")
    web.rig.run(3.0)
    assert web.models() == ["old"]
    assert "slot B waits for the end of the roll" in web.keeper.check().text
    assert web.slots.state().pending == "b", "the slots say the same"
    next_roll(web)
    web.rig.run(2.0)
    assert web.models() == ["old", "new"]
    assert "waits" not in web.keeper.check().text
    assert web.slots.active() == "b"
    end_roll(web.rig)
    assert_account_is_whole(web.rig)
    assert web.rig.stretches == []


def test_the_end_of_a_roll_that_still_waits_to_be_scored_is_scored_by_the_rolls_own_model(tmp_path):
    """The next roll had begun, and the old one's last strips were judged by the new model."""
    web = ChangingWeb(tmp_path)
    web.rig._takes = lambda: 50.0
    start_roll(web.rig)
    web.rig.run(1.5)
    web.flash("new")
    web.rig.run(1.0)
    for _ in range(2):
        next_roll(web)
        web.rig.run(1.5)
    end_roll(web.rig)
    assert web.models() == ["old", "new"]
    assert [roll.models for roll in web.rig.rolls] == [["old"], ["new"], ["new"]]


def test_with_no_roll_under_way_a_model_is_taken_over_at_once(web):
    web.rig.run(0.6)
    web.flash("new")
    web.rig.run(1.6)
    assert web.slots.active() == "b"
    start_roll(web.rig)
    web.rig.run(1.0)
    assert web.models() == ["new"]


def test_a_model_becomes_good_after_enough_tiles(web):
    web.flash("new")
    web.rig.run(2.0)
    assert web.slots.state().b.status is Status.TRIAL
    start_roll(web.rig)
    web.rig.run(5.0)
    assert web.slots.state().b.status is Status.GOOD


def test_a_model_that_scores_nothing_is_sent_back_between_two_strips_and_not_at_the_rolls_end(web):
    web.flash("new")
    web.breaks.add("new")
    web.rig.run(2.0)
    start_roll(web.rig)
    web.rig.run(4.0)
    assert web.models() == ["new", "old"]
    assert "a strip could not be scored" in web.slots.state().b.why
    end_roll(web.rig)
    assert_account_is_whole(web.rig)
    lost = web.rig.rolls[0].lengths()
    assert 0 < lost.uninspected < lost.inspected


def test_a_model_that_calls_all_of_the_web_bad_is_sent_back(web):
    web.flash("new", good=0.1)
    web.rig.run(2.0)
    start_roll(web.rig)
    web.rig.run(4.0)
    assert web.models() == ["new", "old"]
    assert web.slots.active() == "a"
    end_roll(web.rig)
    assert web.rig.rolls[0].models == ["new", "old"]


def test_a_model_that_the_line_cannot_take_is_given_up_and_the_old_one_goes_on(web):
    """It was tried anew twice a second, and stood there as waiting for ever."""
    start_roll(web.rig)
    web.rig.run(1.0)
    web.refused.add("new")
    web.flash("new")
    web.rig.run(2.0)
    assert web.slots.state().b.status is Status.BAD
    assert "tiles of another size" in web.keeper.check().text
    next_roll(web)
    web.rig.run(2.0)
    assert web.models() == ["old"]


def test_a_model_that_waits_is_replaced_by_one_that_is_flashed_after_it(web):
    start_roll(web.rig)
    web.rig.run(1.0)
    web.flash("new")
    web.rig.run(1.0)
    web.flash("newer")
    web.rig.run(1.0)
    next_roll(web)
    web.rig.run(2.0)
    assert web.models() == ["old", "newer"]


def test_a_model_that_a_person_takes_back_while_it_waits_never_inspects(web):
    start_roll(web.rig)
    web.rig.run(1.0)
    web.flash("new")
    web.rig.run(1.0)
    web.slots.condemn("b", "taken back by hand")
    web.rig.run(1.0)
    next_roll(web)
    web.rig.run(2.0)
    assert web.models() == ["old"]
    assert "waits" not in web.keeper.check().text


def test_taken_back_in_the_moment_of_the_change_the_old_model_goes_on(web):
    """The line had changed over, the slots had not: the box inspected with a model that nobody had let in."""
    start_roll(web.rig)
    web.rig.run(1.0)
    web.flash("new")
    web.keeper.poll()
    next_roll(web)
    web.rig.run(0.2)
    assert web.rig.change.scoring.model_id == "new"
    web.slots.condemn("b", "taken back by hand")
    web.keeper.poll()
    web.rig.run(1.0)
    assert web.rig.change.scoring.model_id == "old"
