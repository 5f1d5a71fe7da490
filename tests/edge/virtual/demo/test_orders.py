import pytest

from edge.clock import VirtualClock
from edge.status.app import create_app
from edge.status.board import Board
from edge.status.guard import Guard
from edge.virtual.demo.orders import fault_routes
from edge.virtual.faults import KINDS, Fault

OWN = {"Sec-Fetch-Site": "same-origin"}
JAM = {"kind": "jam", "seconds": 2}


class NoHistory:
    """No part is remembered."""

    def last(self, n, states):
        return []

    def row(self, seq):
        return None

    def page(self, which, after, n):
        return []

    def relabel(self, seq, label):
        return False


@pytest.fixture
def orders():
    return []


@pytest.fixture
def client(orders, tmp_path):
    clock = VirtualClock()
    routes = fault_routes(Guard(tmp_path / "token"), orders.append, lambda: orders)
    return create_app(Board(clock), NoHistory(), clock, [routes]).test_client()


def test_the_demos_own_page_orders_a_fault(client, orders):
    assert client.post("/api/virtual/faults", json=JAM, headers=OWN).status_code == 202
    assert orders == [Fault(kind="jam", seconds=2)]
    assert client.get("/api/virtual/faults").json["running"][0]["kind"] == "jam"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://elsewhere.example"}])
def test_a_stranger_orders_nothing(client, orders, headers):
    assert client.post("/api/virtual/faults", json=JAM, headers=headers).status_code == 401
    assert orders == []


@pytest.mark.parametrize("told", [{"kind": "rain"}, {"kind": "speed"}, [], {"kind": "jam", "x": 1}])
def test_what_is_no_fault_is_refused_in_words(client, orders, told):
    answer = client.post("/api/virtual/faults", json=told, headers=OWN)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert orders == []


def test_the_page_offers_every_fault_and_loads_nothing_from_elsewhere(client):
    page = client.get("/virtual")
    text = page.get_data(as_text=True)
    assert all(f'data-kind="{kind}"' in text for kind in KINDS)
    assert "http" not in text.replace("Content-Security", "")
    for asset in ("/virtual/static/faults.js", "/virtual/static/faults.css"):
        assert asset in text
        assert client.get(asset).status_code == 200
