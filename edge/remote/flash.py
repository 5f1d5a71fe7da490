"""The desk's side of a flash over the network: sends what the box does not have, and follows what becomes of it.

Nothing is kept on the desk: it asks the box each time, so that a desk that starts anew goes on where the last one was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from edge.bundle import sha256
from edge.errors import RinglightError
from edge.remote.box import BoxRefused, RemoteBox

POLL_S = 1.0
_ATTEMPTS = 3
_TENTHS = 10
FLASHED = ("waiting", "trial", "good")
_UNDER_WAY = ("fetching", "installing")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a flash: the last answer of the box (docs/http.md), and the exit code that says it."""

    answer: dict[str, Any]
    code: int


class RemoteFlash:
    """Flashes one bundle on one box.

    Args:
        data: the bundle's bytes.
        say: told each step, in the box's own words where it has some.
        until: `waiting`, `trial` or `good`: what to wait for.
    """

    def __init__(
        self,
        box: RemoteBox,
        data: bytes,
        *,
        allow_older: str = "",
        until: str = "good",
        say: Callable[[str], object] = lambda words: None,
        progress: Callable[[int, int], object] = lambda have, size: None,
    ) -> None:
        self._box = box
        self._data = data
        self._digest = sha256(data)
        self._path = f"/api/models/{self._digest}"
        self._allow_older = allow_older
        self._until = FLASHED[FLASHED.index(until) :]
        self._say = say
        self._progress = progress
        self._told = 0
        self._said = ""

    def run(self) -> Outcome:
        """Sends, begins, follows to the end.

        Raises:
            UsageError, RinglightError: as `RemoteBox.ask`; or the box is busy with another flash.
        """
        answer = self._look()
        if answer["stage"] in FLASHED:
            self._say("the box has this model already")
            self._told = len(answer["steps"])
        for _ in range(_ATTEMPTS):
            if answer["stage"] not in (*FLASHED, *_UNDER_WAY):
                self._check_free(answer)
                answer = self._begin(answer)
            answer = self._follow(answer)
            if answer["stage"] == "absent":  # once proven, it lies in its slot until another one is written there
                raise RinglightError(f"{self._box.address}: the slot was given to another model meanwhile.")
            if answer["stage"] not in ("coming", "received"):
                return self._judge(answer)
            self._say("the box does not know of this flash any more: it was restarted, and is asked again")
            self._told = 0
        raise RinglightError(f"{self._box.address}: the flash was cut off {_ATTEMPTS} times. Look at the box's log.")

    def _look(self) -> dict[str, Any]:
        return self._box.ask("GET", self._path)

    def _check_free(self, answer: dict[str, Any]) -> None:
        first = answer["first"]
        if first is not None and first["sha256"] != self._digest:
            raise RinglightError(f"{self._box.address}: {_who(first)}")

    def _begin(self, answer: dict[str, Any]) -> dict[str, Any]:
        for _ in range(_ATTEMPTS):
            self._send(answer)
            try:
                return self._box.ask("POST", f"{self._path}/flash", allow_older=self._allow_older or None)
            except BoxRefused as error:
                answer = self._look()
                # What was sent can be gone again: swept, or thrown away because a disk had changed it.
                if error.status != HTTPStatus.CONFLICT or answer["stage"] not in ("absent", "coming"):
                    raise
        raise RinglightError(f"{self._box.address}: the box does not keep what is sent. Check its disk.")

    def _send(self, answer: dict[str, Any]) -> None:
        size, part = len(self._data), answer["part_bytes"]
        have = answer["have"] if answer["size"] == size else 0
        if have:
            self._say(f"the box has {have} of {size} bytes already")
        while have < size:
            self._progress(have, size)
            try:
                piece = self._data[have : have + part]
                have = self._box.ask("PUT", self._path, data=piece, size=size, offset=have)["have"]
            except BoxRefused as error:
                # An answer was lost, and the part counted; or the box has less than it had.
                if error.status != HTTPStatus.CONFLICT or error.answer.get("have") in (have, None):
                    raise
                have = error.answer["have"]
        self._progress(size, size)
        self._say(f"received: {size} bytes, SHA-256 {self._digest[:12]}…")

    def _follow(self, answer: dict[str, Any]) -> dict[str, Any]:
        while True:
            self._tell(answer)
            on_its_way = answer["stage"] in (*_UNDER_WAY, *FLASHED)
            if not on_its_way or answer["stage"] in self._until:
                return answer
            self._box.pause(POLL_S)
            answer = self._look()

    def _tell(self, answer: dict[str, Any]) -> None:
        for words in answer["steps"][self._told :]:
            self._say(words)
        self._told = max(self._told, len(answer["steps"]))
        words = _words(answer)
        if words and words != self._said:
            self._said = words
            self._say(words)

    def _judge(self, answer: dict[str, Any]) -> Outcome:
        if answer["stage"] in FLASHED:
            return Outcome(answer, 0)
        return Outcome(answer, 2 if answer["of_bundle"] else 1)


def _who(first: dict[str, Any]) -> str:
    if not first["sha256"]:
        return first["by"]
    return f"{first['by']} flashes {first['sha256'][:12]}… already. Wait for its end, then try again."


def _words(answer: dict[str, Any]) -> str:
    stage, slot = answer["stage"], f"slot {answer['slot']}"
    if stage == "waiting":
        return f"{slot} waits for a gap between two parts or rolls"
    if stage == "trial":
        seen, all_of_it = answer["inspected"], answer["good_after"]
        if not seen:
            return f"{slot} is active: {answer['model_id']} inspects, on trial for {all_of_it} parts"
        tenth = max(1, all_of_it // _TENTHS)
        return f"on trial: {seen // tenth * tenth} of {all_of_it} parts" if seen >= tenth else ""
    if stage == "good":
        return f"{slot} is good: {answer['model_id']}"
    if stage == "returned":
        return f"returned: {slot} was given up: {answer['why']}"
    return f"refused: {answer['why']}" if stage == "refused" else ""
