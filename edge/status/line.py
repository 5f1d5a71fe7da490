"""The route by which somebody who holds the token acknowledges the line's alarms."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from edge.status.guard import Guard


def line_routes(guard: Guard, acknowledge: Callable[[], bool]) -> Blueprint:
    """`/api/line/acknowledge`.

    Args:
        acknowledge: forgets the alarms and lets the line run; returns whether there was any.
    """
    routes = Blueprint("line", __name__)

    @routes.post("/api/line/acknowledge")
    @guard
    def acknowledged() -> ResponseReturnValue:
        return jsonify(acknowledged=acknowledge())

    return routes
