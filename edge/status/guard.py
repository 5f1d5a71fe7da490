"""Who may do more than look: requests that carry the box's token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from flask import abort, jsonify, request

from edge.errors import UsageError
from edge.token import carries, read_token

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
_MEND = (
    "Send the header Authorization: Bearer TOKEN. On the box, `ringlight token --config FILE` prints the token; on the "
    "desk, --token-file names the file that holds it."
)


class Guard:
    """Lets a request through to a route if it carries the token, and answers 401 with the mend if not.

    The file is read for each request, so that a renewed token holds at once. Neither token is ever written to a log.
    """

    def __init__(self, token_file: Path) -> None:
        self._file = token_file

    def __call__(self, view: Callable[Given, Answer]) -> Callable[Given, Answer]:
        """Decorates a route's function."""

        @wraps(view)
        def guarded(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
            self.check()
            return view(*args, **kwargs)

        return guarded

    def check(self) -> None:
        """Ends a request without the token with 401 and the mend."""
        try:
            token = read_token(self._file)
        except UsageError as error:
            _refuse(str(error))
        else:
            header = request.headers.get("Authorization", "")
            if not carries(header, token):
                _refuse(f"{'The token is not that of this box' if header else 'This needs the token'}. {_MEND}")


def _refuse(words: str) -> None:
    answer = jsonify(error=words)
    answer.status_code = 401
    answer.headers["WWW-Authenticate"] = 'Bearer realm="ringlight"'
    abort(answer)
