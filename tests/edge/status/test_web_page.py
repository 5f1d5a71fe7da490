"""The page of a web in a real Chromium: whether the web is inspected, and what was found, from where an operator
stands."""

from __future__ import annotations

import numpy as np
import pytest
from page import Page

from edge.health import Check, Level
from edge.status.app import create_app
from edge.status.board import Info, LineState
from edge.status.guard import Guard
from edge.status.server import StatusServer
from edge.web.account import WebAccount
from edge.web.book import RollBook
from edge.web.ledger import Lengths
from edge.web.roll import Roll, Sizes, Stretch, WebEvent
from edge.web.routes import web_routes
from edge.web.strips import Lost

pytestmark = pytest.mark.needs("chromium", "chromedriver")
ROLL = 'R-17 <img src=x onerror="document.title=1">'


def lengths(travelled=41_230, lost=0, by=(), balance=0):
    return Lengths(travelled, travelled - lost - 30 + balance, lost, 30, 1.0, by)


class Web:
    """A web as the page sees it: set `account`, add findings."""

    def __init__(self, folder, clock, board, history):
        self.board = board
        self.book = RollBook(folder / "book", clock, "boot")
        self.account = WebAccount(0.0)
        routes = web_routes(
            Guard(folder / "token"), self.book, lambda: self.account.to_dict(), lambda body: body, "box"
        )
        app = create_app(board, history, clock, [routes], page="web.html")
        self.server = StatusServer(app, "127.0.0.1", 0)

    def begin(self):
        roll = Roll(1, ROLL, 0, Sizes(0.1, 32, 24, 8, 160), join=1, longest=100, min_cells=1, queue=4)
        self.book.began(roll, 160.0)
        self.now(lengths())

    def now(self, of_roll, outside_mm=0.0, events=3, **line):
        self.account = WebAccount(outside_mm, True, 1, ROLL, of_roll, events)
        values = {"belt_mm_s": 50.8, "ejections": 3, "verdict_p50_ms": 41.0, "verdict_p99_ms": 63.0, **line}
        self.board.set_state(LineState(**values))

    def found(self, number, at_mm):
        image = np.full((96, 128, 3), 90, np.uint8)
        image[40:50, 60:70] = 220
        self.book.event(WebEvent(1, number, at_mm, 0.8, 61.2, 0.8, 0.64, 7.3, 3.0, "web-3", False, image))
        assert self.book.flush()


@pytest.fixture
def web(tmp_path, clock, board, history):
    board.set_info(Info(box="box-2", site="plant", line="coater", model_id="membrane-3", method="padim"))
    web = Web(tmp_path, clock, board, history)
    yield web
    web.server.stop()


@pytest.fixture
def page(browser, web) -> Page:
    return Page(browser, web.server.url)


def test_a_roll_is_shown_with_its_metres_its_defects_and_the_last_one_s_picture(web, page):
    web.begin()
    web.found(1, 11_204.0)
    web.found(2, 38_017.0)
    page.open().says("verdict-word", "INSPECTING").says("verdict-part", "R-17 <img").says("balance", "balanced")
    page.says("n-travelled_mm", "41.230").says("n-inspected_mm", "41.200").says("n-in_flight_mm", "0.030")
    page.says("events", "3").says("defect-words", "Roll 1, defect 2 · at 38.017 m")
    page.until("document.getElementById('defect').naturalWidth === 128")
    assert page.run("return document.querySelectorAll('#findings .tile').length") == 2
    assert page.complaints() == []


def test_it_leads_to_the_map_of_the_roll_and_to_all_rolls(web, page):
    web.begin()
    web.found(1, 11_204.0)
    page.open().until("document.getElementById('this-map').getAttribute('href') === '/rolls/1'")
    page.run("document.getElementById('this-map').click()")
    page.until("document.querySelector('.map') && location.pathname === '/rolls/1'")
    page.open().says("verdict-word", "INSPECTING")
    page.run("[...document.querySelectorAll('.ways a')].at(-1).click()")
    page.until("location.pathname === '/rolls'")


@pytest.mark.parametrize("path", ["rolls", "rolls/1"])
def test_the_ways_on_the_pages_of_rolls_can_be_touched_with_gloves_too(web, browser, path):
    web.begin()
    assert web.book.flush()
    browser.get(web.server.url + path)
    heights = browser.execute_script("return [...document.querySelectorAll('nav a, td a')].map((a) => a.offsetHeight)")
    assert heights
    assert min(heights) >= 44


def test_web_that_passes_without_a_roll_is_told_in_huge_letters(web, page):
    web.account = WebAccount(12_340.0)
    web.board.set_state(LineState(belt_mm_s=50.8))
    page.open().says("verdict-word", "NO ROLL").says("outside", "12.340 m")
    assert page.run("return document.getElementById('verdict').dataset.state") == "uninspected"


def test_length_that_is_being_lost_is_told_at_once_and_why(web, page):
    web.begin()
    page.open().says("verdict-word", "INSPECTING")
    web.now(lengths(42_000, 500, ((Lost.DARK, 500),)))
    page.says("verdict-word", "NOT INSPECTED").says("verdict-why", "lamp off or not warm 0.500 m")
    page.says("uninspected-by", "lamp off or not warm 0.500 m")
    page.says("verdict-word", "INSPECTING")


def test_a_line_that_the_box_stopped_is_red(web, page):
    web.begin()
    web.now(lengths(), stopped=True)
    page.open().says("verdict-word", "STOPPED").says("belt", "stopped by the box")


def test_an_uninspected_length_is_a_tile_that_says_why(web, page):
    web.begin()
    web.book.stretch(Stretch(1, 500.0, 250.0, Lost.NO_FRAME), 160.0)
    assert web.book.flush()
    page.open().until("document.querySelector('#findings .tile')?.textContent.includes('no picture')")
    assert "0.250 m" in page.run("return document.querySelector('#findings .tile').textContent")


def test_lengths_that_do_not_balance_are_red(web, page):
    web.begin()
    web.now(lengths(balance=-5))
    page.open().says("balance", "does not balance")
    assert page.run("return document.getElementById('ledger').dataset.balanced") == "false"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (800, 1280), (390, 844)])
def test_nothing_is_cut_off_and_everything_can_be_touched_with_gloves(web, page, width, height):
    web.begin()
    for number in range(1, 9):
        web.found(number, 1000.0 * number)
    web.now(lengths(12_345_678, 12_345, ((Lost.DARK, 12_000), (Lost.BUSY, 345))), outside_mm=98_765.0)
    web.board.set_checks([Check("camera", Level.OK, "frames arrive"), Check("web", Level.WARNING, "12.345 m lost")])
    page.open(width, height).says("verdict-word", "INSPECTING").says("outside", "98.765 m")
    assert page.run("return document.documentElement.scrollWidth") <= width
    cut = page.run(
        "return [...document.querySelectorAll('#verdict-word, .count b, .roll dd, .ways a')]"
        ".filter((one) => one.clientWidth && one.scrollWidth > one.clientWidth + 1).map((one) => one.id)"
    )
    assert cut == []
    low = page.run("return Math.min(...[...document.querySelectorAll('.ways a, .tile')].map((a) => a.offsetHeight))")
    assert low >= 56
    assert page.complaints() == []


def test_what_was_seen_stands_where_the_screen_ends(web, page):
    """On the machine's own screen the lengths lay below its edge: nobody scrolls with gloves on."""
    web.begin()
    web.found(1, 1000.0)
    page.open(1280, 800).says("verdict-word", "INSPECTING")
    bottom = page.run("return document.getElementById('ledger').getBoundingClientRect().bottom")
    assert bottom <= 800
