import re
import shutil
from dataclasses import replace

import pytest
from checkup_dataset import write_parts
from headless import headless
from markupsafe import escape

from trainer.checkup.checkup import examine
from trainer.leakage import Examined, Leakage
from trainer.report import evaluation_report
from trainer.report.words import NNBSP


@pytest.fixture(scope="module")
def examined(measured, tmp_path_factory):
    """The same, with the findings on a data set that leaks."""
    root = write_parts(tmp_path_factory.mktemp("data") / "parts")
    shutil.copy(root / "train/good/003.png", root / "test/good/a_long_name_without_any_place_to_break_it_900.png")
    leak = Leakage("copies", 1, 1, 5, 6, 0.75, 0.5, (0.25, 0.75))
    return replace(measured, examined=Examined(examine(root), (leak,)))


@pytest.fixture(scope="module")
def page(examined) -> str:
    return evaluation_report(examined, "greys & co").decode()


def test_the_verdict_is_said_in_words(page):
    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading
    assert heading[1].replace(NNBSP, " ") == "Finds 67 % of the bad parts and throws away 17 % of the good ones."


def test_the_page_needs_nothing_but_itself(page):
    """Prevents a report that is empty in a factory without a network, or that runs what somebody put into a name."""
    assert "<script" not in page
    assert not re.search(r"https?://", page)
    assert all(source.startswith("data:image/jpeg;base64,") for source in re.findall(r'(?:src|href)="([^"]*)', page))
    assert "url(" not in page


def test_it_says_that_the_data_set_is_another_one(page):
    """Prevents a number on changed pictures that passes for one on those of the training."""
    assert "another data set, or it was changed since the training" in page


def test_what_leaks_is_said_before_all_other_doubts(page):
    warnings = page[page.index('aria-label="Warnings"') :]
    assert warnings.index("+0.2500 by leakage") < warnings.index("good test pictures cannot confirm")
    assert "What leakage is worth" in page


def test_names_are_text(page):
    assert "<b>dent" not in page
    assert "&lt;b&gt;dent" in page
    assert "greys &amp; co" in page


def test_every_doubt_is_on_the_page(page, measured):
    warnings = measured.result.to_dict()["warnings"]
    assert len(warnings) >= 2
    assert all(escape(text[1:]) in page for text in warnings)


def test_it_stays_small_and_repeats_itself(page, examined):
    again = evaluation_report(examined, "greys & co").decode()
    assert again == page
    assert len(page) < 3_000_000


def test_without_masks_nothing_is_said_of_places(measured):
    scored, result = measured.scored, measured.result
    bare = type(scored)(
        scored.samples,
        scored.scores,
        scored.maps,
        tuple(None for _ in scored.masks),
        tuple(None for _ in scored.masks),
        scored.tiles,
        scored.ns,
    )
    kinds = {
        kind: replace(value, aupro=None, pointed_at=None, smallest_found_px=None, largest_missed_px=None)
        for kind, value in result.per_class.items()
    }
    without = replace(
        result, aupro=None, aupro_interval=None, pro_curve=None, pixel_auroc=None, pointed_at=None, per_class=kinds
    )
    page = evaluation_report(replace(measured, scored=bare, result=without), "greys").decode()
    assert "Per-region overlap" not in page
    assert "No masks" in page


@pytest.mark.needs("chromium", "chromedriver")
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_hangs_over_the_edge(page, width, tmp_path, browser):
    file = tmp_path / "report.html"
    file.write_text(page, encoding="utf-8")
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(file.as_uri())
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("return [...document.images].every(image => image.naturalWidth > 0)")
    assert browser.get_log("browser") == []


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    yield from headless(tmp_path_factory.mktemp("chromium"))
