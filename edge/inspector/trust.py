"""Whether belt and photo-eye can be trusted. What cannot be is told, never worked around in silence."""

from __future__ import annotations

from edge.clock import NS_PER_MS, NS_PER_S
from edge.conveyor import Conveyor
from edge.ejector.places import Places
from edge.ejector.unseen import Unseen
from edge.inspector.quiet import Quiet
from edge.line_stop import Alarm
from edge.parts import Part

Trouble = tuple[Alarm, str]
ASTRAY = (Alarm.BELT, "parts in the picture do not lie where the encoder says that the belt carried them")
_STILL_EDGES = 2
_ILLEGAL = 4
_BOUNCE_NS = 20 * NS_PER_MS
_NO_PULSES: Trouble = (Alarm.BELT, "parts come, and the encoder says that the belt stands: its pulses do not arrive")


def _never(now_ns: int) -> bool:
    return False


class Trust:
    """Holds the belt's word against what the photo-eyes see.

    Args:
        longest_mm: longest part; a photo-eye that stays dark for more belt travel is stuck. 0: not watched.
        expected_mm_s, tolerance: the speed of the belt while it runs, and by what share it may differ for a second;
            tolerance 0 is any speed.
        gate_eye: parts on their way to a photo-eye right before the gate; None where there is none.
        quiet: how long no part may come; None where nobody looks.
        unseen: belt on which parts may lie that nobody saw; None where each of them is known.
    """

    def __init__(
        self,
        conveyor: Conveyor,
        *,
        longest_mm: float = 0.0,
        expected_mm_s: float = 0.0,
        tolerance: float = 0.0,
        gate_eye: Places | None = None,
        unseen: Unseen | None = None,
        quiet: Quiet | None = None,
    ) -> None:
        self._conveyor = conveyor
        self._longest = longest_mm
        self._expected = expected_mm_s
        self._tolerance = tolerance
        self._gate_eye = gate_eye
        self._unseen = unseen
        self._quiet = quiet
        self._edge_mm: float | None = None
        self._edge_ns = 0
        self._still = 0
        self._dark_mm: float | None = None
        self._gate_dark_mm: float | None = None
        self._stranger = False
        self._off_speed_ns: int | None = None
        self.illegal = 0  # edges of a quadrature encoder that say that others were missed
        self._illegal_told = 0
        self._silent = False
        self._came_ns = 0
        self._stuck = False
        self.strays = 0

    @property
    def eye_stuck(self) -> bool:
        """Whether the trigger cannot be trusted to see a part: it stays dark, or nothing has come for too long."""
        return self._stuck or (self._quiet is not None and self._quiet.too_long)

    def eye(self, dark: bool, at_ns: int, debounce_ns: int) -> Trouble | None:
        """The trigger's photo-eye became dark or bright. One that sees parts come while the encoder says that the
        belt stands has found the encoder out."""
        mm = self._conveyor.position(at_ns)
        if not dark:
            self._dark_mm, self._stuck = None, False
            return None
        self._dark_mm = mm
        if at_ns - self._edge_ns <= debounce_ns:
            return None
        moved = self._edge_mm is None or mm > self._edge_mm
        # The encoder is believed to have moved by at most one pulse, which is extrapolation.
        still = not moved or (self._edge_mm is not None and self._conveyor.speed(at_ns) == 0.0)
        self._still = self._still + 1 if still else 0
        self._edge_mm, self._edge_ns = mm, at_ns
        if self._still >= _STILL_EDGES:
            return _NO_PULSES
        return None

    def expect(self, part: Part) -> None:
        """A part was triggered."""
        if self._quiet is not None:
            self._quiet.came(part.trigger.belt_mm)
        if self._gate_eye is not None:
            self._gate_eye.expect(part)

    @property
    def gate_eye_mm(self) -> float:
        """Belt travel from the trigger to the photo-eye before the gate; 0 where there is none."""
        return 0.0 if self._gate_eye is None else self._gate_eye.distance_mm

    def arrived(self, at_ns: int, purging: bool) -> tuple[Part | None, float, Trouble | None]:
        """The photo-eye before the gate became dark: the part that came, how far behind its place (mm), and what is
        wrong where it is none that should come there. While the belt is purged, anything may."""
        if self._gate_eye is None:
            return None, 0.0, None
        mm = self._gate_dark_mm = self._conveyor.position(at_ns)
        lost = self._lost(mm)
        found = self._gate_eye.arrived(mm)
        was_ns, self._came_ns = self._came_ns, at_ns
        if found is None:
            # The next part is there, and the encoder says that the belt stands where the last one came.
            stands = self._conveyor.speed(at_ns) == 0.0 and at_ns - was_ns > _BOUNCE_NS and not purging
            return None, 0.0, lost or (_NO_PULSES if stands else None)
        part, behind = found
        self._stranger = part is None
        if part is not None:
            return part, behind, lost
        if purging or (self._unseen is not None and not self._unseen.known(*self._gate_eye.around(mm))):
            return None, 0.0, lost
        self.strays += 1
        return None, 0.0, lost or (Alarm.BELT, f"something lies {mm:.0f} mm along the belt where no part should be")

    def departed(self) -> None:
        """The photo-eye before the gate became bright."""
        self._gate_dark_mm = None

    def hides(self, mm: float) -> bool:
        """Whether there may be more before the gate's eye than the part that was seen to come there: it stays dark
        since nobody knows what came, or for longer than a part is."""
        if self._gate_dark_mm is None:
            return False
        return self._stranger or bool(self._longest and mm - self._gate_dark_mm > self._longest)

    def poll(self, now_ns: int) -> Trouble | None:
        """Looks for what has become wrong by now."""
        silent = self._quiet.poll(now_ns) if self._quiet is not None else None
        if silent:
            return Alarm.EYE, silent
        mm = self._conveyor.position(now_ns)
        if self._dark_mm is not None and self._longest and mm - self._dark_mm > self._longest and not self._stuck:
            self._stuck = True
            return Alarm.EYE, f"the photo-eye has been dark for more than {self._longest:g} mm of belt"
        if self.illegal - self._illegal_told >= _ILLEGAL:
            self._illegal_told = self.illegal
            return Alarm.BELT, f"{self.illegal} edges of the encoder were missed"
        silent, self._silent = self._silent, getattr(self._conveyor, "is_silent", _never)(now_ns)
        if self._silent and not silent:
            return Alarm.BELT, "only one of the encoder's two channels moves"
        return self._lost(mm) or self._speed(now_ns)

    def condemn(self) -> None:
        """Nobody knows any more where the parts lie that are under way."""
        if self._gate_eye is not None:
            self._gate_eye.forget()

    def next_mm(self) -> float | None:
        """Belt position at which `poll` has something to say next."""
        return self._gate_eye.next_mm() if self._gate_eye is not None else None

    def _lost(self, mm: float) -> Trouble | None:
        lost = self._gate_eye.lost(mm) if self._gate_eye is not None else []
        if not lost:
            return None
        return Alarm.BELT, f"part {lost[0].id} did not come to the photo-eye before the gate"

    def _speed(self, now_ns: int) -> Trouble | None:
        speed = self._conveyor.speed(now_ns)
        if not self._tolerance or speed == 0.0 or abs(speed / self._expected - 1) <= self._tolerance:
            self._off_speed_ns = None
            return None
        if self._off_speed_ns is None:
            self._off_speed_ns = now_ns
        if now_ns - self._off_speed_ns < NS_PER_S:
            return None
        self._off_speed_ns = now_ns
        return Alarm.BELT, f"the encoder says {speed:.0f} mm/s where {self._expected:g} are expected"
