"""Which frames of a stream without time stamps are as young as they look."""

from __future__ import annotations

from collections import deque

from edge.clock import NS_PER_MS

_WINDOW = 32
_SOON, _LATE = 0.5, 1.7  # of the mean distance between two frames
_JITTER_NS = 20 * NS_PER_MS  # a delay that is shorter is not told from an honest frame
_MOST = 3.0  # of the mean counts: one long silence does not teach a slower pace


class Pace:
    """Tells frames that stood in a queue by the pace at which they come.

    A network that stood still for a moment brings a late frame and then the ones behind it, faster than the camera
    takes them: all of them are older than their arrival says, and would be matched to parts that lie elsewhere by now.
    The first frame that comes at the stream's own pace again is young.

    Args:
        period_ns: the distance between two frames that is expected; the stream's own is learnt.
    """

    def __init__(self, period_ns: int) -> None:
        self._gaps: deque[float] = deque([period_ns], maxlen=_WINDOW)
        self._last_ns: int | None = None

    def fresh(self, now_ns: int) -> bool:
        """Whether the frame that came at `now_ns` may count as taken then."""
        last, self._last_ns = self._last_ns, now_ns
        if last is None:
            return False
        gap, mean = now_ns - last, sum(self._gaps) / len(self._gaps)
        self._gaps.append(min(gap, _MOST * mean))
        return _SOON * mean <= gap <= _LATE * mean + _JITTER_NS
