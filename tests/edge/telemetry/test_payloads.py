"""Everything that goes out fits its schema, and nothing else is in it."""

import json

import jsonschema
import pytest

from edge.clock import VirtualClock
from edge.health import Check, Level
from edge.ledger import Counts
from edge.parts import Label
from edge.telemetry.board import Board
from edge.telemetry.commands import CommandDesk
from edge.telemetry.payloads import encode, info_of, iso_time, label_of, result_of, state_of
from edge.telemetry.rows import message_of
from edge.telemetry.topics import ACK, EVENT, INFO, LABEL, RESULT, STATE, schema_of
from edge.web.finding import Finding


def fits(topic, payload):
    schema = schema_of(topic)
    body = json.loads(payload)
    jsonschema.Draft202012Validator(schema).validate(body)
    assert set(body) <= set(schema["properties"]), "a field that the schema does not describe"
    return body


@pytest.fixture
def board():
    return Board("boot", VirtualClock())


def test_a_result_fits_and_has_no_picture(store, line):
    line.make()
    body = fits(RESULT, encode(result_of(store.row(1))))
    assert set(body) == set(schema_of(RESULT)["properties"])
    assert (body["seq"], body["score"], body["where"]) == (1, 3.5, [{"x": 1, "y": 2, "w": 3, "h": 4}])
    assert not {"image", "map"} & set(body)


def test_info_fits(board):
    board.set_info(
        info_of(
            versions={"ringlight": "0.1.0"},
            model_id="m",
            provider_asked="CUDAExecutionProvider",
            provider_running="CPUExecutionProvider",
            started_wall_ns=0,
        )
    )
    ((topic, payload),) = board.due(0, 0)
    assert topic is INFO
    assert fits(INFO, payload)["provider"] == {"asked": "CUDAExecutionProvider", "running": "CPUExecutionProvider"}


def test_state_fits_and_carries_the_outbox(board):
    checks = [Check("camera", Level.FAULT, "gone", "plug it in"), Check("light", Level.OK, "on")]
    board.set_state(state_of(Counts(5, 1, 1, 1, 1), checks, belt_mm_s=float("nan")))
    ((topic, payload),) = board.due(17, 3)
    assert topic is STATE
    body = fits(STATE, payload)
    assert (body["health"], body["ledger"]["balanced"], body["belt_mm_s"]) == ("FAULT", False, None)
    assert body["outbox"] == {"waiting": 17, "given_up": 3}


def test_what_an_operator_said_fits_and_is_said_once(board, store, line):
    line.make()
    board.add_label(label_of(store.row(1), Label(False, "scratch", "Ada", 0)))
    ((topic, payload),) = board.due(0, 0)
    assert topic is LABEL
    body = fits(LABEL, payload)
    assert set(body) == set(schema_of(LABEL)["properties"])
    assert (body["seq"], body["good"], body["kind"], body["time"]) == (
        1,
        False,
        "scratch",
        "1970-01-01T00:00:00.000000Z",
    )
    assert board.due(0, 0) == []


@pytest.mark.parametrize("name", ["ping", "unknown"])
def test_acks_fit(name):
    ack = CommandDesk("boot", {}).handle(name, b'{"id": "a1"}', retained=False)
    assert ack is not None
    fits(ACK, ack.payload)


def test_what_is_no_number_becomes_null():
    """Python writes NaN into JSON, and no other reader takes it."""
    assert encode({"a": [float("nan"), (float("inf"), 1.5)]}) == b'{"a":[null,[null,1.5]]}'


def test_times_are_utc_with_microseconds():
    assert iso_time(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456Z"


def test_a_webs_event_is_what_its_schema_says():
    finding = Finding(5, 2, "boot", 1, "defect", 1.2, 3.0, 0.8, 0.8, 0.64, 7.5, 3.0, "membrane-1", False, None, 10**18)
    lost = Finding(6, 2, "boot", 1, "uninspected", 2.0, 0.0, 9.0, 203.2, None, None, None, None, False, "gap", 10**18)
    for row in (finding, lost):
        topic, payload = message_of(row)
        assert topic is EVENT
        fits(topic, encode(payload))
