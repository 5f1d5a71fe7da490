"""The roll map as a picture: SVG 1.1, along the roll from left to right, the web's left edge on top."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from edge.web.finding import Finding, RollEntry

_WIDE, _HIGH, _MARGIN = 1200, 220, 30
_LEAST = 3.0
_MOST = 5000


def roll_svg(roll: RollEntry, findings: Sequence[Finding]) -> str:
    """Defects as red marks, at least large enough to be seen, and uninspected lengths as grey bars. Of very many
    defects those with the highest peaks are drawn."""
    reach = [finding.at_m + finding.length_mm / 1000 for finding in findings]
    length_m = max([(roll.travelled_mm or 0.0) / 1000, *reach, 0.001])
    by_x, by_y = (_WIDE - 2 * _MARGIN) / length_m, (_HIGH - 2 * _MARGIN) / max(roll.width_mm, 0.001)
    drawn = [_box("#f4f4f2", 0, 0, length_m * by_x, roll.width_mm * by_y, "")]
    lost = [finding for finding in findings if finding.kind == "uninspected"]
    defects = sorted((f for f in findings if f.kind == "defect"), key=lambda f: -(f.peak or 0.0))[:_MOST]
    for finding in lost:
        text = f"{finding.at_m:.3f} m: {finding.length_mm / 1000:.3f} m not inspected ({finding.why})"
        width = max(1.0, finding.length_mm / 1000 * by_x)
        drawn.append(_box("#9a9a9a", finding.at_m * by_x, 0, width, roll.width_mm * by_y, text))
    for finding in reversed(defects):
        text = f"{finding.number}: {finding.at_m:.3f} m, {finding.across_mm:.1f} mm, peak {finding.peak:.3g}"
        w, h = finding.length_mm / 1000 * by_x, finding.width_mm * by_y
        x = finding.at_m * by_x - max(0.0, _LEAST - w) / 2
        y = finding.across_mm * by_y - max(0.0, _LEAST - h) / 2
        drawn.append(_box("#c8102e", x, y, max(w, _LEAST), max(h, _LEAST), text))
    marks = [_tick(share, share * length_m) for share in (0, 0.25, 0.5, 0.75, 1)]
    size = f'viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    return "\n".join([head, *drawn, *marks, "</svg>"])


def _box(fill: str, x: float, y: float, w: float, h: float, text: str) -> str:
    at = f'x="{_MARGIN + x:.2f}" y="{_MARGIN + y:.2f}" width="{w:.2f}" height="{h:.2f}"'
    title = f"<title>{quoteattr(text)[1:-1]}</title>" if text else ""
    return f'<rect {at} fill="{fill}">{title}</rect>'


def _tick(share: float, metres: float) -> str:
    x = _MARGIN + share * (_WIDE - 2 * _MARGIN)
    return f'<text x="{x:.1f}" y="{_HIGH - 8}" text-anchor="middle">{metres:.2f} m</text>'
