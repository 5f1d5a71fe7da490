"""The page from which a person orders faults of the virtual line. It is there only where the virtual line runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from edge.errors import UsageError
from edge.status.desk import from_own_page
from edge.status.guard import Guard
from edge.virtual.faults import ABOUT, Fault, read_fault

_LARGEST = 4096
_SECONDS = 5


def fault_routes(guard: Guard, order: Callable[[Fault], object], running: Callable[[], Sequence[Fault]]) -> Blueprint:
    """`/virtual`, its page, and `/api/virtual/faults`.

    Args:
        order: lets a fault begin.
        running: what is wrong now.
    """
    routes = Blueprint(
        "virtual", __name__, template_folder="templates", static_folder="static", static_url_path="/virtual/static"
    )

    @routes.get("/virtual")
    def page() -> str:
        return render_template("faults.html", kinds=ABOUT, seconds=_SECONDS)

    @routes.get("/api/virtual/faults")
    def faults() -> ResponseReturnValue:
        return jsonify(running=[fault.model_dump() for fault in running()])

    @routes.post("/api/virtual/faults")
    def ordered() -> ResponseReturnValue:
        if not from_own_page():
            guard.check()
        if (request.content_length or 0) > _LARGEST:
            abort(413, f"At most {_LARGEST} bytes are read.")
        told: Any = request.get_json(force=True, silent=True)
        try:
            fault = read_fault(told)
        except UsageError as error:
            abort(400, f"{error}.")
        order(fault)
        return jsonify(fault.model_dump()), 202

    return routes
