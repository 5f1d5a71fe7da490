from edge.status.app import create_app
from edge.status.guard import Guard
from edge.status.line import line_routes
from edge.token import make_token


def test_alarms_are_acknowledged_with_the_token_only(board, history, clock, tmp_path):
    token, asked = make_token(tmp_path / "token"), []
    routes = line_routes(Guard(tmp_path / "token"), lambda: asked.append(1) is None)
    client = create_app(board, history, clock, [routes]).test_client()
    assert client.post("/api/line/acknowledge").status_code == 401
    assert not asked
    answer = client.post("/api/line/acknowledge", headers={"Authorization": f"Bearer {token}"})
    assert answer.json == {"acknowledged": True}
    assert asked == [1]
