"""A small plot: numbers to SVG. Colours are classes of the page's style sheet, so that one drawing serves light, dark
and print."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 480, 312
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 16, 42, 46

Pairs = Iterable[tuple[float, float]]
Scale = Callable[[float], float]


class Plot:
    """Axes, and what is drawn between them, in the units of the axes; what lies outside is cut off.

    Args:
        x, y: ends of the axes; an axis of no length is widened. log_x: the x axis is logarithmic.
        says: what the plot shows, in words, for those who cannot see it.
    """

    def __init__(self, x: tuple[float, float], y: tuple[float, float], says: str, *, log_x: bool = False) -> None:
        self._x, self._y, self._says, self._log = _widened(x), _widened(y), says, log_x
        self._below: list[Markup] = []
        self._inside: list[Markup] = []
        self._above: list[Markup] = []

    def across(self, value: float) -> float:
        """Where a value of the x axis lies, in the drawing's units."""
        low, high = self._x
        if self._log:
            value, low, high = math.log(max(value, 1e-12)), math.log(low), math.log(high)
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def up(self, value: float) -> float:
        """Where a value of the y axis lies, in the drawing's units."""
        low, high = self._y
        return HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def axes(self, x: str, y: str, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]) -> Plot:
        """Names of the axes, ticks at (value, text)."""
        for value, text in y_ticks:
            at = self.up(value)
            self._below.append(_tag("line", cls="grid", x1=_LEFT, x2=WIDTH - _RIGHT, y1=at, y2=at))
            self._above.append(_tag("text", text, cls="tick end", x=_LEFT - 8, y=at + 5))
        for value, text in x_ticks:
            at = self.across(value)
            self._below.append(_tag("line", cls="grid", x1=at, x2=at, y1=HEIGHT - _BOTTOM, y2=HEIGHT - _BOTTOM + 5))
            self._above.append(_tag("text", text, cls="tick middle", x=at, y=HEIGHT - _BOTTOM + 20))
        self._above.append(_tag("text", x, cls="axis end", x=WIDTH - _RIGHT, y=HEIGHT - 6))
        self._above.append(_tag("text", y, cls="axis", x=4, y=14))
        return self

    def line(self, points: Pairs, cls: str) -> Plot:
        """A line through (x, y)."""
        self._inside.append(_tag("path", cls=f"line {cls}", d=self._path(points)))
        return self

    def steps(self, points: Sequence[tuple[float, float]], cls: str) -> Plot:
        """A line that keeps its height until the next x."""
        corners = [
            corner
            for (x, y), (right, _) in zip(points, [*points[1:], points[-1]], strict=True)
            for corner in ((x, y), (right, y))
        ]
        return self.line(corners, cls)

    def filled(self, points: Sequence[tuple[float, float]], cls: str, floor: float = 0.0) -> Plot:
        """The area between a line through (x, y) and a height."""
        closed = [(points[0][0], floor), *points, (points[-1][0], floor)]
        self._inside.append(_tag("path", cls=f"area {cls}", d=self._path(closed) + "Z"))
        return self

    def between(self, points: Sequence[tuple[float, float, float]], cls: str) -> Plot:
        """The area between two lines through (x, low, high)."""
        outline = [(x, high) for x, _, high in points] + [(x, low) for x, low, _ in reversed(points)]
        self._inside.append(_tag("path", cls=f"area {cls}", d=self._path(outline) + "Z"))
        return self

    def bar(self, left: float, right: float, low: float, high: float, cls: str) -> Plot:
        """A rectangle."""
        x, width = self.across(left), self.across(right) - self.across(left)
        top, height = self.up(high), self.up(low) - self.up(high)
        self._inside.append(_tag("rect", cls=cls, x=x, y=top, width=max(width - 1, 0.5), height=height))
        return self

    def band(self, left: float, right: float, cls: str) -> Plot:
        """A stripe from top to bottom."""
        left, right = self.across(left), self.across(right)
        height = HEIGHT - _TOP - _BOTTOM
        self._below.append(_tag("rect", cls=cls, x=left, y=_TOP, width=max(right - left, 1), height=height))
        return self

    def upright(self, at: float, cls: str, text: str = "") -> Plot:
        """A vertical line with a word above it."""
        x = self.across(at)
        self._inside.append(_tag("line", cls=cls, x1=x, x2=x, y1=_TOP, y2=HEIGHT - _BOTTOM))
        if text:
            side = "end" if x > WIDTH * 0.7 else "middle" if x > WIDTH * 0.35 else "start"
            self._above.append(_tag("text", text, cls=f"note {side}", x=x, y=_TOP - 8))
        return self

    def point(
        self, x: float, y: float, wide: Sequence[float] | None = None, high: Sequence[float] | None = None
    ) -> Plot:
        """A dot, with its interval along either axis."""
        if wide is not None:
            left, right = (self.across(value) for value in wide)
            self._inside.append(_tag("line", cls="whisker", x1=left, x2=right, y1=self.up(y), y2=self.up(y)))
        if high is not None:
            low, top = (self.up(value) for value in high)
            self._inside.append(_tag("line", cls="whisker", x1=self.across(x), x2=self.across(x), y1=low, y2=top))
        self._inside.append(_tag("circle", cls="point", cx=self.across(x), cy=self.up(y), r=5))
        return self

    def label(self, x: float, y: float, text: str, cls: str = "") -> Plot:
        """A word at a place."""
        self._above.append(_tag("text", text, cls=f"note {cls}", x=self.across(x), y=self.up(y)))
        return self

    def svg(self) -> Markup:
        """The drawing, to be put into the page."""
        inner = Markup("").join(self._inside)
        # A nested view cuts off what leaves the axes without names, of which a page with many plots has none to spare.
        width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
        cut = Markup('<svg x="{0}" y="{1}" width="{2}" height="{3}" viewBox="{0} {1} {2} {3}">{4}</svg>').format(
            _LEFT, _TOP, width, height, inner
        )
        return Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>').format(
            WIDTH, HEIGHT, self._says, Markup("").join(self._below), cut, Markup("").join(self._above)
        )

    def _path(self, points: Pairs) -> str:
        return "M" + "L".join(f"{self.across(x):.1f} {self.up(y):.1f}" for x, y in points)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between two values: multiples of 1, 2, 2.5 or 5 times a power of ten, at least one and at most
    `most` (3 or more) of them."""
    span = max(high - low, 1e-12)
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10, 20) if span / (factor * power) <= most - 1)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _widened(ends: tuple[float, float]) -> tuple[float, float]:
    low, high = ends
    return (low, high) if high > low else (low, low + max(abs(low), 1e-6))


def _tag(name: str, text: str = "", *, cls: str, **attributes: float | str) -> Markup:
    written = Markup("").join(
        Markup(' {}="{}"').format(key, f"{value:.1f}" if isinstance(value, float) else value)
        for key, value in attributes.items()
    )
    return Markup('<{0} class="{1}"{2}>{3}</{0}>').format(Markup(name), cls, written, text)
