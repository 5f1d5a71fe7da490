"""A checkerboard to print in true size, with a ruler that shows what the printer made of it. As SVG or PDF."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from edge.errors import UsageError

PAGE_MM = (297.0, 210.0)  # A4, lying (ISO 216)
RULER_MM = 100.0
_EDGE_MM = 15.0  # printers leave this free
_BOARD_MM = (PAGE_MM[0] - 2 * _EDGE_MM, 145.0)
_RULER_AT = (_EDGE_MM, 185.0)
_LINE_MM = 0.2
_POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Target:
    """A checkerboard of squares with this side; `corners` are its inner corners along rows and columns.

    Raises:
        UsageError: it does not fit on the page.
    """

    corners: tuple[int, int] = (8, 5)
    square_mm: float = 10.0

    def __post_init__(self) -> None:
        width, height = self.size_mm
        if width > _BOARD_MM[0] or height > _BOARD_MM[1] or self.square_mm <= 0:
            raise UsageError(
                f"a target of {width:g} × {height:g} mm does not fit on the page ({_BOARD_MM[0]:g} × {_BOARD_MM[1]:g} "
                "mm): fewer corners, or smaller squares."
            )

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the board."""
        return (self.corners[0] + 1) * self.square_mm, (self.corners[1] + 1) * self.square_mm

    def black(self) -> Iterator[tuple[float, float, float, float]]:
        """What is printed black: left, top, width and height in mm from the page's upper left corner."""
        left, top = (PAGE_MM[0] - self.size_mm[0]) / 2, _EDGE_MM + (_BOARD_MM[1] - self.size_mm[1]) / 2
        side = self.square_mm
        for row in range(self.corners[1] + 1):
            for column in range(row % 2, self.corners[0] + 1, 2):
                yield left + column * side, top + row * side, side, side
        x, y = _RULER_AT
        yield x, y, RULER_MM, _LINE_MM
        for mm in range(int(RULER_MM) + 1):
            long = 6.0 if mm % 10 == 0 else 3.0
            yield x + mm - _LINE_MM / 2, y - long, _LINE_MM, long

    def words(self) -> Iterator[tuple[float, float, str]]:
        """Lines of text and where each begins, in mm."""
        across, down = self.corners
        lines = (
            (172.0, "Print at 100 %, not fitted to the page. Measure this ruler, from its first to its last line."),
            (193.0, f"{RULER_MM:g} mm. Lay the sheet flat where the parts' surface will be, then call"),
            (199.0, "ringlight calibrate pitch --config FILE --ruler-mm MEASURED"),
            (204.0, f"--square-mm {self.square_mm:g} --corners {across}x{down}"),
        )
        for y, text in lines:
            yield _EDGE_MM, y, text

    def svg(self) -> str:
        """As an SVG document of the page's true size."""
        width, height = PAGE_MM
        boxes = "".join(f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}"/>\n' for x, y, w, h in self.black())
        words = "".join(f'<text x="{x:g}" y="{y:g}">{escape(text)}</text>\n' for x, y, text in self.words())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
            f'viewBox="0 0 {width:g} {height:g}">\n<rect width="100%" height="100%" fill="white"/>\n'
            f'<g id="black">\n{boxes}</g>\n'
            f'<g font-family="sans-serif" font-size="4">\n{words}</g>\n</svg>\n'
        )

    def pdf(self) -> bytes:
        """As a PDF document of one page (ISO 32000-1)."""
        scale, height = _POINTS_PER_MM, PAGE_MM[1]
        drawn = [f"{scale:.8f} 0 0 {scale:.8f} 0 0 cm"]  # millimetres from here on, from the lower left corner
        drawn += [f"{x:.4f} {height - y - h:.4f} {w:.4f} {h:.4f} re f" for x, y, w, h in self.black()]
        drawn += [f"BT /F1 4 Tf {x:.4f} {height - y:.4f} Td ({text}) Tj ET" for x, y, text in self.words()]
        content = "\n".join(drawn).encode("latin-1")
        box = " ".join(f"{side * scale:.4f}" for side in PAGE_MM)
        return _document(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {box}] /Contents 4 0 R /Resources << /Font << /F1 5 0 R "
                ">> >> >>".encode(),
                b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
                b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            ]
        )


def _document(objects: list[bytes]) -> bytes:
    """A PDF file of these objects, numbered from 1; the first is its catalogue."""
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return body + end + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
