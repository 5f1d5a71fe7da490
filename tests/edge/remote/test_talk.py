import io

from rich.console import Console

from edge.remote.talk import Talk

HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"  # ECMA-48: the cursor


def talked(**settings):
    out = io.StringIO()
    with Talk(Console(file=out, width=100, highlight=False, **settings)) as talk:
        for done in range(0, 101, 10):
            talk.progress(done, 100)
        talk.say("slot B [bold]is[/] proven")
    return out.getvalue()


def test_a_pipe_gets_plain_lines_and_few_of_them():
    assert talked().splitlines() == [
        "sent 30 of 100 bytes",
        "sent 50 of 100 bytes",
        "sent 80 of 100 bytes",
        "slot B [bold]is[/] proven",
    ]


def test_a_terminal_gets_a_bar_instead_and_its_cursor_back():
    shown = talked(force_terminal=True)
    assert "sent 30" not in shown
    assert shown.index(HIDDEN) < shown.rindex(SHOWN)
    assert "slot B [bold]is[/] proven" in shown
