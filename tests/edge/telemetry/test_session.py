"""The MQTT session, stepped on the virtual clock against a scripted broker."""

import json

import pytest

from edge.backoff import Backoff
from edge.clock import NS_PER_S, VirtualClock
from edge.health import Level
from edge.telemetry.board import Board
from edge.telemetry.commands import CommandDesk
from edge.telemetry.link import Accepted, Lost, Message, Receipt, Refused, Trouble
from edge.telemetry.outbox import Outbox
from edge.telemetry.session import Phase, Session

BASE = "ringlight/site/line/box"


class Bench:
    """A session, and the links that it opened."""

    def __init__(self, store, link_type, inflight=3):
        self.clock, self.links, self.trouble = VirtualClock(), [], None
        self.outbox = Outbox(store, inflight)
        self.board = Board("boot", self.clock)
        desk = CommandDesk("boot", {})
        backoff = Backoff(first_s=1, factor=2, most_s=8, stable_s=10, spread=0)
        self.link_type = link_type
        self.session = Session(
            BASE, self.clock, self.outbox, desk, self.board, self.open, lambda: None, backoff=backoff
        )

    def open(self, wake):
        self.links.append(self.link_type(self.trouble))
        return self.links[-1]

    @property
    def link(self):
        return self.links[-1]

    def step(self, *events, after_s=0.0):
        self.clock.advance(int(after_s * NS_PER_S))
        if events:
            self.link.happen(*events)
        self.session.step()

    def connect(self):
        self.step()
        self.step(Accepted())


@pytest.fixture
def bench(store, scripted):
    return Bench(store, scripted)


def test_it_is_not_connected_before_the_brokers_answer(bench):
    """A peer said `connected` as soon as the cable was plugged in."""
    bench.step()
    assert not bench.session.connected
    bench.step(Accepted())
    assert bench.session.connected
    assert bench.link.sent[0] == (f"{BASE}/availability", b"online", 1, True)
    assert bench.link.subscribed == [f"{BASE}/cmd/+"]


def test_a_broker_that_never_answers_is_tried_again(bench):
    bench.step()
    bench.step(after_s=11)
    assert bench.link.ended == "dropped"
    bench.step(after_s=2)
    assert len(bench.links) == 2


def test_an_absent_broker_is_a_state_with_growing_pauses(bench):
    """A peer's dispatch thread ended when the broker was down at start."""
    bench.trouble = Trouble(Level.WARNING, "nobody there", "start it")
    attempts = []
    for second in range(40):
        bench.step(after_s=1 if second else 0)
        attempts.append(len(bench.links))
    assert [second for second in range(1, 40) if attempts[second] > attempts[second - 1]] == [1, 3, 7, 15, 23, 31, 39]
    assert bench.session.check().text == "nobody there"


def test_refused_credentials_are_a_fault_with_its_mend(bench):
    bench.step()
    bench.step(Refused(135, "Not authorized"), Lost("refused"))
    assert bench.session.check().level is Level.FAULT
    assert "password_file" in bench.session.check().mend


def test_a_busy_broker_is_no_fault_of_the_settings(bench):
    bench.step()
    bench.step(Refused(136, "Server unavailable"))
    assert bench.session.check().level is Level.WARNING


def test_no_more_than_the_window_is_under_way(bench, line):
    line.make(7)
    bench.connect()
    assert bench.link.seqs() == [1, 2, 3]
    bench.step(Receipt(bench.link.numbers()[1]))
    assert bench.link.seqs() == [1, 2, 3, 4]


def test_a_row_leaves_the_store_only_with_its_receipt(bench, line, store):
    line.make(2)
    bench.connect()
    assert store.outbox_depth() == 2
    bench.step(*[Receipt(number) for number in bench.link.numbers()])
    assert store.outbox_depth() == 0
    assert bench.outbox.delivered == 2


def test_what_had_no_receipt_is_sent_again_and_what_had_one_is_not(bench, line):
    line.make(3)
    bench.connect()
    bench.step(Receipt(bench.link.numbers()[0]), Receipt(bench.link.numbers()[2]), Lost("cable"))
    bench.step(after_s=2)
    bench.step(Accepted())
    assert len(bench.links) == 2
    assert bench.link.seqs() == [2]


def test_a_receipt_that_cannot_be_noted_does_not_send_the_row_again(bench, line, store, monkeypatch):
    """The disk refuses for a while: the broker has the row all the same."""
    line.make(2)
    bench.connect()
    with monkeypatch.context() as refusing:
        refusing.setattr(store, "mark_published", lambda seqs: False)
        bench.step(*[Receipt(number) for number in bench.link.numbers()], Lost("cable"))
        bench.step(after_s=2)
        bench.step(Accepted())
        assert bench.link.seqs() == []
    bench.step()
    assert store.outbox_depth() == 0


def test_a_broker_that_takes_and_never_acknowledges_is_left(bench, line):
    line.make(1)
    bench.connect()
    bench.step(after_s=61)
    assert bench.link.ended == "dropped"
    assert "acknowledge" in bench.session.check().text


def test_two_boxes_of_one_name_do_not_chase_each_other_fast(bench):
    """The broker ends the older connection of one client id, again and again."""
    for _ in range(3):
        bench.step(after_s=8)
        bench.step(Accepted())
        bench.step(Lost("taken over"))
    assert "another box" in bench.session.check().mend
    bench.step(after_s=3.9)
    assert len(bench.links) == 3


def test_a_connection_that_lasted_is_tried_again_quickly(bench):
    bench.trouble = Trouble(Level.WARNING, "down", "up")
    for _ in range(5):
        bench.step(after_s=8)
    bench.trouble = None
    bench.step(after_s=8)
    bench.step(Accepted())
    bench.step(Lost("restart"), after_s=11)
    bench.step(after_s=1)
    assert len(bench.links) == 7


def test_state_is_published_when_changed_and_at_most_once_a_second(bench):
    bench.board.set_state({"n": 1})
    bench.connect()
    bench.board.set_state({"n": 2})
    bench.step(after_s=0.5)
    assert json.loads(bench.link.last("state"))["n"] == 1
    bench.step(after_s=0.5)
    assert json.loads(bench.link.last("state"))["n"] == 2
    before = len(bench.link.sent)
    bench.step(after_s=5)
    assert len(bench.link.sent) == before


def test_info_and_state_are_given_to_each_new_connection(bench):
    bench.board.set_info({"model_id": "m"})
    bench.connect()
    bench.step(Lost("cable"))
    bench.step(after_s=2)
    bench.step(Accepted())
    assert json.loads(bench.link.last("info"))["model_id"] == "m"


def test_what_an_operator_said_waits_for_the_broker(bench):
    bench.board.add_label({"good": True})
    bench.connect()
    assert (f"{BASE}/label", b'{"good":true}', 1, False) in bench.link.sent
    sent = len(bench.link.sent)
    bench.step(after_s=1)
    assert len(bench.link.sent) == sent


def test_a_command_is_answered_and_a_retained_one_ignored(bench):
    bench.connect()
    bench.step(Message(f"{BASE}/cmd/ping", b'{"id": "old"}', retained=True))
    assert bench.link.last("ack/old") is None
    bench.step(Message(f"{BASE}/cmd/ping", b'{"id": "new"}', retained=False))
    assert json.loads(bench.link.last("ack/new"))["ok"] is True


def test_stop_drains_says_stopped_and_leaves_cleanly(bench, line):
    line.make(5)
    bench.connect()
    bench.session.begin_stop(4 * NS_PER_S, 5 * NS_PER_S)
    while bench.link.last("availability") == b"online":
        bench.step(*[Receipt(number) for number in bench.link.numbers()])
    assert bench.link.seqs() == [1, 2, 3, 4, 5]
    assert bench.link.last("availability") == b"stopped"
    bench.step(Receipt(len(bench.link.sent)))
    assert bench.link.ended == "left"
    bench.step(Lost("as asked"))
    assert bench.session.phase is Phase.ENDED


def test_stop_is_bounded_when_the_broker_takes_nothing(bench, line, store):
    line.make(5)
    bench.connect()
    bench.session.begin_stop(4 * NS_PER_S, 5 * NS_PER_S)
    bench.step(after_s=4)
    assert bench.link.last("availability") == b"stopped"
    bench.step(after_s=1)
    assert bench.session.phase is Phase.ENDED
    assert store.outbox_depth() == 5


def test_stop_without_a_broker_ends_at_once(bench):
    bench.trouble = Trouble(Level.WARNING, "down", "up")
    bench.step()
    bench.session.begin_stop(4 * NS_PER_S, 5 * NS_PER_S)
    bench.step()
    assert bench.session.phase is Phase.ENDED
