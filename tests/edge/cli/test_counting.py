import io

import pytest
from rich.console import Console

from edge.cli.counting import Counting


@pytest.fixture
def out():
    return io.StringIO()


def test_a_pipe_gets_the_first_some_and_the_last(out):
    with Counting("parts", every=10, console=Console(file=out)) as counting:
        for done in range(1, 24):
            counting.count(done, 23)
    assert out.getvalue().splitlines() == ["1 of 23 parts", "10 of 23 parts", "20 of 23 parts", "23 of 23 parts"]


def test_what_has_no_end_is_counted_too(out):
    with Counting("pictures", every=10, console=Console(file=out)) as counting:
        counting.count(10, None)
    assert out.getvalue() == "10 pictures\n"


def test_a_terminal_gets_a_bar_and_no_lines(out):
    with Counting("parts", every=1, console=Console(file=out, force_terminal=True, width=80)) as counting:
        counting.count(1, 2)
    assert "1 of 2" not in out.getvalue()
    assert "1/2" in out.getvalue()


def test_words_are_no_markup(out):
    """A folder named [red] was not in the message."""
    Counting("parts", every=1, console=Console(file=out)).say("[red]x")
    assert out.getvalue() == "[red]x\n"
