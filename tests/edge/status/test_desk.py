"""Pictures go to the desk only with the token; what an operator says comes from our own page or with the token."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.parts import Label, State
from edge.status.app import create_app
from edge.status.desk import desk_routes
from edge.status.guard import Guard
from edge.token import bearer, make_token

OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def token(tmp_path):
    return bearer(make_token(tmp_path / "token"))


@pytest.fixture
def client_of(board, history, clock, tmp_path):
    def make(operator: bool = False):
        guard = Guard(tmp_path / "token")
        routes = desk_routes(guard, history, clock, operator_may_relabel=operator)
        return create_app(board, history, clock, [routes], ("scratch", "dent") if operator else ()).test_client()

    return make


@pytest.mark.parametrize("path", ["/api/parts", "/api/parts/1/original"])
def test_pictures_are_given_away_only_with_the_token(client_of, history, token, path):
    history.add(1)
    assert client_of().get(path).status_code == 401
    assert client_of().get(path, headers=token).status_code == 200


def test_the_list_comes_in_pages(client_of, history, token):
    for seq in range(1, 6):
        history.add(seq)
    history.add(6, state=State.PASSED)
    history.add(7, picture=False)
    seen, after = [], 0
    while after is not None:
        answer = client_of().get(f"/api/parts?which=rejected&n=2&after={after}", headers=token).json
        seen += [row["seq"] for row in answer["rows"]]
        after = answer["next"]
    assert seen == [1, 2, 3, 4, 5]


def test_what_was_relabelled_is_listed_apart(client_of, history, token):
    history.add(1, label=Label(True, "", "Ada", 0))
    history.add(2)
    seqs = {
        which: [row["seq"] for row in client_of().get(f"/api/parts?which={which}", headers=token).json["rows"]]
        for which in ("relabelled", "rejected")
    }
    assert seqs == {"relabelled": [1], "rejected": [2]}


def test_the_original_is_the_stored_file(client_of, history, token, tmp_path):
    row = history.add(1)
    answer = client_of().get("/api/parts/1/original", headers=token)
    assert (answer.data, answer.content_type) == (row.image.read_bytes(), "image/jpeg")
    cv2.imwrite(str(tmp_path / "2.png"), np.zeros((4, 4, 3), np.uint8))
    history.add(2, picture=False, image=tmp_path / "2.png")
    assert client_of().get("/api/parts/2/original", headers=token).content_type == "image/png"
    (tmp_path / "2.png").unlink()
    assert client_of().get("/api/parts/2/original", headers=token).status_code == 410


def test_a_picture_that_is_kept_as_png_is_shown_as_jpeg(client_of, history, tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), np.full((8, 8, 3), 90, np.uint8))
    history.add(1, picture=False, image=tmp_path / "1.png")
    for overlay in (0, 1):
        assert client_of().get(f"/api/parts/1/image.jpg?overlay={overlay}").data.startswith(b"\xff\xd8")


def test_with_the_token_a_part_is_relabelled(client_of, history, token, clock):
    history.add(1)
    told = {"good": False, "kind": "scratch", "who": "Ada"}
    answer = client_of().post("/api/parts/1/label", json=told, headers=token)
    assert answer.json["label"] == {**told, "wall_ms": clock.wall_ns() // 1_000_000}
    assert client_of().get("/api/parts/1").json["label"]["kind"] == "scratch"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 200),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://evil.example"}, 401),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 401),
        ({"Sec-Fetch-Site": "same-site"}, 401),
        ({}, 401),
    ],
)
def test_where_the_operator_may_relabel_only_our_own_page_may(client_of, history, headers, status):
    """A page of another site could have told the box that its rejects were good."""
    history.add(1)
    answer = client_of(operator=True).post("/api/parts/1/label", json={"good": True}, headers=headers)
    assert answer.status_code == status
    assert (history.rows[1].label is not None) == (status == 200)


def test_a_form_of_another_site_is_refused(client_of, history):
    """It needs no permission to be sent, and says `same-origin` nowhere, but an old browser says nothing at all."""
    history.add(1)
    answer = client_of(operator=True).post(
        "/api/parts/1/label", data='{"good": true}', headers={**OWN, "Content-Type": "text/plain"}
    )
    assert answer.status_code == 401


def test_others_are_told_once_it_is_kept(board, history, clock, token, tmp_path):
    told = []
    guard = Guard(tmp_path / "token")
    routes = desk_routes(guard, history, clock, operator_may_relabel=False, on_label=lambda *said: told.append(said))
    client = create_app(board, history, clock, [routes]).test_client()
    history.add(1)
    for seq in (1, 9):
        client.post(f"/api/parts/{seq}/label", json={"good": True, "who": "Ada"}, headers=token)
    assert told == [(1, Label(True, "", "Ada", clock.wall_ns()))]


def test_where_the_operator_may_not_the_page_is_refused_too(client_of, history):
    history.add(1)
    assert client_of().post("/api/parts/1/label", json={"good": True}, headers=OWN).status_code == 401


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {"good": "yes"},
        {"good": False},
        {"good": False, "kind": "../up"},
        {"good": False, "kind": "good"},
        {"good": True, "kind": "scratch"},
        {"good": True, "who": "x" * 65},
        {"good": True, "who": "a\nb"},
        {"good": False, "kind": 5},
    ],
)
def test_what_cannot_be_meant_is_refused(client_of, history, token, told):
    """A kind becomes a folder's name on the desk."""
    history.add(1)
    assert client_of().post("/api/parts/1/label", json=told, headers=token).status_code == 400
    assert history.rows[1].label is None


def test_a_part_that_is_not_remembered_cannot_be_relabelled(client_of, token):
    assert client_of().post("/api/parts/9/label", json={"good": True}, headers=token).status_code == 404


def test_the_page_has_buttons_only_where_the_operator_may(client_of):
    assert "Bad: dent" in client_of(operator=True).get("/").text
    assert "It was" not in client_of().get("/").text


def test_every_route_is_in_the_document(client_of):
    text = (Path(__file__).parents[3] / "docs" / "http.md").read_text(encoding="utf-8")
    rules = [rule for rule in client_of().application.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    routes = {
        f"`{method} {rule.rule.replace('<int:seq>', '<seq>')}`"
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert len(routes) == 3
    assert not {route for route in routes if route not in text}
