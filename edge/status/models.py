"""The routes by which a desk flashes the box: all of them behind the token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue

from edge.clock import NS_PER_MS
from edge.errors import SlotError
from edge.intake.flasher import Busy, First, Flasher
from edge.intake.uploads import Fault, UploadRefused
from edge.status.guard import Guard

_STATUS = {
    Fault.CALL: 400,
    Fault.OFFSET: 409,
    Fault.MISSING: 409,
    Fault.SIZE: 413,
    Fault.HASH: 422,
    Fault.DISK: 500,
    Fault.ROOM: 507,
}
_DIGITS = 16


def model_routes(guard: Guard, flasher: Flasher | None, good_after: int) -> Blueprint:
    """`/api/models/…`.

    Args:
        flasher: None where the box has no slots.
        good_after: parts of a trial.
    """
    routes = Blueprint("models", __name__)

    def ready() -> Flasher:
        if flasher is None:
            abort(409, 'This box has no slots. Write folder = "slots" under [slots] of its configuration.')
        return flasher

    @routes.get("/api/models/<digest>")
    @guard
    def look(digest: str) -> ResponseReturnValue:
        return jsonify(_answer(ready(), digest, good_after))

    @routes.put("/api/models/<digest>")
    @guard
    def put(digest: str) -> ResponseReturnValue:
        size, offset = _whole("size"), _whole("offset")
        if (request.content_length or 0) > ready().uploads.part:
            abort(413, f"A part has at most {ready().uploads.part} bytes.")
        upload = ready().put(digest, size, offset, request.get_data())
        return jsonify(have=upload.have, size=upload.size)

    @routes.post("/api/models/<digest>/flash")
    @guard
    def flash(digest: str) -> ResponseReturnValue:
        ready().begin(digest, request.remote_addr or "somebody", request.args.get("allow_older", ""))
        return jsonify(_answer(ready(), digest, good_after)), 202

    @routes.errorhandler(UploadRefused)
    def refused(error: UploadRefused) -> ResponseReturnValue:
        return jsonify(error=str(error), have=error.have), _STATUS[error.fault]

    @routes.errorhandler(SlotError)
    def taken(error: SlotError) -> ResponseReturnValue:
        first = error.first if isinstance(error, Busy) else None
        return jsonify(error=str(error), first=_first(first)), 409

    return routes


def _answer(flasher: Flasher, digest: str, good_after: int) -> dict[str, Any]:
    report = flasher.report(digest)
    return {
        "sha256": digest,
        "stage": report.stage.value,
        "have": report.upload.have,
        "size": report.upload.size,
        "part_bytes": flasher.uploads.part,
        "model_id": report.model_id,
        "slot": report.slot,
        "steps": list(report.steps),
        "why": report.why,
        "of_bundle": report.of_bundle,
        "inspected": report.inspected,
        "good_after": good_after,
        "first": _first(flasher.obstacle()),
    }


def _first(first: First | None) -> dict[str, Any] | None:
    if first is None:
        return None
    since_ms = None if first.since_ns is None else first.since_ns // NS_PER_MS
    return {"by": first.by, "sha256": first.digest, "since_ms": since_ms}


def _whole(name: str) -> int:
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        abort(400, f"{name} must be a whole number of bytes.")
    return int(text)
