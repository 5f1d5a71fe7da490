"""A desk fetches pictures from a box: a real store behind the real routes, on a real port."""

import json
from typing import Literal

import numpy as np
import pytest

from edge.cli import main
from edge.clock import RealClock, VirtualClock
from edge.config import StoreConfig
from edge.errors import RinglightError
from edge.parts import Account, Decision, Label, Part, PartMap, Record, State, Trigger, Verdict
from edge.picture import load_image
from edge.recording.pictures import PROVENANCE, PictureSet
from edge.remote.address import Address
from edge.remote.box import RemoteBox
from edge.remote.pull import Pull, Wanted
from edge.status.app import create_app
from edge.status.board import Board
from edge.status.desk import desk_routes
from edge.status.guard import Guard
from edge.status.server import StatusServer
from edge.store import Store
from edge.token import make_token, read_token


class Box:
    """A store with parts, and its page."""

    def __init__(self, folder, picture: Literal["jpeg", "png"] = "png"):
        self.clock, self.folder = VirtualClock(), folder
        config = StoreConfig(folder=folder / "data", min_free_mb=0, keep_good_every=1, picture=picture)
        self.store = Store(config, self.clock, "boot")
        self.token_file = folder / "token"
        make_token(self.token_file)
        board = Board(self.clock)
        routes = desk_routes(Guard(self.token_file), self.store, self.clock, operator_may_relabel=False)
        self.server = StatusServer(create_app(board, self.store, self.clock, [routes]), "127.0.0.1", 0)
        self._parts = 0

    def see(self, *states):
        for state in states:
            self._parts += 1
            decision = Decision.PASS if state is State.PASSED else Decision.REJECT
            verdict = Verdict(decision, 3.5, 2.0)
            account = Account(Part(self._parts, Trigger(0, 0.0)), state, 0, verdict=verdict)
            part_map = PartMap(np.zeros((4, 4), np.float32), 3.5)
            self.store.put(Record(account, "model-1", self.image(self._parts), part_map))
        self.store.flush()

    @staticmethod
    def image(part_id):
        return np.random.default_rng(part_id).integers(0, 256, (16, 24, 3), np.uint8)

    def pull(self, root, **wanted):
        address = Address("127.0.0.1", self.server.port)
        remote = RemoteBox(address, read_token(self.token_file), RealClock(), patience_s=0)
        with PictureSet(root).opened() as pictures:
            return dict(Pull(remote, pictures, Wanted(**wanted)).run())

    def close(self):
        self.server.stop()
        self.store.close()


@pytest.fixture
def box(tmp_path):
    box = Box(tmp_path)
    yield box
    box.close()


@pytest.fixture
def root(tmp_path):
    return tmp_path / "parts"


def lines(root):
    return [json.loads(line) for line in (root / PROVENANCE).read_text().splitlines()]


def files(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.*") if path.name != PROVENANCE)


def test_rejects_come_as_they_were_seen_with_their_provenance(box, root):
    box.see(State.REJECTED, State.PASSED)
    assert box.pull(root, rejects=True) == {"test/rejected": 1}
    assert files(root) == ["test/rejected/boot-00000001.png"]
    np.testing.assert_array_equal(load_image(root / files(root)[0]), box.image(1))
    [line] = lines(root)
    assert (line["how"], line["state"], line["score"], line["lossless"]) == ("rejected", "rejected", 3.5, True)
    assert (line["model_id"], line["part_id"], line["wall"][:10]) == ("model-1", 1, "2023-11-14")


def test_a_lossy_original_is_told_as_such(tmp_path, root):
    box = Box(tmp_path, picture="jpeg")
    try:
        box.see(State.REJECTED)
        box.pull(root, rejects=True)
    finally:
        box.close()
    assert files(root) == ["test/rejected/boot-00000001.jpg"]
    assert lines(root)[0]["lossless"] is False


def test_what_operators_said_decides_the_folder(box, root):
    box.see(*[State.REJECTED] * 12)
    for seq in range(1, 11):
        box.store.relabel(seq, Label(True, "", "Ada", 0))
    box.store.relabel(11, Label(False, "scratch", "Ada", 0))
    found = box.pull(root, relabelled=True)
    assert found["test/scratch"] == 1
    assert found["train/good"] + found["test/good"] == 10
    assert found["train/good"] > found["test/good"] > 0


def test_a_part_that_is_relabelled_later_moves(box, root):
    """The same picture lay in test/rejected and in train/good, and the model was tested on what it had learned."""
    box.see(State.REJECTED, State.REJECTED)
    box.pull(root, rejects=True)
    box.store.relabel(1, Label(False, "dent", "Ada", 0))
    assert box.pull(root, rejects=True, relabelled=True) == {"test/dent": 1}
    assert files(root) == ["test/dent/boot-00000001.png", "test/rejected/boot-00000002.png"]
    box.store.relabel(1, Label(False, "scratch", "Ada", 0))
    assert box.pull(root, relabelled=True) == {"test/scratch": 1}
    assert box.pull(root, rejects=True, relabelled=True) == {}


def test_good_parts_are_drawn_by_the_seed_alone(box, root, tmp_path):
    box.see(*[State.PASSED] * 30)
    box.pull(root, good=10)
    box.pull(tmp_path / "again", good=4)
    assert box.pull(tmp_path / "again", good=10)
    assert files(root) == files(tmp_path / "again")
    box.pull(tmp_path / "other", good=10, seed=1)
    assert files(root) != files(tmp_path / "other")
    assert len(files(root)) == 10


def test_a_second_call_fetches_only_what_is_new(box, root):
    box.see(State.REJECTED)
    box.pull(root, rejects=True)
    before = (root / files(root)[0]).stat().st_mtime_ns
    box.see(State.REJECTED)
    assert box.pull(root, rejects=True) == {"test/rejected": 1}
    assert (root / files(root)[0]).stat().st_mtime_ns == before


def test_more_parts_than_a_page_holds_are_fetched(box, root, monkeypatch):
    monkeypatch.setattr("edge.remote.pull._PAGE", 2)
    box.see(*[State.REJECTED] * 5)
    assert box.pull(root, rejects=True) == {"test/rejected": 5}


def test_a_picture_that_gave_way_is_counted_and_passed_over(box, root):
    box.see(State.REJECTED, State.REJECTED)
    row = box.store.row(1)
    row.image.unlink()
    assert box.pull(root, rejects=True) == {"gone": 1, "test/rejected": 1}


@pytest.mark.parametrize(
    "row",
    [
        {"seq": 1, "boot_id": "../../up", "label": None},
        {"seq": 1, "boot_id": "b", "label": {"good": False, "kind": "../up", "who": "x", "wall_ms": 0}},
        {"seq": "1", "boot_id": "b", "label": None},
        {},
        None,
    ],
)
def test_what_a_box_says_names_no_file_elsewhere(told, box, root, row):
    """`told` answers as no honest box does."""
    told.answers = [(200, {"rows": [row], "next": None})]
    remote = RemoteBox(Address("127.0.0.1", told.port), "t" * 43, RealClock(), patience_s=0)
    with PictureSet(root).opened() as pictures, pytest.raises(RinglightError, match="cannot be read"):
        Pull(remote, pictures, Wanted(rejects=True)).run()
    assert files(root) == []


def test_the_command_tells_of_pictures_that_lost_something(tmp_path, root, capsys):
    box = Box(tmp_path, picture="jpeg")
    try:
        box.see(State.REJECTED)
        words = ["pull", "--from", f"127.0.0.1:{box.server.port}", "--out", str(root)]
        assert main([*words, "--token-file", str(box.token_file), "--rejects"]) == 0
    finally:
        box.close()
    assert "1 of 1 pictures are JPEG" in capsys.readouterr().out


def test_the_command_says_what_came(box, root, capsys):
    box.see(State.REJECTED)
    words = ["pull", "--from", f"127.0.0.1:{box.server.port}", "--out", str(root), "--token-file", str(box.token_file)]
    assert main([*words, "--rejects"]) == 0
    assert f"1 {root}/test/rejected" in capsys.readouterr().out
    assert main([*words, "--rejects"]) == 0
    assert "nothing new" in capsys.readouterr().out
    assert main(words) == 2
    assert "say what to fetch" in capsys.readouterr().err
