"""The pages and routes of a line that inspects a web: roll maps for everybody, rolls begun and ended with the token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from edge.clock import NS_PER_MS
from edge.status.guard import Guard
from edge.telemetry.payloads import iso_time
from edge.web.book import RollBook
from edge.web.drawing import roll_svg
from edge.web.finding import Finding, RollEntry, as_csv, as_json

_LISTED = 500
_NEWEST = 12


def web_routes(
    guard: Guard,
    book: RollBook,
    state: Callable[[], dict[str, Any]],
    command: Callable[[dict[str, Any]], dict[str, Any]],
    box: str,
) -> Blueprint:
    """`/rolls`, `/api/web`, `/api/rolls…`, `/api/findings/<seq>/image.jpg` and `/api/roll`.

    Args:
        state: `WebAccount.to_dict`. command: starts or ends one; ValueError refuses.
        box: the box's name in exports.
    """
    routes = Blueprint("web", __name__)
    _pages(routes, book, state)
    _exports(routes, book, box)

    @routes.post("/api/roll")
    @guard
    def roll() -> ResponseReturnValue:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            abort(400, 'Send JSON: {"action": "start", "name": "…"} or {"action": "end"}.')
        try:
            return jsonify(command(body))
        except ValueError as error:
            abort(409, str(error))

    return routes


def _pages(routes: Blueprint, book: RollBook, state: Callable[[], dict[str, Any]]) -> None:
    @routes.get("/rolls")
    def rolls() -> ResponseReturnValue:
        return render_template("rolls.html", rolls=book.rolls(), state=state(), when=iso_time)

    @routes.get("/api/web")
    def web() -> ResponseReturnValue:
        now, found = state(), [_tile(one) for one in book.newest(_NEWEST)]
        return jsonify({**now, "key": None if now["roll"] is None else book.key_of(now["roll"]), "findings": found})

    @routes.get("/rolls/<int:key>")
    def one_roll(key: int) -> ResponseReturnValue:
        roll, found = _find(book, key), book.findings(key)
        worst = sorted(found, key=lambda one: (one.kind == "defect", -(one.peak or 0.0)))[:_LISTED]
        return render_template("roll.html", roll=roll, findings=worst, count=len(found), when=iso_time)

    @routes.get("/api/findings/<int:seq>/image.jpg")
    def image(seq: int) -> ResponseReturnValue:
        finding = book.finding(seq)
        try:
            data = finding.image.read_bytes() if finding and finding.image else b""
        except OSError:
            data = b""
        if not data:
            abort(410, f"No picture of finding {seq} is kept.")
        return _typed(data, "image/jpeg")


def _tile(one: Finding) -> dict[str, Any]:
    """A finding as the front page shows it."""
    more = {"seq": one.seq, "roll": one.roll, "wall_ms": one.wall_ns // NS_PER_MS, "has_image": one.image is not None}
    return {**one.to_dict(), **more}


def _exports(routes: Blueprint, book: RollBook, box: str) -> None:
    @routes.get("/api/rolls")
    def listed() -> ResponseReturnValue:
        return jsonify([roll.to_dict() for roll in book.rolls()])

    @routes.get("/api/rolls/<int:key>")
    def as_object(key: int) -> ResponseReturnValue:
        return _typed(as_json(_find(book, key), book.findings(key), box).encode(), "application/json")

    @routes.get("/api/rolls/<int:key>/map.csv")
    def table(key: int) -> ResponseReturnValue:
        _find(book, key)
        return _typed(as_csv(book.findings(key)).encode(), "text/csv; charset=utf-8")

    @routes.get("/api/rolls/<int:key>/map.svg")
    def drawing(key: int) -> ResponseReturnValue:
        return _typed(roll_svg(_find(book, key), book.findings(key)).encode(), "image/svg+xml")


def _find(book: RollBook, key: int) -> RollEntry:
    roll = book.roll(key)
    if roll is None:
        abort(404, f"No roll {key} is remembered. /api/rolls lists those that are.")
    return roll


def _typed(data: bytes, kind: str) -> Response:
    response = make_response(data)
    response.headers["Content-Type"] = kind
    return response
