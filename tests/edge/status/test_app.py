"""The HTTP interface, route by route."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import MappingProxyType

import pytest

from edge.clock import NS_PER_S
from edge.health import Check, Level
from edge.parts import Reason, State
from edge.status.board import Info, LineState, MqttState

DOCUMENT = Path(__file__).parents[3] / "docs" / "http.md"


def keys_of(value) -> set[str]:
    """Every key of an answer, however deep."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def test_no_table_of_the_document_is_cut_in_two():
    """Rows behind an empty line are shown as text full of bars; the token's routes were."""
    assert not re.findall(r"\n\n(\|.*)\n(?!\|-)", DOCUMENT.read_text(encoding="utf-8"))


def test_the_page_names_nothing_outside_the_box(client):
    """A line has no internet: a font or script from elsewhere leaves the operator with a blank page."""
    page = client.get("/").text
    names = ["/static/base.css", "/static/panels.css", "/static/viewer.css", "/static/page.js", "/static/icon.svg"]
    texts = [page, *(client.get(name).text for name in names)]
    assert all(name in page for name in names)
    assert not any("//" in text.replace("http://www.w3.org/2000/svg", "").replace("// ", "") for text in texts)


def test_the_state_has_everything_the_page_shows(board, client, clock, make_record):
    board.set_info(Info(version="0.1.0", box="gate", started_wall_ns=clock.wall_ns()))
    board.set_mqtt(MqttState(connected=True, outbox=7, broker="broker:1883"))
    board.set_checks([Check("disk", Level.WARNING, "full soon", "Make room.")])
    board.show(make_record(3, State.REJECTED, 5.0, ("spot",)))
    clock.advance(NS_PER_S)
    state = client.get("/api/state").json
    assert (state["info"]["box"], state["info"]["uptime_s"], state["mqtt"]["outbox"]) == ("gate", 1, 7)
    assert (state["worst"], state["checks"][0]["mend"], state["faults"]) == ("WARNING", "Make room.", [])
    assert state["last"]["reasons"] == ["spot"]
    assert (state["last"]["age_ms"], state["last"]["scored_in_ms"], state["line"]["age_ms"]) == (1000, 40, 1000)
    assert (state["recent"], state["live"]) == ([[3, "rejected", 5.0]], {"n": 1, "part_id": 3})


def test_an_empty_board_is_an_answer_too(client):
    state = client.get("/api/state").json
    assert (state["last"], state["live"]["n"], state["mqtt"], state["recent"]) == (None, 0, None, [])


def test_reasons_are_counted_by_their_names(board, client):
    by = MappingProxyType({Reason.LATE: 2, Reason.BUSY: 1})
    board.set_state(LineState(triggered=3, uninspected=3, uninspected_by=by))
    assert client.get("/api/state").json["line"]["uninspected_by"] == {"late": 2, "busy": 1}


def test_a_score_that_is_no_number_leaves_valid_json(board, client, make_record):
    """NaN in JSON: the browser refuses the answer, and the page freezes on the last good part."""
    board.show(make_record(1, score=float("nan")))

    def refuse(word: str) -> None:
        pytest.fail(f"{word} is not JSON")

    state = json.loads(client.get("/api/state").text, parse_constant=refuse)
    assert state["last"]["score"] is None


def test_times_fit_into_a_number_of_javascript(client, history):
    history.add(1)
    assert client.get("/api/parts/1").json["wall_ms"] == 1_760_000_000_000
    assert client.get("/api/state").json["now_ms"] < 2**53


def test_pace_is_that_of_the_last_minute(board, client, clock, make_record):
    for second in range(0, 100, 2):
        board.show(make_record(second, closed_ns=second * NS_PER_S))
    clock.advance(100 * NS_PER_S)
    assert client.get("/api/state").json["parts_per_min"] == 30


def test_the_live_picture_says_whose_it_is(board, client, make_record):
    board.show(make_record(12))
    answer = client.get("/api/live.jpg?overlay=0&n=1")
    assert (answer.content_type, answer.headers["Ringlight-Part"]) == ("image/jpeg", "12")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data[:2] == b"\xff\xd8"


def test_rejects_come_newest_first_and_no_others(client, history):
    for seq, state in enumerate([State.REJECTED, State.UNINSPECTED, State.PASSED, State.REJECTED, State.REJECTED]):
        history.add(seq, state=state, picture=False)
    assert [row["seq"] for row in client.get("/api/rejects?n=2").json] == [4, 3]
    assert [row["seq"] for row in client.get("/api/rejects?state=uninspected").json] == [1]


def test_a_part_in_detail(client, history):
    history.add(5, reason=Reason.LATE, state=State.UNINSPECTED, score=None, picture=False)
    part = client.get("/api/parts/5").json
    assert (part["reason"], part["score"], part["took_ms"], part["has_image"]) == ("late", None, 80.0, False)


def test_a_picture_that_the_browser_has_is_not_drawn_again(client, history, monkeypatch):
    history.add(1)
    first = client.get("/api/parts/1/image.jpg?overlay=1")
    monkeypatch.setattr("edge.status.app.stored_jpeg", lambda *_: pytest.fail("drawn again"))
    again = client.get("/api/parts/1/image.jpg?overlay=1", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_the_picture_with_and_without_heat_map_have_different_tags(client, history):
    history.add(1)
    tags = {client.get(f"/api/parts/1/image.jpg?overlay={heat}").headers["ETag"] for heat in (0, 1)}
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/api/live.jpg", 404, "no picture yet"),
        ("/api/live.jpg?overlay=2", 400, "overlay"),
        ("/api/live.jpg?n=-1", 400, "n must be"),
        ("/api/rejects?n=0", 400, "from 1 to 100"),
        ("/api/rejects?n=101", 400, "from 1 to 100"),
        ("/api/rejects?n=٣", 400, "whole number"),
        ("/api/rejects?n=" + "9" * 5000, 400, "whole number"),
        ("/api/rejects?state=lost", 400, "passed, rejected, uninspected"),
        ("/api/parts/99", 404, "99"),
        ("/api/parts/99/image.jpg", 404, "99"),
        ("/api/parts/" + "9" * 30, 404, "remembered"),
        ("/api/parts/7/image.jpg", 410, "retention"),
        ("/api/parts/7/image.jpg?overlay=yes", 400, "overlay"),
        ("/static/../app.py", 404, ""),
        ("/nothing", 404, ""),
    ],
)
def test_what_is_wrong_is_said_in_json(client, history, path, status, word):
    history.add(7, picture=False)
    answer = client.get(path)
    assert answer.status_code == status
    assert word in answer.json["error"]


def test_the_interface_only_reads(client):
    answer = client.post("/api/state")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_memory_that_fails_is_said_in_json(app, client, history, monkeypatch):
    monkeypatch.setattr(history, "row", lambda _: 1 / 0)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/api/parts/1")
    assert (answer.status_code, "error" in answer.json) == (500, True)
    assert "division" not in answer.text


def test_healthz_of_a_healthy_box(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "faults": []})


def test_healthz_names_the_faults(board, client):
    board.set_state(LineState(triggered=2, passed=1))
    board.set_checks([Check("camera", Level.FAULT, "gone", "Plug it in."), Check("disk", Level.WARNING, "full")])
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert [fault["name"] for fault in answer.json["faults"]] == ["camera", "ledger"]


@pytest.mark.parametrize("path", ["/", "/api/state", "/static/page.js", "/nothing"])
def test_every_answer_is_hardened(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in headers


def test_every_route_is_in_the_document(app):
    text = DOCUMENT.read_text(encoding="utf-8")
    routes = {rule.rule.replace("<int:seq>", "<seq>") for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    assert not {route for route in routes if f"`GET {route}`" not in text}


def test_every_key_is_in_the_document(board, client, history, make_record):
    board.set_mqtt(MqttState())
    board.set_checks([Check("disk", Level.OK, "roomy")])
    board.show(make_record())
    history.add(1)
    text = DOCUMENT.read_text(encoding="utf-8")
    answers = [client.get(path).json for path in ("/api/state", "/api/parts/1", "/healthz", "/nothing")]
    assert not {key for key in keys_of(answers) if f"`{key}`" not in text}
