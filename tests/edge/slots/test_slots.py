import pytest
from flashing import Bay

from edge.disk import RealDisk
from edge.errors import SlotError
from edge.slots import Status


@pytest.fixture
def bay(tmp_path):
    return Bay(tmp_path)


def test_a_flashed_model_waits_and_the_old_one_stays_active(bay):
    assert bay.flash() == "b"
    assert bay.slots.active() == "a"
    assert bay.slots.state().pending == "b"
    assert bay.statuses() == (Status.GOOD, Status.PROVEN)


def test_a_lost_link_does_not_cost_the_good_model(bay):
    """Without the link a flash wrote into slot A, whichever model lay there."""
    (bay.slots.folder / "active").unlink()
    assert bay.flash() == "b"
    assert bay.statuses() == (Status.GOOD, Status.PROVEN)


def test_models_flashed_before_the_first_start_do_not_cost_the_one_that_waits(tmp_path):
    """A second one that failed its self-test left a new box with none, although the other slot was empty."""
    bay = Bay(tmp_path, virgin=True)
    assert [bay.flash() for _ in range(3)] == ["a", "b", "a"]
    bay.disk.full = True
    with pytest.raises(SlotError, match="refuses"):
        bay.flash()
    bay.disk.full = False
    assert bay.slots.start().name == "a"


def test_the_next_start_takes_the_flashed_model_on_trial(bay):
    bay.flash()
    start = bay.slots.start()
    assert (start.name, start.on_trial, bay.model_of(start)) == ("b", True, "new")
    assert bay.slots.state().b.starts == 1


def test_a_running_box_takes_over_what_it_has_looked_at(bay):
    bay.flash()
    bay.take_over()
    assert bay.slots.active() == "b"
    assert bay.statuses() == (Status.GOOD, Status.TRIAL)


def test_a_box_does_not_take_over_a_slot_that_was_flashed_again_meanwhile(bay):
    bay.flash()
    with pytest.raises(SlotError, match="changed meanwhile"):
        bay.slots.activate("b", "0" * 64)
    assert bay.slots.active() == "a"


def test_a_model_that_became_good_stays_however_often_the_box_starts(bay):
    bay.flash()
    bay.slots.start()
    bay.slots.mark_good()
    assert {bay.slots.start().name for _ in range(5)} == {"b"}


def test_a_model_that_never_became_good_is_not_started_a_third_time(bay):
    """A model that crashes the box would keep the line standing still for ever."""
    bay.flash()
    assert [bay.slots.start().name for _ in range(4)] == ["b", "b", "a", "a"]
    assert bay.slots.state().b.why == "started 2 times without becoming good"


def test_the_only_model_is_tried_on(tmp_path):
    bay = Bay(tmp_path, virgin=True)
    bay.flash(bay.old)
    assert [bay.slots.start().name for _ in range(4)] == ["a"] * 4


def test_a_second_model_flashed_during_the_first_ones_trial_can_return_to_it(tmp_path):
    bay = Bay(tmp_path, virgin=True)
    bay.flash(bay.old)
    bay.slots.start()
    bay.flash()
    assert [bay.slots.start().name for _ in range(3)] == ["b", "b", "a"]


def test_a_flash_does_not_overwrite_the_model_to_return_to(bay):
    bay.flash()
    bay.slots.start()
    with pytest.raises(SlotError, match="still on trial"):
        bay.flash()
    assert bay.statuses() == (Status.GOOD, Status.TRIAL)


def test_a_flash_does_not_overwrite_the_good_model_when_the_state_was_lost_during_a_trial(bay):
    bay.flash()
    bay.slots.start()
    (bay.slots.folder / "state.json").unlink()
    with pytest.raises(SlotError, match="the model to return to"):
        bay.flash()
    assert bay.start() == "old"


def test_what_only_waits_may_be_flashed_over_during_a_trial(tmp_path):
    bay = Bay(tmp_path, virgin=True)
    bay.flash(bay.old)
    bay.slots.start()
    bay.flash()
    bay.flash()
    bay.slots.start()
    with pytest.raises(SlotError, match="still on trial"):
        bay.flash()


def test_rolling_back_a_trial_gives_it_up(bay):
    bay.flash()
    bay.slots.start()
    assert bay.slots.rollback() == "a"
    assert bay.slots.start().name == "a"
    assert bay.slots.state().b.why == "rolled back by hand"
    assert bay.statuses() == (Status.GOOD, Status.BAD)


def test_rolling_back_twice_between_good_models_leads_there_and_back(bay):
    bay.flash()
    bay.slots.start()
    bay.slots.mark_good()
    assert bay.slots.rollback() == "a"
    assert bay.slots.start().name == "a"
    assert bay.slots.rollback() == "b"
    assert bay.slots.start().name == "b"


def test_asking_twice_for_the_same_rollback_gives_up_no_good_model(bay):
    bay.flash()
    bay.slots.start()
    bay.slots.mark_good()
    assert [bay.slots.rollback(), bay.slots.rollback()] == ["a", "a"]
    assert bay.statuses() == (Status.GOOD, Status.GOOD)


def test_rolling_back_what_only_waits_cancels_it(bay):
    bay.flash()
    assert bay.slots.rollback() == "a"
    assert bay.slots.state().pending is None
    assert bay.slots.start().name == "a"


def test_there_is_nothing_to_roll_back_to_on_the_first_model(bay):
    with pytest.raises(SlotError, match="no model that was good"):
        bay.slots.rollback()


def test_a_second_flash_at_the_same_time_is_refused(bay):
    with RealDisk().lock(bay.slots.folder / "b"), pytest.raises(SlotError, match="another flash"):
        bay.flash()
    assert bay.statuses() == (Status.GOOD, Status.EMPTY)


def test_a_disk_that_gives_back_something_else_is_found_out(bay, monkeypatch):
    read = bay.disk.read
    monkeypatch.setattr(bay.disk, "read", lambda path: read(path)[: -1 if path.name == "model.ringlight" else None])
    with pytest.raises(SlotError, match="gives back something else"):
        bay.flash(accept=lambda path: "m", prove=lambda path: None)


def test_the_copy_is_looked_at_too(bay):
    """The file on a USB stick is another one the second time that it is read."""
    asked = []
    bay.flash(accept=lambda path: asked.append(path) or "m")
    assert asked == [bay.new, bay.slots.bundle("b")]


def test_a_box_without_any_model_says_how_to_get_one(tmp_path):
    with pytest.raises(SlotError, match="ringlight flash FILE"):
        Bay(tmp_path, virgin=True).slots.start()


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_bytes(b"{")])
def test_a_lost_state_is_repaired_and_the_good_slot_wins(bay, damage):
    bay.flash()
    bay.slots.start()
    damage(bay.slots.folder / "state.json")
    assert bay.slots.start().name == "a"
    assert bay.slots.start().name == "a"


def test_a_lost_state_before_any_model_was_good_leaves_the_active_one(tmp_path):
    bay = Bay(tmp_path, virgin=True)
    bay.flash(bay.old)
    bay.slots.start()
    (bay.slots.folder / "state.json").unlink()
    assert bay.slots.start().name == "a"


def test_slots_that_belong_to_somebody_else_are_told_with_the_mend(bay, monkeypatch):
    """The box ended in a traceback."""

    def refuse(folder, wait=True):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(bay.disk, "lock", refuse)
    with pytest.raises(SlotError, match=r"Permission denied.*user that the box runs as"):
        bay.slots.start()
