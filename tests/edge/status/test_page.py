"""The page in a real Chromium: what an operator sees, and what he must never be shown."""

from __future__ import annotations

import pytest
from page import Page

from edge.clock import NS_PER_S
from edge.health import Check, Level
from edge.parts import Reason, State
from edge.status.board import STALE_NS, Info, LineState

pytestmark = pytest.mark.needs("chromium", "chromedriver")
HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


@pytest.fixture
def page(browser, server) -> Page:
    return Page(browser, server.url)


def test_a_verdict_is_shown_and_the_next_one_after_it(board, page, make_record):
    board.show(make_record(41, State.REJECTED, 5.0, ("spot of 12 mm²",)))
    page.open().says("verdict-word", "REJECT").says("verdict-why", "spot of 12 mm²").says("live-part", "Part 41")
    board.show(make_record(42))
    page.says("verdict-word", "PASS").says("verdict-part", "Part 42").says("live-part", "Part 42")
    page.until("document.getElementById('live').naturalWidth === 128")
    assert page.complaints() == []


def test_a_part_that_the_camera_missed_is_not_taken_for_the_one_before(board, page, make_record):
    board.show(make_record(1))
    page.open().says("live-part", "Part 1")
    board.show(make_record(2, State.UNINSPECTED, reason=Reason.NO_FRAME, image=False))
    page.says("verdict-word", "UNINSPECTED").says("live-part", "no picture of 2")


def test_the_score_stands_against_its_threshold(board, page, make_record):
    board.show(make_record(1, State.REJECTED, 3.0))
    page.open().says("score", "3.00").says("threshold", "2.00")
    page.until("document.getElementById('bar-fill').style.width === '75%'")
    assert page.run("return document.getElementById('spark-rejected').getAttribute('d').length") > 0


def test_scores_below_zero_keep_the_threshold_in_the_middle(page):
    """SimpleNet's raw scores may be negative; an axis from 0 would draw every part alike."""
    script = "const {axis} = await import('/static/verdict.js'); return [-3, -2, -1].map(axis(-2, []))"
    shares = page.open().driver.execute_async_script(
        f"const done = arguments[0]; (async () => {{ {script} }})().then(done, (error) => done(String(error)))"
    )
    assert shares == [0.25, 0.5, 0.75]


def test_a_ledger_that_does_not_balance_raises_the_alarm(board, page):
    board.set_state(LineState(triggered=10, passed=9, in_flight=1))
    page.open().says("balance", "balanced")
    assert page.run("return document.getElementById('alarms').textContent") == ""
    board.set_state(LineState(triggered=10, passed=7, in_flight=1))
    page.says("alarms", "does not balance, 2 parts missing").says("balance", "2 missing")


def test_a_silent_fallback_is_red(board, page):
    board.set_info(Info(provider_asked="TensorrtExecutionProvider", provider_running="CPUExecutionProvider"))
    page.open().says("provider", "CPU, asked for TensorRT").says("alarms", "provider")
    red, green, _ = page.run(
        "return getComputedStyle(document.getElementById('provider-row')).backgroundColor.match(/\\d+/g).map(Number)"
    )[:3]
    assert red > 150
    assert green < 60


def test_health_lists_the_worst_first_with_its_mend(board, page):
    board.set_checks([Check("camera", Level.OK, "fine"), Check("disk", Level.FAULT, "full", "Make room.")])
    page.open().says("checks", "Make room.").says("health-pill", "1 fault")
    assert page.run("return document.querySelector('#checks b').textContent") == "disk"


def test_a_reject_opens_with_its_heat_map_and_closes(history, page):
    history.add(1, part_id=11, reasons=("older",))
    history.add(2, part_id=12, reasons=("newer",))
    page.open().until("document.querySelectorAll('.tile').length === 2")
    page.run("document.querySelector('.tile[data-seq=\"2\"]').click()")
    page.says("viewer-reasons", "newer").until("document.getElementById('viewer-image').naturalWidth === 128")
    assert "overlay=1" in page.run("return document.getElementById('viewer-image').src")
    page.run("document.getElementById('viewer-heat').click()")
    page.until("document.getElementById('viewer-image').src.endsWith('overlay=0')")
    page.run("document.getElementById('viewer-older').click()")
    page.says("viewer-reasons", "older").says("viewer-part", "11")
    page.run("document.getElementById('viewer-close').click()")
    page.until("!document.getElementById('viewer').open")
    assert page.complaints() == []


def test_uninspected_parts_have_their_own_strip(history, page):
    history.add(1, state=State.UNINSPECTED, reason=Reason.LATE, score=None, picture=False)
    page.open().until("!document.getElementById('strip-empty').hidden")
    page.run("document.querySelector('[data-show=uninspected]').click()")
    page.until("document.querySelector('.tile')?.textContent.includes('late')")


def test_lost_contact_is_said_and_nothing_old_is_dressed_as_live(board, page, server, make_record):
    board.show(make_record(1))
    page.open().says("verdict-word", "PASS")
    server.stop()
    page.says("verdict-word", "NO CONTACT").says("alarms", "Lost contact with the box")
    assert page.run("return getComputedStyle(document.querySelector('.ledger')).filter") == "grayscale(1)"


def test_a_web_thread_that_outlives_its_line_says_so(board, clock, page, make_record):
    """The page still answers, the line is dead: the last PASS must not stand there for ever."""
    board.show(make_record(1))
    page.open().says("verdict-word", "PASS")
    clock.advance(STALE_NS + 1)
    page.says("verdict-word", "NO REPORT").says("alarms", "does not report")
    board.set_state(LineState())
    page.says("verdict-word", "PASS")


def test_a_hostile_string_is_only_a_string(board, history, page, make_record):
    board.show(make_record(1, State.REJECTED, 5.0, (HOSTILE,)))
    board.set_info(Info(box=HOSTILE, model_id=HOSTILE, provider_running=HOSTILE))
    board.set_checks([Check(HOSTILE, Level.FAULT, HOSTILE, HOSTILE)])
    history.add(1, reasons=(HOSTILE,), model_id=HOSTILE)
    page.open().says("verdict-why", HOSTILE).says("checks", HOSTILE).says("alarms", HOSTILE)
    page.until("document.querySelector('.tile')").run("document.querySelector('.tile').click()")
    page.says("viewer-reasons", HOSTILE)
    assert page.run("return document.querySelectorAll('img[src=x]').length") == 0
    assert page.driver.title != "owned"


@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
def test_nothing_hangs_over_the_edge(board, history, page, make_record, width):
    long, by = "anomalywithoutaspace" * 8, {Reason.NO_FRAME: 9}
    board.show(make_record(123_456_789, State.REJECTED, 5.0, (long,)))
    board.set_state(LineState(12_345_678, 12_000_000, 345_678, 0, 0, 120.0, 345_678, 345_670, uninspected_by=by))
    board.set_info(Info(box=long[:64], site=long[:64], model_id=long, provider_running=long))
    board.set_checks([Check(long, Level.FAULT, long, long)])
    for seq in range(12):
        history.add(seq, reasons=(long,))
    page.open(width).says("verdict-word", "REJECT").until("document.querySelectorAll('.tile').length === 12")
    assert page.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.run("document.querySelector('.tile').click()")
    assert page.run("const v = document.querySelector('.about'); return v.scrollWidth <= v.clientWidth")


def test_keys_are_large_enough_for_gloves(history, page):
    history.add(1)
    page.open().until("document.querySelector('.tile')").run("document.querySelector('.tile').click()")
    sizes = page.run(
        "return [...document.querySelectorAll('button')].map((b) => b.getBoundingClientRect())"
        ".map((r) => Math.min(r.width, r.height))"
    )
    assert min(sizes) >= 48


def test_an_operator_needs_no_scrolling(history, page):
    history.add(1)
    page.open(1280, 800).until("document.querySelector('.tile')")
    assert page.run("return document.querySelector('.rejects').getBoundingClientRect().bottom") <= 800


def test_a_new_version_of_the_box_reloads_the_page(board, page):
    """A kiosk shows the page for months: the script of before the update must not go on."""
    board.set_info(Info(version="1"))
    page.open().says("version", "1").run("window.before = true")
    board.set_info(Info(version="2"))
    page.until("!window.before").says("version", "2")


def test_time_since_the_verdict_is_told(board, clock, page, make_record):
    board.show(make_record(1))
    clock.advance(2 * NS_PER_S)
    page.open().says("verdict-part", "2.0 s ago")
