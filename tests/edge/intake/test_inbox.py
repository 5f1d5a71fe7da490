"""The inbox: what was copied whole is taken once, what is refused says why, and nothing is tried for ever."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from afar import box_config
from flashing import Bay, small_bundle

from edge.bundle import sha256
from edge.clock import NS_PER_S, RealClock, VirtualClock
from edge.errors import RinglightError, SlotError, UsageError
from edge.intake.inbox import Inbox
from edge.slots import Status
from edge.slots.flash import flash, holds
from edge.virtual.disk import Afterwards, PowerCut

NEW = small_bundle(0.30)


class Post:
    """A box with slots and an inbox; `put` copies a file into it, `run` is one run of the service."""

    def __init__(self, folder):
        self.bay = Bay(folder)
        self.config = box_config(self.bay.slots.folder.parent)
        self.folder = self.config.flash.inbox
        self.folder.mkdir()
        self.clock = VirtualClock()
        self.said, self.takes = [], []
        self.take: Callable[[Path], object] = self._take

    def put(self, name="new.ringlight", data=NEW):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def run(self):
        return Inbox(self.folder, self.bay.disk, self.clock, self.take, self.said.append).run()

    def _take(self, path):
        self.takes.append(path.name)
        if holds(self.bay.slots, sha256(path.read_bytes())) is None:
            flash(self.config, self.bay.slots, path, clock=RealClock(), wait=True)

    def lying(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if not path.is_dir())

    def waits(self):
        state = self.bay.slots.state()
        return state.pending is not None and state[state.pending].sha256 == sha256(NEW)


@pytest.fixture
def post(tmp_path):
    return Post(tmp_path)


def test_a_bundle_is_taken_and_its_file_is_gone(post):
    post.put()
    assert post.run()
    assert post.waits()
    assert post.lying() == []
    assert post.said == ["new.ringlight: taking it in", "new.ringlight: taken"]


def test_an_empty_inbox_is_left_at_once(post):
    assert post.run()
    assert post.clock.now_ns() == 0


def test_other_files_are_nobodys_business(post):
    post.put("readme.txt", b"hello")
    post.put("new.ringlight.part")
    assert post.run()
    assert post.lying() == ["new.ringlight.part", "readme.txt"]


def test_a_copy_that_grows_is_waited_for(post):
    """A bundle that was taken while it was copied was refused as damaged, with the copy still going on."""
    path = post.put(data=NEW[:1000])
    for second in range(1, 40):
        post.clock.at(second * NS_PER_S, lambda second=second: path.write_bytes(NEW[: 1000 + second]))
    post.clock.at(90 * NS_PER_S, lambda: path.write_bytes(NEW))
    assert post.run()
    assert post.waits()
    assert post.clock.now_ns() >= 92 * NS_PER_S


def test_a_copy_that_stopped_is_refused_after_a_minute(post):
    post.put(data=NEW[:1000])
    assert not post.run()
    assert 60 * NS_PER_S <= post.clock.now_ns() <= 65 * NS_PER_S
    assert post.lying() == ["refused/new.ringlight", "refused/new.ringlight.txt"]
    assert "copy it again" in (post.folder / "refused" / "new.ringlight.txt").read_text()


def test_one_that_is_not_complete_keeps_no_other_waiting(post):
    post.put("a.ringlight", NEW[:1000])
    post.put("b.ringlight")
    assert not post.run()
    assert post.takes == ["b.ringlight.taking", "a.ringlight.taking"]
    assert post.waits()


def test_what_the_gate_refuses_is_put_aside_with_its_reason(post):
    trust = post.config.trust.model_copy(update={"allow_unsigned": False})
    post.config = post.config.model_copy(update={"trust": trust})
    post.put()
    assert not post.run()
    reason = (post.folder / "refused" / "new.ringlight.txt").read_text()
    assert reason.startswith("new.ringlight was refused: new.ringlight: signature: nobody signed it")
    assert not post.run() or post.takes == ["new.ringlight.taking"]


def test_a_trial_is_not_overwritten_and_the_file_says_so(post):
    post.bay.flash()
    post.bay.take_over()
    post.put(data=small_bundle(0.31))
    assert not post.run()
    assert "on trial" in (post.folder / "refused" / "new.ringlight.txt").read_text()


def test_a_mistake_of_ours_is_not_tried_again(post):
    post.take = lambda path: 1 / 0
    post.put()
    assert not post.run()
    assert "ZeroDivisionError" in (post.folder / "refused" / "new.ringlight.txt").read_text()


def test_what_the_slots_hold_already_is_only_removed(post):
    post.bay.flash()
    before = post.bay.slots.state()
    post.put()
    assert post.run()
    assert post.bay.slots.state() == before
    assert post.lying() == []


def test_a_link_or_a_folder_is_no_bundle(post, tmp_path):
    """A link in a folder that others write to would have the box read what they may not; a pipe, wait for ever."""
    (tmp_path / "elsewhere").write_bytes(NEW)
    (post.folder / "link.ringlight").symlink_to(tmp_path / "elsewhere")
    (post.folder / "folder.ringlight").mkdir()
    os.mkfifo(post.folder / "pipe.ringlight")
    assert not post.run()
    assert post.clock.now_ns() == 0
    assert (tmp_path / "elsewhere").read_bytes() == NEW
    assert (post.folder / "refused" / "link.ringlight").is_symlink()
    assert "no ordinary file" in (post.folder / "refused" / "folder.ringlight.txt").read_text()
    assert not post.waits()


def test_a_name_writes_no_lines_of_its_own_into_the_log(post):
    post.put("a\nFAULT all is lost.ringlight", b"")
    post.run()
    assert all("\n" not in words for words in post.said)


def test_only_the_last_ten_refusals_are_kept(post):
    for number in range(12):
        post.put(f"{number}.ringlight", b"no bundle")
        post.clock.advance(NS_PER_S)
        post.run()
    assert len(post.lying()) == 20


@pytest.mark.parametrize("order", ["read_only", "full"])
def test_an_inbox_that_takes_no_changes_has_nothing_installed_from_it(post, order):
    """A file that could not be removed was installed again with every start of the service."""
    post.put()
    setattr(post.bay.disk, order, True)
    if order == "read_only":
        with pytest.raises(RinglightError, match="takes no changes"):
            post.run()
        assert post.takes == []
        assert post.lying() == ["new.ringlight"]
    else:
        with pytest.raises(RinglightError, match="takes no changes"):
            post.run()
        assert post.lying() == ["new.ringlight.taking"]
        setattr(post.bay.disk, order, False)
        assert post.run()
        assert post.waits()


def test_a_folder_that_is_not_there_is_named(post):
    post.folder.rmdir()
    with pytest.raises(UsageError, match=r"inbox: there is no such folder.*flash\.inbox"):
        post.run()


def test_what_is_cut_off_twice_is_not_tried_a_third_time(post):
    """A model whose self-test ended the process was taken in again with every start."""

    def dies(path):
        post.takes.append(path.name)
        raise PowerCut

    post.take = dies
    post.put()
    for _ in range(2):
        with pytest.raises(PowerCut):
            post.run()
    assert not post.run()
    assert post.takes == ["new.ringlight.taking", "new.ringlight.retaking"]
    assert "cut off twice" in (post.folder / "refused" / "new.ringlight.txt").read_text()


def operations(folder, data):
    post = Post(folder)
    post.put(data=data)
    post.run()
    return len(post.bay.disk.operations)


@pytest.mark.parametrize("afterwards", Afterwards)
@pytest.mark.parametrize("refuse", [False, True], ids=["taken", "refused"])
def test_the_power_is_cut_before_every_operation(tmp_path, afterwards, refuse):
    """At the next start the bundle is taken or refused, once, and lies in one place."""

    def no(path):
        raise SlotError("no")

    def make(folder):
        post = Post(folder)
        post.put()
        post.bay.disk._settle()
        if refuse:
            post.take = no
        return post

    count = make(tmp_path / "count")
    count.run()
    total = len(count.bay.disk.operations)
    assert total > (8 if refuse else 12)
    for cut in range(total):
        post = make(tmp_path / str(cut))
        post.bay.disk.cut_before = cut
        with pytest.raises(PowerCut):
            post.run()
        post.bay.disk.power_on(afterwards)
        post.run()
        assert post.bay.slots.state().a.status is Status.GOOD
        assert post.waits() is not refuse
        assert post.lying() == (["refused/new.ringlight", "refused/new.ringlight.txt"] if refuse else [])
