import logging

import pytest
from flask import Blueprint

from edge.status.app import create_app
from edge.status.guard import Guard
from edge.token import bearer, make_token


@pytest.fixture
def token_file(tmp_path):
    return tmp_path / "token"


@pytest.fixture
def client(board, history, clock, token_file):
    more, guarded = Blueprint("more", __name__), Guard(token_file)

    @more.post("/api/change")
    @guarded
    def change():
        return {"changed": True}

    return create_app(board, history, clock, [more]).test_client()


def test_who_carries_the_token_gets_through(client, token_file):
    answer = client.post("/api/change", headers=bearer(make_token(token_file)))
    assert (answer.status_code, answer.json) == (200, {"changed": True})
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("header", [None, "", "Bearer wrong", "Basic cm9vdDpyb290"])
def test_anybody_else_is_told_what_is_missing(client, token_file, header):
    token = make_token(token_file)
    answer = client.post("/api/change", headers={"Authorization": header} if header is not None else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "--token-file" in answer.json["error"]
    assert token not in answer.text


def test_a_box_without_a_token_lets_nobody_through(client):
    answer = client.post("/api/change", headers=bearer(""))
    assert answer.status_code == 401
    assert "ringlight token" in answer.json["error"]


def test_a_renewed_token_holds_at_once(client, token_file):
    old, new = make_token(token_file), make_token(token_file)
    assert client.post("/api/change", headers=bearer(old)).status_code == 401
    assert client.post("/api/change", headers=bearer(new)).status_code == 200


def test_no_token_comes_into_a_log(client, token_file, caplog):
    caplog.set_level(logging.DEBUG)
    token = make_token(token_file)
    for told in (token, "w" * 43):
        client.post("/api/change", headers=bearer(told))
        assert told not in caplog.text


def test_the_page_needs_no_token(client):
    assert client.get("/").status_code == 200
    assert client.get("/api/state").status_code == 200
