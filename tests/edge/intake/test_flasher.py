"""The flasher: one bundle at a time, told truly, and never a wrong one whatever is cut off."""

import pytest
from afar import PART, box_config, make_flasher
from flashing import Bay, small_bundle

from edge.bundle import sha256
from edge.clock import NS_PER_S, VirtualClock
from edge.errors import SlotError
from edge.intake.fetch import Source
from edge.intake.flasher import Busy, Stage
from edge.intake.uploads import UploadRefused
from edge.slots import Status
from edge.virtual.disk import Afterwards, PowerCut

NEW = small_bundle(0.30)
NAME = sha256(NEW)
OTHER = small_bundle(0.31)


def at_once(work):
    work()


def flasher_of(bay, **settings):
    config = box_config(bay.slots.folder.parent)
    return make_flasher(config, bay.slots, VirtualClock(), spawn=at_once, **settings)


def send(flasher, data=NEW):
    """What a desk does: asks how much is there, and sends the rest."""
    name, size = sha256(data), len(data)
    have = flasher.report(name).upload.have
    while have < size:
        have = flasher.put(name, size, have, data[have : have + PART]).have
    return name


def send_and_flash(flasher, data=NEW):
    name = send(flasher, data)
    flasher.begin(name, "desk")
    return flasher.report(name)


@pytest.fixture
def bay(tmp_path):
    return Bay(tmp_path)


def test_a_bundle_is_followed_from_the_first_byte_to_good(bay):
    parts: list[int | None] = [None]
    flasher = flasher_of(bay, inspected=lambda: parts[0])
    assert flasher.report(NAME).stage is Stage.ABSENT
    flasher.put(NAME, len(NEW), 0, NEW[:PART])
    assert flasher.report(NAME).stage is Stage.COMING
    send(flasher)
    assert flasher.report(NAME).stage is Stage.RECEIVED
    flasher.begin(NAME, "desk")
    report = flasher.report(NAME)
    assert (report.stage, report.slot, report.model_id, report.upload.have) == (Stage.WAITING, "B", "brightness-1", 0)
    assert "slot B is proven" in report.steps
    bay.take_over()
    parts[0] = 7
    assert (flasher.report(NAME).stage, flasher.report(NAME).inspected) == (Stage.TRIAL, 7)
    bay.slots.mark_good()
    assert flasher.report(NAME).stage is Stage.GOOD
    assert flasher.latest() == (NAME, flasher.report(NAME))


def test_after_a_restart_the_same_is_told(bay):
    send_and_flash(flasher_of(bay))
    assert flasher_of(bay).report(NAME).stage is Stage.WAITING
    bay.take_over()
    bay.slots.condemn("b", "drift")
    report = flasher_of(bay).report(NAME)
    assert (report.stage, report.why) == (Stage.RETURNED, "drift")


def test_the_way_back_is_not_told_as_what_inspects(bay):
    """A desk that flashed the old model again was told `good` although the newer one inspected."""
    send_and_flash(flasher_of(bay))
    bay.take_over()
    bay.slots.mark_good()
    old = sha256(small_bundle(0.25))
    assert flasher_of(bay).report(old).stage is Stage.ABSENT
    assert send_and_flash(flasher_of(bay), small_bundle(0.25)).stage is Stage.WAITING


def test_what_fails_says_why_and_whose_fault_it_is(bay):
    flasher = flasher_of(bay)
    refused = send_and_flash(flasher, b"PK" + bytes(3000))
    assert (refused.stage, refused.of_bundle) == (Stage.REFUSED, True)
    assert refused.why
    send(flasher)
    bay.disk.full = True
    flasher.begin(NAME, "desk")
    bay.disk.full = False
    failed = flasher.report(NAME)
    assert (failed.stage, failed.of_bundle) == (Stage.REFUSED, False)
    flasher.begin(NAME, "desk")
    assert flasher.report(NAME).stage is Stage.WAITING


def test_what_was_refused_and_came_by_another_way_is_told_as_what_it_is(bay):
    """A desk was told `refused` for ever, although a stick had brought the same file and it inspected."""
    flasher = flasher_of(bay)
    send(flasher)
    bay.disk.full = True
    flasher.begin(NAME, "desk")
    bay.disk.full = False
    assert flasher.report(NAME).stage is Stage.REFUSED
    bay.flash()
    assert flasher.report(NAME).stage is Stage.WAITING


def test_a_mistake_of_ours_ends_the_flash_and_not_the_flasher(bay, caplog):
    flasher = flasher_of(bay)
    install, flasher._install = flasher._install, lambda source, **rest: 1 / 0
    assert "ZeroDivisionError" in send_and_flash(flasher).why
    flasher._install = install
    flasher.begin(NAME, "desk")
    assert flasher.report(NAME).stage is Stage.WAITING


def test_what_is_not_whole_is_not_begun(bay):
    flasher = flasher_of(bay)
    flasher.put(NAME, len(NEW), 0, NEW[:PART])
    with pytest.raises(UploadRefused, match="Send the rest"):
        flasher.begin(NAME, "desk")
    assert flasher.first() is None


def test_a_file_that_changed_on_the_disk_is_not_installed(bay):
    flasher = flasher_of(bay)
    send(flasher)
    flasher.uploads.whole(NAME).write_bytes(OTHER.ljust(len(NEW), b"\0")[: len(NEW)])
    flasher.begin(NAME, "desk")
    assert "not the file that was announced" in flasher.report(NAME).why
    assert bay.slots.state().pending is None


def test_the_second_flash_is_told_who_is_first(bay):
    works = []
    flasher = make_flasher(box_config(bay.slots.folder.parent), bay.slots, VirtualClock(), spawn=works.append)
    send(flasher)
    other = send(flasher, OTHER)
    flasher.begin(NAME, "10.0.0.5")
    flasher.begin(NAME, "10.0.0.5")
    assert len(works) == 1
    assert flasher.report(NAME).stage is Stage.INSTALLING
    with pytest.raises(Busy, match=r"10\.0\.0\.5") as error:
        flasher.begin(other, "10.0.0.6")
    assert error.value.first.digest == NAME
    works[0]()
    flasher.begin(other, "10.0.0.6")
    assert len(works) == 2


def test_what_another_program_flashes_is_first_too(bay):
    flasher = flasher_of(bay)
    send(flasher)
    with bay.disk.lock(bay.slots.folder / "b"):
        flasher.uploads._disk._held.clear()  # type: ignore[attr-defined]  # another process would not share it
        with pytest.raises(Busy, match="another program"):
            flasher.begin(NAME, "desk")


def test_the_way_back_of_a_trial_is_not_overwritten(bay):
    flasher = flasher_of(bay)
    send_and_flash(flasher)
    bay.take_over()
    send(flasher, OTHER)
    with pytest.raises(SlotError, match="on trial"):
        flasher.begin(sha256(OTHER), "desk")


def test_what_waits_already_is_not_installed_again(bay):
    flasher, installs = flasher_of(bay), []
    send_and_flash(flasher)
    flasher._install = lambda source, **rest: installs.append(source)
    assert send_and_flash(flasher).stage is Stage.WAITING
    assert installs == []


def test_what_is_being_installed_gives_way_to_nobody(bay):
    """An upload that came meanwhile, and the hourly sweep, removed the file from under the flash."""
    works, clock = [], VirtualClock()
    config = box_config(bay.slots.folder.parent)
    flasher = make_flasher(config, bay.slots, clock, spawn=works.append, altogether=len(NEW) + len(OTHER) - 1)
    send(flasher)
    flasher.begin(NAME, "desk")
    with pytest.raises(UploadRefused, match="being installed"):
        send(flasher, OTHER)
    clock.advance(48 * 3600 * NS_PER_S)
    flasher.tidy()
    works[0]()
    assert flasher.report(NAME).stage is Stage.WAITING


def test_a_box_that_stops_fetches_no_more(bay):
    works = []
    flasher = make_flasher(box_config(bay.slots.folder.parent), bay.slots, VirtualClock(), spawn=works.append)
    flasher.fetch(NAME, Source.parse("http://127.0.0.1:9/m"), "an MQTT command")
    assert flasher.report(NAME).stage is Stage.FETCHING
    flasher.stop()
    works[0]()
    assert "the box was stopped" in flasher.report(NAME).why


def test_uploads_are_tidied_once_an_hour(bay):
    clock = VirtualClock()
    flasher = make_flasher(box_config(bay.slots.folder.parent), bay.slots, clock, spawn=at_once)
    flasher.tidy()
    flasher.put(NAME, len(NEW), 0, NEW[:PART])
    clock.advance(24 * 3600 * NS_PER_S)
    flasher.tidy()
    assert flasher.report(NAME).upload.have == PART
    clock.advance(3600 * NS_PER_S)
    flasher.tidy()
    assert flasher.report(NAME).stage is Stage.ABSENT


def operations(folder):
    bay = Bay(folder)
    send_and_flash(flasher_of(bay))
    return len(bay.disk.operations)


@pytest.mark.parametrize("afterwards", Afterwards)
def test_the_power_is_cut_before_every_operation_from_the_first_part_to_proven(tmp_path, afterwards):
    """The desk goes on, and what waits then is the bundle that it sent; at no time may another one."""
    total, stages = operations(tmp_path / "count"), set()
    for cut in range(total):
        bay = Bay(tmp_path / str(cut))
        bay.disk.cut_before = cut
        with pytest.raises(PowerCut):
            send_and_flash(flasher_of(bay))
        bay.disk.power_on(afterwards)
        flasher = flasher_of(bay)
        flasher.tidy()
        stage = flasher.report(NAME).stage
        stages.add(stage)
        state = bay.slots.state()
        assert (state.pending is not None) == (stage is Stage.WAITING)
        assert state.pending is None or state[state.pending].sha256 == NAME
        assert bay.slots.active() == "a"
        assert state.a.status is Status.GOOD
        if stage is not Stage.WAITING:
            stage = send_and_flash(flasher).stage
        assert stage is Stage.WAITING
        assert bay.slots.bundle("b").read_bytes() == NEW
    assert {Stage.ABSENT, Stage.COMING, Stage.RECEIVED, Stage.WAITING} <= stages
    assert total > 35
