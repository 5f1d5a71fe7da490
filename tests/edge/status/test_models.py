"""The routes by which a desk flashes the box."""

from pathlib import Path

import pytest
from afar import PART, AfarBox

from edge.bundle import sha256
from edge.intake.flasher import Stage
from edge.telemetry.topics import STATE, schema_of
from edge.token import bearer

DOCUMENT = Path(__file__).parents[3] / "docs" / "http.md"
ROUTES = [("GET", ""), ("PUT", "?size=5&offset=0"), ("POST", "/flash")]


@pytest.fixture
def afar(tmp_path):
    afar = AfarBox(tmp_path / "box")
    yield afar
    afar.stop()


@pytest.fixture
def ask(afar):
    """Sends a request with the token; `ask.data` is a bundle, `ask.path` its address."""

    class Ask:
        data = afar.bundle("new").read_bytes()
        path = f"/api/models/{sha256(data)}"

        def __call__(self, method, tail="", data=None, path=None, **headers):
            return afar.app.test_client().open(
                (path or self.path) + tail, method=method, data=data, headers={**bearer(afar.token), **headers}
            )

        def send(self):
            for offset in range(0, len(self.data), PART):
                tail = f"?size={len(self.data)}&offset={offset}"
                assert self("PUT", tail, self.data[offset : offset + PART]).status_code == 200

    return Ask()


@pytest.mark.parametrize(("method", "tail"), ROUTES)
@pytest.mark.parametrize("told", [{}, {"Authorization": "Bearer " + "x" * 43}])
def test_nobody_without_the_token_gets_in(afar, ask, method, tail, told):
    answer = afar.app.test_client().open(ask.path + tail, method=method, data=b"12345", headers=told)
    assert answer.status_code == 401
    assert not (afar.slots.folder / "uploads").exists()


def test_parts_are_counted_and_the_whole_is_flashed(afar, ask):
    empty = ask("GET").json
    assert (empty["stage"], empty["have"], empty["part_bytes"], empty["first"]) == ("absent", 0, PART, None)
    ask.send()
    assert ask("GET").json["stage"] == "received"
    begun = ask("POST", "/flash")
    assert begun.status_code == 202
    afar.flasher.stop(60)
    assert ask("GET").json["stage"] == "waiting"


@pytest.mark.parametrize(
    ("method", "tail", "data", "status", "word"),
    [
        ("PUT", "?size=5000&offset=2000", b"1" * PART, 409, "go on there"),
        ("PUT", "?size=5000&offset=0", b"1" * (PART + 1), 413, f"{PART} bytes"),
        ("PUT", "?size=5000&offset=0", b"1" * 5, 400, "has 2000 bytes"),
        ("PUT", "?size=99999999&offset=0", b"1" * PART, 413, "flash.max_mb"),
        ("PUT", "?size=5&offset=0", b"12345", 422, "Send it again"),
        ("PUT", "?size=&offset=0", b"12345", 400, "size must be"),
        ("PUT", "?size=-5&offset=0", b"12345", 400, "size must be"),
        ("PUT", "?size=5&offset=" + "9" * 5000, b"12345", 400, "offset must be"),
        ("PUT", "", b"12345", 400, "must be a whole number"),
        ("POST", "/flash", None, 409, "Send the rest"),
        ("DELETE", "", None, 405, ""),
    ],
)
def test_what_is_wrong_is_said_in_json(ask, method, tail, data, status, word):
    answer = ask(method, tail, data)
    assert answer.status_code == status
    assert word in answer.json["error"]


@pytest.mark.parametrize("name", ["..%2F..%2Fetc", "A" * 64, "0" * 63, "%00" * 64])
def test_a_name_that_is_no_hash_is_refused(afar, ask, name):
    for method, tail in ROUTES:
        assert ask(method, tail, b"12345", path=f"/api/models/{name}").status_code in (400, 404)
    assert not (afar.slots.folder / "uploads").exists()


def test_a_full_disk_is_said_before_anything_comes(afar, ask):
    afar.flasher.uploads._disk.free = lambda folder: 100
    answer = ask("PUT", f"?size={len(ask.data)}&offset=0", ask.data[:PART])
    assert answer.status_code == 507
    assert "Make room" in answer.json["error"]


def test_the_second_flash_gets_409_and_who_is_first(afar, ask):
    ask.send()
    with afar.slots.disk.lock(afar.slots.folder / "b"):
        answer = ask("POST", "/flash")
    assert answer.status_code == 409
    assert (answer.json or {})["first"]["by"] == "another program on the box"


def test_a_reason_to_take_an_older_serial_reaches_the_gate(afar, ask):
    heard = {}
    afar.flasher._install = lambda source, **settings: heard.update(settings)
    ask.send()
    ask("POST", "/flash?allow_older=line%203%20needs%20it")
    afar.flasher.stop(60)
    assert heard["allow_older"] == "line 3 needs it"


def test_a_box_without_slots_says_how_to_have_them(afar, ask):
    from edge.status.app import create_app
    from edge.status.guard import Guard
    from edge.status.models import model_routes

    more = [model_routes(Guard(afar.config.status.token_file), None, 1)]
    client = create_app(afar.board, afar.store, afar.clock, more).test_client()
    for method, tail in ROUTES:
        answer = client.open(ask.path + tail, method=method, data=b"12345", headers=bearer(afar.token))
        assert answer.status_code == 409
        assert "[slots]" in (answer.json or {})["error"]


def test_a_body_that_no_part_has_is_refused_before_it_is_read(afar):
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", afar.server.port, timeout=30)
    connection.putrequest("PUT", "/api/models/" + "0" * 64)
    connection.putheader("Content-Length", str(1 << 21))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_every_route_key_and_stage_is_in_the_document(afar, ask):
    text = DOCUMENT.read_text(encoding="utf-8")
    for rule in afar.app.url_map.iter_rules():
        if rule.endpoint.startswith("models."):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert f"`{method} {rule.rule.replace('<digest>', '<sha256>')}`" in text
    ask.send()
    with afar.slots.disk.lock(afar.slots.folder / "b"):
        taken = ask("POST", "/flash").json
    for answer in (ask("GET").json, taken, (taken or {})["first"]):
        assert answer
        assert not {key for key in answer if f"`{key}`" not in text}
    assert not {stage for stage in Stage if f"| `{stage.value}` |" not in text}


def test_the_stages_are_those_of_the_mqtt_schema():
    """A stage that the schema did not know ended the subscriber that held the box to it."""
    assert schema_of(STATE)["properties"]["flash"]["properties"]["stage"]["enum"] == [stage.value for stage in Stage]
