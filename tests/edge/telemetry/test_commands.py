"""Requests from outside."""

import json

import pytest

from edge.errors import LightError
from edge.telemetry.commands import CommandDesk


def handle(desk, name="light", **body):
    ack = desk.handle(name, json.dumps(body).encode(), retained=False)
    return json.loads(ack.payload)


def test_a_handler_gets_the_arguments_and_its_answer_goes_out():
    seen = []
    desk = CommandDesk("boot", {"light": lambda arguments: seen.append(arguments) or {"brightness": 0.5}})
    ack = handle(desk, id="a1", brightness=0.5)
    assert seen == [{"brightness": 0.5}]
    assert (ack["ok"], ack["result"], ack["error"]) == (True, {"brightness": 0.5}, None)


def test_a_request_that_comes_twice_is_done_once():
    """QoS 1 delivers at least once."""
    done = []
    desk = CommandDesk("boot", {"light": lambda arguments: done.append(1) or {}})
    assert handle(desk, id="a1") == handle(desk, id="a1")
    assert done == [1]


def test_a_request_for_the_box_before_its_last_start_is_refused():
    """An acknowledgement that came late started a line which had stopped for another reason."""
    done = []
    desk = CommandDesk("boot", {"light": lambda arguments: done.append(arguments) or {}})
    ack = handle(desk, id="a1", boot_id="another")
    assert (ack["ok"], done) == (False, [])
    assert "started anew" in ack["error"]
    assert handle(desk, id="a2", boot_id="boot")["ok"]
    assert done == [{}]


def test_an_unknown_command_is_answered_with_what_is_known():
    ack = handle(CommandDesk("boot", {}), name="selfdestruct", id="a1")
    assert (ack["ok"], ack["command"]) == (False, "selfdestruct")
    assert "ping" in ack["error"]


@pytest.mark.parametrize("error", [ValueError("0 to 1"), LightError("0 to 1")])
def test_a_refusal_reaches_the_asker_in_its_own_words(error):
    def refuse(arguments):
        raise error

    assert handle(CommandDesk("boot", {"light": refuse}), id="a1")["error"] == "0 to 1"


@pytest.mark.parametrize("answer", [lambda arguments: 1 / 0, lambda arguments: {"x": object()}])
def test_a_mistake_in_a_handler_is_an_answer_not_the_end(answer):
    ack = handle(CommandDesk("boot", {"light": answer}), id="a1")
    assert not ack["ok"]
    assert "log" in ack["error"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"on",
        b"[1]",
        b"{}",
        b'{"id": 7}',
        b'{"id": ""}',
        b'{"id": "a/b"}',
        b'{"id": "#"}',
        b'{"id": "a\\n"}',
        b'{"id": "' + b"a" * 65 + b'"}',
        b"[" * 4000,
        b'{"id": "a", "x": "' + b"y" * 4096 + b'"}',
        b"\xff\xfe",
    ],
)
def test_what_cannot_be_answered_is_ignored(payload):
    """The id becomes a topic level: a slash in it would publish under another name."""
    assert CommandDesk("boot", {}).handle("ping", payload, retained=False) is None


def test_a_retained_command_is_ignored():
    """A peer switched on a line because of a message from last week."""
    assert CommandDesk("boot", {}).handle("ping", b'{"id": "a1"}', retained=True) is None
