"""A board, a memory of a few real JPEGs, the page on a real port, and a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

from edge.clock import NS_PER_MS, VirtualClock
from edge.parts import Account, Decision, Label, Part, PartMap, Place, Reason, Record, State, Trigger, Verdict
from edge.status.app import create_app
from edge.status.board import Board, LineState
from edge.status.server import StatusServer

WALL_NS = 1_760_000_000_000_000_000


@dataclass(frozen=True)
class FakeRow:
    """A remembered part, all fields at rest."""

    seq: int
    boot_id: str = "b00t"
    part_id: int = 1
    state: State = State.REJECTED
    reason: Reason | None = None
    score: float | None = 4.0
    threshold: float | None = 2.0
    where: tuple[Place, ...] = (Place(10, 20, 30, 15),)
    reasons: tuple[str, ...] = ("spot of 12 mm²",)
    model_id: str = "cells-3"
    trigger_ns: int = 0
    closed_ns: int = 80 * NS_PER_MS
    wall_ns: int = WALL_NS
    image: Path | None = None
    map: Path | None = None
    label: Label | None = None


class FakeHistory:
    """Remembers what it is given; newest first, as the real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[int, FakeRow] = {}

    def add(self, seq: int, picture: bool = True, **fields: Any) -> FakeRow:
        """Remembers a part; `fields` are those of `FakeRow`, its picture is grey with one hot corner."""
        row = FakeRow(seq, **fields)
        if picture:
            image, heat = self.folder / f"{seq}.jpg", self.folder / f"{seq}.png"
            cv2.imwrite(str(image), np.full((96, 128, 3), 90, np.uint8))
            cv2.imwrite(str(heat), np.pad(np.full((8, 8), 250, np.uint8), ((0, 4), (0, 8))))
            row = replace(row, image=image, map=heat)
        self.rows[seq] = row
        return row

    def last(self, n: int, states: Sequence[State]) -> list[FakeRow]:
        return [row for _, row in sorted(self.rows.items(), reverse=True) if row.state in states][:n]

    def row(self, seq: int) -> FakeRow | None:
        return self.rows.get(seq)

    def page(self, which: State | Literal["relabelled"], after: int, n: int) -> list[FakeRow]:
        rows = [row for seq, row in sorted(self.rows.items()) if seq > after and row.image is not None]
        if which == "relabelled":
            return [row for row in rows if row.label is not None][:n]
        return [row for row in rows if row.label is None and row.state is which][:n]

    def relabel(self, seq: int, label: Label) -> bool:
        if seq in self.rows:
            self.rows[seq] = replace(self.rows[seq], label=label)
        return seq in self.rows


RecordMaker = Callable[..., Record]


@pytest.fixture
def make_record() -> RecordMaker:
    """Makes a closed part with a grey picture and one hot corner."""

    def make(
        part_id: int = 1,
        state: State = State.PASSED,
        score: float = 1.0,
        reasons: tuple[str, ...] = (),
        reason: Reason | None = None,
        image: bool = True,
        closed_ns: int = 0,
    ) -> Record:
        heat = np.zeros((96, 128), np.float32)
        heat[:30, :40] = score
        decision = Decision.REJECT if state is State.REJECTED else Decision.PASS
        where = (Place(0, 0, 40, 30),) if state is State.REJECTED else ()
        verdict = None if state is State.UNINSPECTED else Verdict(decision, score, 2.0, reasons, where)
        account = Account(Part(part_id, Trigger(0, 0.0)), state, closed_ns, reason, verdict)
        picture = np.full((96, 128, 3), 90, np.uint8) if image else None
        part_map = PartMap(heat, score) if image and verdict else None
        return Record(account, "cells-3", picture, part_map, taken_ns=0, scored_ns=40 * NS_PER_MS)

    return make


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def board(clock: VirtualClock) -> Board:
    board = Board(clock)
    board.set_state(LineState())
    return board


@pytest.fixture
def history(tmp_path: Path) -> FakeHistory:
    return FakeHistory(tmp_path)


@pytest.fixture
def app(board: Board, history: FakeHistory, clock: VirtualClock) -> Flask:
    return create_app(board, history, clock)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def server(app: Flask) -> Iterator[StatusServer]:
    server = StatusServer(app, "127.0.0.1", 0)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A real Chromium without a window. Mark the test with `needs("chromium", "chromedriver")`."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    flags = "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
    for flag in f"{flags} disable-component-update disable-sync".split():
        options.add_argument(f"--{flag}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver") or "")
    driver = webdriver.Chrome(options, service)
    yield driver
    driver.quit()
