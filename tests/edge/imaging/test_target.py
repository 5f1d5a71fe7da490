"""The printed target, seen by cameras of which everything is known."""

import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from edge.errors import UsageError
from edge.imaging.pitch import Pitch, find_pitch
from edge.imaging.target import PAGE_MM, RULER_MM, Target

DOTS = 20  # per millimetre of the print
SIZE = (640, 480)
MIDDLE = (np.array(SIZE) - 1) / 2
HALF_DIAGONAL = float(np.linalg.norm(MIDDLE))


def boxes_of_svg(document: str) -> list[tuple[float, ...]]:
    """Left, top, width and height in millimetres of what is black."""
    page = ElementTree.fromstring(document)
    assert (page.get("width"), page.get("height")) == ("297mm", "210mm")
    assert page.get("viewBox") == "0 0 297 210"
    (group,) = [one for one in page if one.get("id") == "black"]
    return [tuple(float(box.get(name, "")) for name in ("x", "y", "width", "height")) for box in group]


def boxes_of_pdf(document: bytes) -> list[tuple[float, ...]]:
    scale = re.search(rb"([\d.]+) 0 0 ([\d.]+) 0 0 cm", document)
    assert scale is not None
    assert [float(one) for one in scale.groups()] == pytest.approx([72 / 25.4] * 2, rel=1e-6)
    found = re.findall(rb"([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re f", document)
    drawn = [tuple(float(one) for one in box) for box in found]
    return [(x, PAGE_MM[1] - y - h, w, h) for x, y, w, h in drawn]


def printed(boxes) -> np.ndarray:
    """The sheet, uint8 [H, W], with 20 dots a millimetre."""
    sheet = np.full((int(PAGE_MM[1] * DOTS), int(PAGE_MM[0] * DOTS)), 240, np.uint8)
    for x, y, w, h in boxes:
        left, top, right, bottom = (round(one * DOTS) for one in (x, y, x + w, y + h))
        sheet[top:bottom, left:right] = 20
    return sheet


@pytest.fixture(scope="module")
def sheet() -> np.ndarray:
    return printed(boxes_of_svg(Target().svg()))


def seen(sheet, mm_per_px, *, turn_deg=0.0, tilt=0.0, barrel=0.0) -> np.ndarray:
    """What a camera above the board's middle sees, uint8 RGB [480, 640, 3].

    `tilt`: by what share the pitch grows from the left border of the picture to the right one. `barrel`: how far the
    lens moves the picture's corners towards its middle, as a share.
    """
    fine = 2
    x, y = np.meshgrid(np.arange(SIZE[0] * fine), np.arange(SIZE[1] * fine))
    off = np.stack([(x + 0.5) / fine - 0.5 - MIDDLE[0], (y + 0.5) / fine - 0.5 - MIDDLE[1]], axis=-1)
    off /= 1 - barrel * ((off / HALF_DIAGONAL) ** 2).sum(axis=-1, keepdims=True)  # Fitzgibbon's division model
    # A homography that is the identity at the middle, to first order. With mm = off / (1 - k · x), the pitch grows by
    # 2k a pixel along x and by k along y.
    mm = mm_per_px * off / (1 - tilt / (1.5 * SIZE[0]) * off[..., :1])
    cos, sin = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    mm = mm @ np.array([[cos, sin], [-sin, cos]])
    on_sheet = ((mm + np.array([PAGE_MM[0] / 2, 15.0 + 145.0 / 2])) * DOTS - 0.5).astype(np.float32)
    columns, rows = np.ascontiguousarray(on_sheet[..., 0]), np.ascontiguousarray(on_sheet[..., 1])
    smooth = cv2.GaussianBlur(sheet, (0, 0), 0.4 * mm_per_px * DOTS)
    picture = cv2.remap(smooth, columns, rows, cv2.INTER_LINEAR, borderValue=(240,))
    picture = np.asarray(cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA), np.float32)
    noisy = picture + np.random.default_rng(4).normal(0, 2, picture.shape)
    return np.repeat(np.clip(np.rint(noisy), 0, 255).astype(np.uint8)[..., None], 3, axis=2)


CAMERAS = {
    "straight": {},
    "turned": {"turn_deg": 7.0},
    "upside down": {"turn_deg": 181.0},
    "a little aslant": {"tilt": 0.03},
    "barrel": {"barrel": 0.05},
    "cushion": {"barrel": -0.04, "turn_deg": -3.0},
    "all of it": {"turn_deg": 5.0, "tilt": -0.02, "barrel": 0.06},
}


@pytest.mark.parametrize("mm_per_px", [0.16, 0.3])
@pytest.mark.parametrize("camera", CAMERAS.values(), ids=list(CAMERAS))
def test_the_printed_targets_pitch_is_measured_within_half_a_per_cent(sheet, camera, mm_per_px):
    """A lens's barrel made the mean of all squares 3 % too large, and parts were cut off."""
    pitch = find_pitch(seen(sheet, mm_per_px, **camera), (8, 5), square_mm=10.0)
    assert pitch.mm_per_px == pytest.approx(mm_per_px, rel=0.005)


def test_a_view_that_is_straight_has_no_findings(sheet):
    assert find_pitch(seen(sheet, 0.16, turn_deg=2.0), (8, 5), 10.0).findings() == []


def test_a_camera_that_looks_aslant_is_told_by_how_much(sheet):
    pitch = find_pitch(seen(sheet, 0.16, tilt=0.03), (8, 5), 10.0)
    assert pitch.tilt == pytest.approx(0.03, rel=0.1)
    assert "aslant" in pitch.findings()[0]


@pytest.mark.parametrize(("barrel", "word"), [(0.05, "(barrel)"), (-0.05, "(cushion)")])
def test_a_lens_that_bends_is_told_which_way_and_by_how_much(sheet, barrel, word):
    pitch = find_pitch(seen(sheet, 0.16, barrel=barrel), (8, 5), 10.0)
    corner_px = np.linalg.norm([35 / 0.16, 20 / 0.16])
    assert pitch.bend == pytest.approx(barrel * (corner_px / HALF_DIAGONAL) ** 2, rel=0.15)
    assert any(word in text for text in pitch.findings())


def test_a_printer_that_stretches_one_way_is_told():
    assert "+2.0% of that along y" in Pitch(0.1, stretch=0.02).findings()[0]


def test_both_documents_are_the_same_to_the_micrometre():
    target = Target((11, 7), 12.5)
    svg, pdf = boxes_of_svg(target.svg()), boxes_of_pdf(target.pdf())
    assert len(svg) == 12 * 8 // 2 + 1 + 101
    assert np.array(pdf) == pytest.approx(np.array(svg), abs=1e-3)


def test_the_ruler_is_as_long_as_it_says():
    boxes = boxes_of_svg(Target().svg())
    ticks = [x + w / 2 for x, y, w, h in boxes if w < 1]
    assert max(ticks) - min(ticks) == pytest.approx(RULER_MM)


def test_every_place_in_the_pdfs_table_is_that_of_its_object():
    document = Target().pdf()
    places = re.findall(rb"(\d{10}) 00000 n", document)
    assert [document[int(place) :].split(b" ", 1)[0] for place in places] == [b"1", b"2", b"3", b"4", b"5"]
    start = re.search(rb"startxref\n(\d+)", document)
    assert start is not None
    assert document[int(start[1]) :].startswith(b"xref")


def test_a_target_that_does_not_fit_on_the_page_is_refused():
    with pytest.raises(UsageError, match=r"400 × 240 mm does not fit"):
        Target((19, 11), 20.0)
