"""The page and its HTTP interface. What is here only reads; what does more comes in blueprints, behind the token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha1

from flask import Blueprint, Flask, Response, abort, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from edge.clock import Clock
from edge.parts import State
from edge.status.answers import check_answer, row_answer, state_answer
from edge.status.board import Board
from edge.status.history import History, Row
from edge.status.pictures import LivePictures, PictureGone, stored_jpeg

# Everything comes from the box itself: a line without internet shows the same page, and a string that a stranger
# got into a reason can load and run nothing.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_MAX_ROWS = 100


def create_app(
    board: Board,
    history: History,
    clock: Clock,
    more: Iterable[Blueprint] = (),
    kinds: Sequence[str] = (),
    page: str = "page.html",
) -> Flask:
    """Makes the WSGI application.

    Args:
        board: what the line shows; read only.
        history: the remembered parts; called from several threads.
        clock: for the time of day in the answers.
        kinds: kinds of defect that anybody at the page may name; none where relabelling needs the token.
        page: template of the front page.
        more: routes that change the box or give much away, each behind a `Guard`.
    """
    app = Flask("edge.status")
    _page_routes(app, board, clock, page, kinds)
    _picture_routes(app, board)
    _history_routes(app, history)
    for blueprint in more:
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _say_error)
    app.after_request(_harden)
    return app


def _page_routes(app: Flask, board: Board, clock: Clock, template: str, kinds: Sequence[str]) -> None:
    @app.get("/")
    def page() -> str:
        return render_template(template, kinds=kinds)

    @app.get("/api/state")
    def state() -> ResponseReturnValue:
        return jsonify(state_answer(board.snapshot(), clock.wall_ns()))

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        faults = board.snapshot().faults()
        if not faults:
            return jsonify(status="ok", faults=[])
        return jsonify(status="fault", faults=[check_answer(fault) for fault in faults]), 503


def _picture_routes(app: Flask, board: Board) -> None:
    live = LivePictures(board)

    @app.get("/api/live.jpg")
    def live_jpg() -> ResponseReturnValue:
        _whole("n", 0, 0, 2**53)  # only keeps caches honest; the newest picture is always the answer
        picture = live.newest(_flag("overlay", True))
        if picture is None:
            abort(404, "No part has been seen since the box started; there is no picture yet.")
        response = make_response(picture.jpeg)
        response.headers["Ringlight-Picture"] = str(picture.n)
        response.headers["Ringlight-Part"] = str(picture.part_id)
        return _jpeg(response)


def _history_routes(app: Flask, history: History) -> None:
    def find(seq: int) -> Row:
        row = history.row(seq)
        if row is None:
            abort(404, f"No part with seq {seq} is remembered. /api/rejects lists those that are.")
        return row

    @app.get("/api/rejects")
    def rejects() -> ResponseReturnValue:
        n, state = _whole("n", 12, 1, _MAX_ROWS), _choice("state", "rejected", [state.value for state in State])
        return jsonify([row_answer(row) for row in history.last(n, (State(state),))])

    @app.get("/api/parts/<int:seq>")
    def part(seq: int) -> ResponseReturnValue:
        return jsonify(row_answer(find(seq)))

    @app.get("/api/parts/<int:seq>/image.jpg")
    def part_image(seq: int) -> ResponseReturnValue:
        heat, row = _flag("overlay", True), find(seq)
        # Worked out from the row alone, so that a browser that has the picture costs the box no drawing.
        tag = sha1(repr((row.boot_id, row.seq, row.wall_ns, heat)).encode(), usedforsecurity=False).hexdigest()
        if row.image is not None and row.image.exists() and request.if_none_match.contains(tag):
            response = make_response("", 304)
        else:
            try:
                response = make_response(stored_jpeg(row, heat))
            except PictureGone:
                abort(410, f"No picture of seq {seq} is kept: retention gave its place to others, or there was none.")
        response.set_etag(tag)
        return _jpeg(response)


def _jpeg(response: Response) -> Response:
    response.headers["Content-Type"] = "image/jpeg"
    return response


def _whole(name: str, default: int, low: int, high: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and low <= int(text) <= high):
        abort(400, f"{name} must be a whole number from {low} to {high}.")
    return int(text)


def _flag(name: str, default: bool) -> bool:
    return _choice(name, "1" if default else "0", ["0", "1"]) == "1"


def _choice(name: str, default: str, known: list[str]) -> str:
    text = request.args.get(name, default)
    if text not in known:
        abort(400, f"{name} must be one of: {', '.join(known)}.")
    return text


def _say_error(error: HTTPException) -> ResponseReturnValue:
    answer = jsonify(error=error.description)
    answer.status_code = error.code or 500
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(error.valid_methods)
    return answer


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers[name] = value
    if request.endpoint != "static" and "ETag" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-cache"
    return response
