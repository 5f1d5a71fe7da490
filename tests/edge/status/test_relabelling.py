"""An operator with gloves on says what a part really was, in a real Chromium."""

from __future__ import annotations

import pytest
from page import Page

from edge.parts import Label
from edge.status.app import create_app
from edge.status.desk import desk_routes
from edge.status.guard import Guard
from edge.status.server import StatusServer

pytestmark = pytest.mark.needs("chromium", "chromedriver")


@pytest.fixture
def page(browser, board, history, clock, tmp_path):
    routes = desk_routes(Guard(tmp_path / "token"), history, clock, operator_may_relabel=True)
    app = create_app(board, history, clock, [routes], ("scratch", "dent"))
    server = StatusServer(app, "127.0.0.1", 0)
    yield Page(browser, server.url)
    server.stop()


def open_first(page):
    page.open(1280, 800).until("document.querySelector('.tile')")
    page.run("document.querySelector('.tile').click()")
    return page.until("document.getElementById('viewer').open")


def test_one_press_says_that_it_was_good(history, page):
    history.add(1)
    open_first(page)
    page.run("document.querySelector('#viewer-relabel button').click()")
    page.says("viewer-label", "It was good, said by 127.0.0.1")
    page.until("document.querySelector('#viewer-relabel [aria-pressed=true]').textContent === 'It was good'")
    page.says("strip", "good")
    assert history.rows[1].label.good
    assert page.complaints() == []


def test_what_is_said_last_holds(history, page):
    history.add(1, label=Label(True, "", "Ada", 0))
    open_first(page).says("viewer-label", "It was good, said by Ada")
    page.run("document.querySelector('#viewer-relabel [data-kind=dent]').click()")
    page.says("viewer-label", "It was bad: dent")
    assert history.rows[1].label.kind == "dent"


def test_the_buttons_are_for_gloves(history, page):
    history.add(1)
    open_first(page)
    heights = page.run(
        "return [...document.querySelectorAll('#viewer-relabel button')].map((b) => b.getBoundingClientRect().height)"
    )
    assert len(heights) == 3
    assert min(heights) >= 64


def test_a_box_that_does_not_note_it_says_so(history, page):
    history.add(1)
    open_first(page)
    del history.rows[1]
    page.run("document.querySelector('#viewer-relabel button').click()")
    page.says("viewer-label", "No part with seq 1 is remembered")
