"""The routes by which pictures come back to the desk, and by which an operator says what a part really was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from edge.clock import Clock
from edge.errors import RinglightError
from edge.parts import Label, State
from edge.picture import kind_of
from edge.status.answers import row_answer
from edge.status.guard import Guard
from edge.status.history import History

_MAX_ROWS = 500
_LARGEST = 4096
_RELABELLED = "relabelled"
_WHICH = (*(state.value for state in State), _RELABELLED)


def desk_routes(
    guard: Guard,
    history: History,
    clock: Clock,
    *,
    operator_may_relabel: bool,
    on_label: Callable[[int, Label], object] = lambda seq, label: None,
) -> Blueprint:
    """`/api/parts`, `/api/parts/<seq>/original` and `/api/parts/<seq>/label`.

    Args:
        operator_may_relabel: whether the page itself may relabel, without the token.
        on_label: told the seq of a part and what was said of it, once that is kept.
    """
    routes = Blueprint("desk", __name__)

    @routes.get("/api/parts")
    @guard
    def parts() -> ResponseReturnValue:
        which, after, n = _which(), _whole("after", 0, 0, 2**53), _whole("n", 100, 1, _MAX_ROWS)
        rows = history.page(which, after, n)
        following = rows[-1].seq if len(rows) == n else None
        return jsonify(rows=[row_answer(row) for row in rows], next=following)

    @routes.get("/api/parts/<int:seq>/original")
    @guard
    def original(seq: int) -> ResponseReturnValue:
        row = history.row(seq)
        try:
            data = row.image.read_bytes() if row and row.image else b""
        except OSError:
            data = b""
        kind = kind_of(data)
        if kind is None:
            abort(410, f"No picture of seq {seq} is kept: retention gave its place to others, or there was none.")
        response = make_response(data)
        response.headers["Content-Type"] = f"image/{kind}"
        return response

    @routes.post("/api/parts/<int:seq>/label")
    def label(seq: int) -> ResponseReturnValue:
        if not (operator_may_relabel and from_own_page()):
            guard.check()
        told = _label(clock.wall_ns())
        if not history.relabel(seq, told):
            abort(404, f"No part with seq {seq} is remembered.")
        row = history.row(seq)
        if row is None:
            abort(410, f"The part with seq {seq} is remembered no more.")
        on_label(seq, told)
        return jsonify(row_answer(row))

    routes.register_error_handler(RinglightError, lambda error: (jsonify(error=str(error)), 500))
    return routes


def from_own_page() -> bool:
    """Whether the browser says that our own page asks. Another site's page cannot say so (Fetch Metadata, W3C), and
    cannot send JSON here without asking first, which is never allowed."""
    if not request.is_json:
        return False
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    # Browsers leave Sec-Fetch-Site out where the page came without TLS from another machine, as in most plants.
    return origin is not None and urlsplit(origin).netloc == request.host


def _label(wall_ns: int) -> Label:
    if (request.content_length or 0) > _LARGEST:
        abort(413, f"At most {_LARGEST} bytes are read.")
    told: Any = request.get_json(force=True, silent=True)
    if not isinstance(told, dict) or not isinstance(told.get("good"), bool):
        abort(400, 'Send JSON: {"good": true}, or {"good": false, "kind": "scratch"}; "who" may be added.')
    kind, who = told.get("kind", ""), told.get("who", "") or request.remote_addr or "somebody"
    if not isinstance(kind, str) or not isinstance(who, str) or len(who) > 64 or not who.isprintable():
        abort(400, "kind and who are short text.")
    try:
        return Label(told["good"], kind, who, wall_ns)
    except ValueError as error:
        abort(400, f"{error}.")


def _which() -> Any:
    text = request.args.get("which", State.REJECTED.value)
    if text not in _WHICH:
        abort(400, f"which must be one of: {', '.join(_WHICH)}.")
    return text if text == _RELABELLED else State(text)


def _whole(name: str, default: int, low: int, high: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and low <= int(text) <= high):
        abort(400, f"{name} must be a whole number from {low} to {high}.")
    return int(text)
