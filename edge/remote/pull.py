"""Pictures from a box into a data set: rejects, good parts drawn at random, and what operators relabelled."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from edge.clock import NS_PER_MS, NS_PER_S
from edge.errors import RinglightError
from edge.parts import Label
from edge.picture import kind_of
from edge.recording.pictures import PictureSet
from edge.remote.box import BoxRefused, RemoteBox

TRAIN_GOOD, TEST_GOOD, REJECTED = "train/good", "test/good", "test/rejected"
TEST_SHARE = 0.2
_PAGE = 200
_GONE = 410
_BOOT = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched. `good`: how many passed parts the data set shall hold; `seed` draws them."""

    rejects: bool = False
    good: int = 0
    relabelled: bool = False
    seed: int = 0


class Pull:
    """Fetches what is wanted and not there yet.

    A part that was relabelled since it was fetched moves to where it now belongs. Called again after whatever cut it
    short, it goes on; called again later, it fetches what came since.

    Args:
        pictures: an opened data set.
        say: told in words. progress: called with how many parts are done, and of how many.
    """

    def __init__(
        self,
        box: RemoteBox,
        pictures: PictureSet,
        wanted: Wanted,
        *,
        say: Callable[[str], object] = lambda words: None,
        progress: Callable[[int, int], object] = lambda done, whole: None,
    ) -> None:
        self._box = box
        self._pictures = pictures
        self._wanted = wanted
        self._say = say
        self._progress = progress
        self._known = {_part(line): name for name, line in pictures.known.items() if _part(line)}

    def run(self) -> Counter[str]:
        """Fetches. Returns how many pictures came into each folder, moved ones included, and how many were `gone`
        from the box before their turn.

        Raises:
            UsageError, RinglightError: the box or the disk refuses; what came before is safe.
        """
        todo = list(self._todo())
        found: Counter[str] = Counter()
        for done, (row, folder, how) in enumerate(todo, start=1):
            found[self._fetch(row, folder, how)] += 1
            self._progress(done, len(todo))
        found.pop("", None)
        return found

    def _todo(self) -> Iterator[tuple[dict[str, Any], str, str]]:
        """Row, folder, and why it is wanted."""
        if self._wanted.relabelled:
            for row in self._rows("relabelled"):
                label = row["label"]
                yield row, _good_folder(row) if label["good"] else f"test/{label['kind']}", "relabelled"
        if self._wanted.rejects:
            for row in self._rows("rejected"):
                yield row, REJECTED, "rejected"
        if self._wanted.good:
            for row in self._draw(self._rows("passed")):
                yield row, _good_folder(row), "passed"

    def _draw(self, rows: Iterator[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """So many passed parts as are missing, in an order that the seed and each part decide alone: it does not
        matter how often this is called, or what came since."""
        have = sum(line.get("how") == "passed" for line in self._pictures.known.values())
        missing = max(0, self._wanted.good - have)
        new = [row for row in rows if (row["boot_id"], row["seq"]) not in self._known]
        drawn = sorted(new, key=lambda row: _chance(f"{self._wanted.seed}", row))[:missing]
        if len(drawn) < missing:
            self._say(
                f"the box keeps pictures of {len(new)} more good parts, not of {missing}: store.keep_good_every on the "
                "box says how many are kept"
            )
        return drawn

    def _fetch(self, row: dict[str, Any], folder: str, how: str) -> str:
        """The folder that a part came into; empty where it was there already, `gone` where the box has it no more."""
        old = self._known.get((row["boot_id"], row["seq"]))
        facts = self._facts(row, how)
        if old is not None:
            if old.rpartition("/")[0] == folder or how != "relabelled":
                return ""
            facts["lossless"] = self._pictures.known[old]["lossless"]
            new = f"{folder}/{old.rpartition('/')[2]}"
            moved = self._pictures.move(old, new, facts)
            self._known[row["boot_id"], row["seq"]] = new if moved else old
            return folder if moved else ""
        try:
            data, _ = self._box.fetch("GET", f"/api/parts/{row['seq']}/original")
        except BoxRefused as error:
            if error.status != _GONE:
                raise
            return "gone"
        kind = kind_of(data)
        if kind is None:
            raise RinglightError(f"{self._box.address}: what it gives for part {row['seq']} is no picture.")
        name = f"{folder}/{row['boot_id']}-{row['seq']:08}.{'png' if kind == 'png' else 'jpg'}"
        kept = self._pictures.add(name, data, facts | {"lossless": kind == "png"})
        self._known[row["boot_id"], row["seq"]] = name
        return folder if kept else ""

    def _rows(self, which: str) -> Iterator[dict[str, Any]]:
        after: int | None = 0
        while after is not None:
            answer = self._box.ask("GET", "/api/parts", which=which, after=after, n=_PAGE)
            try:
                rows, after = [_checked(row) for row in answer["rows"]], answer["next"]
            except (KeyError, TypeError, ValueError) as error:
                raise RinglightError(
                    f"{self._box.address}: its list of parts cannot be read ({error}). Update the box or the desk."
                ) from error
            yield from rows

    def _facts(self, row: dict[str, Any], how: str) -> dict[str, Any]:
        wall_s = row["wall_ms"] * NS_PER_MS / NS_PER_S
        return {
            "how": how,
            "box": str(self._box.address),
            "boot_id": row["boot_id"],
            "seq": row["seq"],
            "part_id": row["part_id"],
            "wall": datetime.fromtimestamp(wall_s, timezone.utc).isoformat(timespec="milliseconds"),
            **{key: row[key] for key in ("state", "score", "threshold", "model_id", "label")},
        }


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """The row, if what names files and folders here can do no harm; a ValueError or its like where not."""
    if not isinstance(row["seq"], int) or not _BOOT.fullmatch(row["boot_id"]):
        raise ValueError(f"part {row['seq']!r} of {row['boot_id']!r}")
    label = row["label"]
    if label is not None:
        Label(label["good"], label["kind"], label["who"], label["wall_ms"])
    return row


def _good_folder(row: dict[str, Any]) -> str:
    """A fifth of the good parts is kept for testing; which, each part decides alone, so that it stays there."""
    return TEST_GOOD if _chance("test", row) < TEST_SHARE else TRAIN_GOOD


def _chance(what: str, row: dict[str, Any]) -> float:
    """A number from 0 to 1 that is the same each time it is asked for."""
    digest = hashlib.sha256(f"{what}/{row['boot_id']}/{row['seq']}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _part(line: dict[str, Any]) -> tuple[str, int] | None:
    return (line["boot_id"], line["seq"]) if "boot_id" in line and "seq" in line else None
