"""A board with the firmware of the page, built once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from arduino import Board, build, require_toolchain, sketch


@pytest.fixture(scope="session")
def firmware(tmp_path_factory) -> Path:
    """The program that is a board; the sketch is compiled beside it."""
    require_toolchain()
    return build(tmp_path_factory.mktemp("firmware"), sketch())


@pytest.fixture
def board(firmware) -> Iterator[Board]:
    board = Board(firmware)
    yield board
    board.pull()
