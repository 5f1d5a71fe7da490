"""What the data set doctor found, as a section of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from edge.health import Level
from edge.picture import load_image
from trainer.checkup.checkup import Checkup
from trainer.checkup.findings import Finding
from trainer.leakage import Leakage
from trainer.report.page import Table
from trainer.report.pictures import bounded, data_uri
from trainer.report.words import area, area_between, plural

MOST = 6
"""Pictures of one finding, or pairs of them."""

MOST_IN_ALL = 48
"""Pictures of all findings: with `_LARGEST` bytes each they leave the page under 3 MB."""

_SIDE = 200
_LARGEST = 10_000


@dataclass(frozen=True, slots=True)
class Shot:
    """A small picture as a data: URI, its name, and what is said of it."""

    uri: str
    name: str
    note: str

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def file(self) -> str:
        return self.name.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Card:
    """A finding. groups: its pictures, pairs side by side; more: how many of its pictures are not shown."""

    level: str
    check: str
    text: str
    mend: str
    groups: Sequence[Sequence[Shot]]
    more: int


@dataclass(frozen=True, slots=True)
class Section:
    """The section: its caption, what leaks are worth (None where nothing leaks), the findings, worst first, and in one
    line what is fine."""

    caption: str
    leakage: Table | None
    cards: Sequence[Card]
    fine: str


def section(checkup: Checkup, leakage: Sequence[Leakage] = (), caption: str = "") -> Section:
    """From the findings to the section.

    Args:
        checkup: of the data set. leakage: what its leaks are worth, where test pictures were scored.
        caption: more words under the heading.

    Raises DatasetError where a picture cannot be read again.
    """
    worst_first = sorted(checkup.findings, key=lambda finding: -finding.level)
    told = [finding for finding in worst_first if finding.level > Level.OK]
    room, cards = MOST_IN_ALL, []
    for finding in told:
        cards.append(_card(checkup, finding, room))
        room -= sum(len(group) for group in cards[-1].groups)
    fine = ", ".join(_plain(finding.check) for finding in worst_first if finding.level == Level.OK)
    about = f"“ringlight dataset check” looked at {plural(len(checkup.looks), 'picture')}. {caption}".strip()
    return Section(about, _table(leakage) if leakage else None, cards, fine)


def _card(checkup: Checkup, finding: Finding, room: int) -> Card:
    """With pictures from WARNING on: what is only good to know needs none."""
    shown = finding.pictures if finding.level >= Level.WARNING else ()
    paths = {look.name: look.path for look in checkup.looks}
    groups, taken = [], 0
    for _, group in groupby(shown, key=lambda picture: picture.group):
        members = list(group)
        if len(groups) == MOST or taken + len(members) > room:
            break
        groups.append(
            [Shot(data_uri(bounded(load_image(paths[m.name]), _SIDE), _LARGEST), m.name, m.note) for m in members]
        )
        taken += len(members)
    return Card(finding.level.name, finding.check, finding.text, finding.mend, groups, len(shown) - taken)


def _table(leakage: Sequence[Leakage]) -> Table:
    names = {"copies": "without copies of training pictures", "parts": "without every part that train/good shows"}
    n_good, n_bad = leakage[0].left_good + leakage[0].good, leakage[0].left_bad
    n_bad += leakage[0].pictures - leakage[0].good
    rows = [["all test pictures", f"{n_good}", f"{n_bad}", area(leakage[0].with_them), ""]]
    rows += [
        [names[leak.what], f"{leak.left_good}", f"{leak.left_bad}", area(leak.without), area_between(interval)]
        for leak in leakage
        for interval in [leak.without_interval]
    ]
    head = ["", "good", "bad", "image AUROC", "95 % interval"]
    return Table("What leakage is worth", "A model knows what it has met; new parts it has not.", head, rows)


def _plain(check: str) -> str:
    return check.replace(".", ": ").replace("_", " ")
