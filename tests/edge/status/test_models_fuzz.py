"""Whatever a desk with the token sends: an answer in JSON, and never a failure of the box."""

from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from afar import PART, AfarBox
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.bundle import sha256
from edge.token import bearer

BODY = b"0123456789" * 500
REAL = sha256(BODY)
NAMES = st.one_of(st.just(REAL), st.text(max_size=70), st.from_regex(r"[0-9a-f]{64}", fullmatch=True))
NUMBERS = st.one_of(
    st.integers(-5, 6000).map(str), st.text(max_size=20), st.sampled_from(["5000", "0", "2000", "4000"])
)
BODIES = st.one_of(st.binary(max_size=50), st.sampled_from([BODY[:PART], BODY[PART : 2 * PART], BODY[2 * PART :]]))
REQUESTS = st.tuples(st.sampled_from(["GET", "PUT", "POST"]), NAMES, NUMBERS, NUMBERS, BODIES)


def test_every_request_has_an_answer():
    with TemporaryDirectory() as folder:
        afar = AfarBox(Path(folder) / "box")
        client = afar.app.test_client()

        @settings(max_examples=60, deadline=None)
        @given(st.lists(REQUESTS, max_size=8))
        def ask(requests):
            for method, name, size, offset, body in requests:
                answer = client.open(
                    f"/api/models/{quote(name, safe='')}" + ("/flash" if method == "POST" else ""),
                    method=method,
                    query_string={"size": size, "offset": offset},
                    data=body,
                    headers=bearer(afar.token),
                )
                assert answer.status_code in (200, 202, 308, 400, 404, 405, 409, 413, 422), answer.text
                if answer.status_code != 308:
                    assert isinstance(answer.json, dict)

        ask()
        afar.flasher.stop(60)
        assert afar.slots.state().pending is None
        assert {file.suffix for file in (afar.slots.folder / "uploads").glob("*")} <= {".json", ".part", ".ringlight"}
        afar.stop()
