"""The reject schedule: which part lies when before the actuator, and what is to become of it.

Every part that comes gets its place here, whatever will be said of it, at the belt position where it will lie before
the ejector. A part is spared only if somebody said so in time: the one that nobody spoke for is reported as overdue.
One rule decides the pin: it is active only inside a window that a part has been given.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from edge.conveyor import NEVER_NS, Conveyor, runs_back
from edge.ejector.profile import Profile
from edge.ejector.pulse import Clockwork, Output, Pulse
from edge.ejector.purge import Purge, Sweep
from edge.ejector.turn import News, Poll, Turn, along_with
from edge.parts import Ejection, Part


class Ejector:
    """Pulses by an actuator's `profile`, centred on the instant when the part's centre lies before the ejector.

    Args:
        distance_mm: belt travel from the trigger to the ejector.
        decide_ns: a part undecided this long before it, or its window, is there is overdue.
        doubt_mm: a part that seems to be past the ejector by less than this may be there still where the belt was
            found out; it is named with the others when all of them are condemned.
        sweep: how travel that nobody looked at is ejected; None where each part is known from its trigger.
    """

    def __init__(
        self,
        conveyor: Conveyor,
        output: Output,
        *,
        distance_mm: float,
        profile: Profile,
        decide_ns: int = 0,
        doubt_mm: float = 0.0,
        sweep: Sweep | None = None,
    ) -> None:
        self._conveyor = conveyor
        self._distance = distance_mm
        self._profile = profile
        self._decide = decide_ns
        self._doubt = doubt_mm
        self._past: deque[Turn] = deque(maxlen=64)
        self._pulse = Pulse(output, profile.recovery_ns)
        self._turns: deque[Turn] = deque()
        self._by_id: dict[int, Turn] = {}
        self.purges = Purge(conveyor, profile, distance_mm, sweep)
        self._stroke: Turn | None = None  # the part that a pusher is out for
        self._for_id: int | None = None  # for whose sake the pin was set last
        self._stroke_ns: int | None = None  # when a purging pusher began its stroke

    def expect(self, part: Part) -> None:
        """A part is under way. Parts come in belt order."""
        turn = Turn(part, part.trigger.belt_mm + self._distance)
        self._turns.append(turn)
        self._by_id[part.id] = turn

    def decide(self, part_id: int, *, eject: bool) -> bool:
        """Says what is to become of a part. Returns False where its turn has begun, or is over."""
        turn = self._by_id.get(part_id)
        if turn is None or turn.open_ns is not None:
            return False
        turn.eject = eject
        return True

    def purge(self, until_mm: float) -> None:
        """Ejects all that passes until the belt is at `until_mm`: parts whose place, or verdict, nobody knows. A pusher
        strokes again and again, because held it would block the belt; what passes between two strokes it misses."""
        self.purges.until(until_mm)
        if self._profile.kind != "pusher":
            self._pulse.rise(self._pulse.ready_ns)

    def condemn(self, now_ns: int, until_mm: float) -> Poll:
        """Nobody knows any more where the parts under way lie: all that passes until `until_mm` is ejected. Names the
        good ones among them as taken, and the others as unconfirmed."""
        taken, narrowed = [], []
        gone_mm = self._conveyor.position(now_ns) - self._doubt
        for turn in (*(turn for turn in self._past if turn.due_mm > gone_mm), *self._turns):
            note = "nobody knows where it lies: the belt is purged"
            due = NEVER_NS if turn.open_ns is None else turn.open_ns
            if turn.eject is False and not turn.taken:
                taken.append(Ejection(turn.part.id, turn.due_mm, due, None, note=note))
            elif turn.eject is not False and not turn.told:
                narrowed.append(Ejection(turn.part.id, turn.due_mm, due, None, False, note))
        self._past.clear()
        self._turns.clear()
        self._by_id.clear()
        self._stroke = None
        self.purge(until_mm)
        return Poll(narrowed=tuple(narrowed), taken=tuple(taken))

    def shift(self, part_id: int, mm: float) -> None:
        """A part was seen `mm` behind its place on the belt."""
        turn = self._by_id.get(part_id)
        if turn is not None and turn.open_ns is None:
            turn.due_mm += mm

    @property
    def purging(self) -> bool:
        return self.purges.active

    def next_ns(self, now_ns: int) -> int | None:
        """When `poll` has work next, as far as can be known now; None where nothing is under way."""
        instants = list(self.purges.instants(now_ns))
        if self.purging and self._profile.kind == "pusher":
            instants.append(self._stroke_end(now_ns))
        for turn in self._turns:
            begins = self._begins(turn, now_ns)
            if begins > now_ns:
                instants.append(begins)
                break  # those behind it come later still
            instants += self._instants(turn, now_ns)
        return min(instants) if instants else None

    def poll(self, now_ns: int, clock_ns: Clockwork | None = None) -> Poll:
        """Does what is due at `now_ns`. `clock_ns` is asked for the instant at which a pin really rose."""
        self.purges.poll(now_ns)
        if not self.purging:
            self._stroke_ns = None
        near = self._near(now_ns)
        overdue = [turn for turn in near if turn.eject is None and not turn.overdue]
        if overdue:
            for turn in overdue:
                turn.overdue = True
            return Poll(tuple(turn.part for turn in overdue))  # whoever asked decides, then polls again
        news = News()
        for turn in near:
            self._open(turn, now_ns, news)
        self._drive(near, now_ns, clock_ns, news)
        while self._turns and self._is_over(self._turns[0], now_ns):
            turn = self._turns.popleft()
            del self._by_id[turn.part.id]
            self._past.append(turn)
        return Poll((), tuple(news.ejections), tuple(news.missed), tuple(news.narrowed), tuple(news.taken))

    def release(self) -> None:
        """Puts the pin to its safe level and forgets all turns: the box stops."""
        self._turns.clear()
        self._by_id.clear()
        self.purges.clear()
        self._pulse.release()

    def close(self) -> None:
        """Puts the pin to its safe level now, whatever else goes on here: for somebody who cannot wait his turn."""
        self._pulse.release()

    # -- where a part is ---------------------------------------------------------------------------------------------

    def _when(self, mm: float, now_ns: int) -> int:
        """When the pin must be set to have its effect on what lies at `mm`."""
        at = self._conveyor.when(mm, now_ns)
        return at if at >= NEVER_NS else at - self._profile.lead_ns

    def _rise(self, turn: Turn, now_ns: int) -> int:
        if turn.open_ns is not None:
            return turn.open_ns
        if self._profile.kind == "gate":
            return self._when(turn.due_mm - self._profile.hold_mm / 2, now_ns)
        due = self._when(turn.due_mm, now_ns)
        return due if due >= NEVER_NS else due - self._profile.pulse_ns // 2

    def _body(self, turn: Turn, now_ns: int) -> tuple[int, int]:
        half = self._profile.part_mm / 2
        return self._when(turn.due_mm - half, now_ns), self._when(turn.due_mm + half, now_ns)

    def _first(self, turn: Turn, now_ns: int) -> int:
        rise = self._rise(turn, now_ns)
        return rise if not self._profile.part_mm else min(rise, self._body(turn, now_ns)[0])

    def _begins(self, turn: Turn, now_ns: int) -> int:
        first = self._first(turn, now_ns)
        return first - self._decide if turn.eject is None and not turn.overdue else first

    def _instants(self, turn: Turn, now_ns: int) -> Iterator[int]:
        """The instants at which something is to be done in a turn that has begun."""
        if turn.eject is None and not turn.overdue:
            yield now_ns
        if turn.open_ns is None and (turn.eject is not False or not self._profile.part_mm):
            yield self._rise(turn, now_ns)
        if turn.open_ns is not None and now_ns < turn.close_ns:
            yield turn.close_ns
            if self._pulse.ready_ns > now_ns:
                yield self._pulse.ready_ns
        if self._profile.part_mm:
            yield from (at for at in self._body(turn, now_ns) if at > now_ns)

    def _near(self, now_ns: int) -> list[Turn]:
        """Turns that have begun: the part, its window, or its hour of decision is there."""
        near = []
        for turn in self._turns:
            if now_ns < self._begins(turn, now_ns):
                break
            near.append(turn)
        return near

    def _is_over(self, turn: Turn, now_ns: int) -> bool:
        if self._profile.part_mm and now_ns < self._body(turn, now_ns)[1]:
            return False
        if turn.eject is False:
            return bool(self._profile.part_mm) or now_ns >= self._rise(turn, now_ns)
        return turn.open_ns is not None and now_ns >= turn.close_ns

    # -- what is done ------------------------------------------------------------------------------------------------

    def _open(self, turn: Turn, now_ns: int, news: News) -> None:
        """Opens a window whose instant has come, and lets a gate's end follow the belt."""
        rise = self._rise(turn, now_ns)
        if turn.eject is False or now_ns < rise:
            return
        gate = self._profile.kind == "gate"
        if turn.open_ns is None or gate:
            turn.close_ns = (
                self._when(turn.due_mm + self._profile.hold_mm / 2, now_ns) if gate else rise + self._profile.pulse_ns
            )
        if turn.open_ns is None:
            turn.open_ns = rise
            if now_ns >= turn.close_ns:
                self._tell(turn, news.missed, None, "the computer was too busy")
        if not turn.told and not self._pulse.active and now_ns < min(turn.close_ns, self._pulse.ready_ns):
            self._narrow(turn, news, "the actuator had not recovered")
        if self._spares(turn, now_ns):
            self._narrow(turn, news, "a good neighbour was spared")

    def _spares(self, turn: Turn, now_ns: int) -> bool:
        """Whether a good part lies in a turn's window, and is to be spared."""
        if self._profile.neighbours == "merge" or self.purging or now_ns >= turn.close_ns:
            return False
        assert turn.open_ns is not None
        for other in self._turns:
            if other.eject is not False:
                continue
            begins, ends = self._body(other, now_ns)
            if begins >= turn.close_ns:
                return False
            if ends > max(now_ns, turn.open_ns):
                return True
        return False

    def _drive(self, near: list[Turn], now_ns: int, clock_ns: Clockwork | None, news: News) -> None:
        """Sets the pin as the open windows, the neighbours and the purge want it."""
        wanted = [turn for turn in near if turn.open_ns is not None and turn.eject is not False]
        wanted = [turn for turn in wanted if now_ns < turn.close_ns]
        there = [turn for turn in near if turn.eject is False and self._is_there(turn, now_ns)]
        if runs_back(self._conveyor):
            self._hold_off(wanted, now_ns, news)
            return
        if self._profile.kind == "pusher" and not self.purging:
            wanted = self._one_stroke(wanted, now_ns, news)
        spared = bool(there) and self._profile.neighbours == "spare"
        if self.purging:
            self._go_on_purging(now_ns)
        elif (wanted and not spared) or self._is_joined(there, now_ns):
            self._pulse.rise(now_ns)
        elif self._pulse.active:
            self._pulse.fall(now_ns)
        if not self._pulse.active and not self._draws_back(now_ns):
            return
        done = clock_ns() if clock_ns is not None else now_ns
        for turn in wanted if self._pulse.active else ():
            self._for_id = turn.part.id
            if not turn.told:
                self._tell(turn, news.ejections, done)
        for turn in there:
            if not turn.taken:
                turn.taken = True
                along = None if self.purging else self._for_id
                due = self._rise(turn, now_ns)
                news.taken.append(
                    Ejection(turn.part.id, turn.due_mm, due, done, note=along_with(along), taken_with=along)
                )

    def _hold_off(self, wanted: list[Turn], now_ns: int, news: News) -> None:
        """Good parts that had passed come back before the actuator; it rests until the belt has made up for it."""
        for turn in wanted:
            self._narrow(turn, news, "the belt ran back")
        if self._pulse.active:
            news.come_back(self._past, self._conveyor.position(now_ns) - self._profile.part_mm, now_ns)
        self._stroke = self._stroke_ns = None
        self._pulse.fall(now_ns)

    def _is_there(self, turn: Turn, now_ns: int) -> bool:
        begins, ends = self._body(turn, now_ns)
        return begins <= now_ns < ends

    def _draws_back(self, now_ns: int) -> bool:
        """Whether a pusher is on its way back, and so still in the way."""
        return self._profile.kind == "pusher" and now_ns < self._pulse.ready_ns

    def _one_stroke(self, wanted: list[Turn], now_ns: int, news: News) -> list[Turn]:
        """A pusher is out for one part; the others get what is left of their windows once it has drawn back."""
        if self._stroke is not None and now_ns >= self._stroke.close_ns:
            self._stroke = None
            self._pulse.fall(now_ns)
        if self._stroke is None and wanted and now_ns >= self._pulse.ready_ns:
            self._stroke = wanted[0]
        for turn in wanted:
            if turn is not self._stroke:
                self._narrow(turn, news, "the pusher was out for another part")
        return [turn for turn in wanted if turn is self._stroke]

    def _is_joined(self, there: list[Turn], now_ns: int) -> bool:
        """Whether the pin stays active until the next window, because it could not rise again in time."""
        if not self._pulse.active or not self._profile.recovery_ns or not self._profile.joins:
            return False
        if there and self._profile.neighbours == "spare":
            return False
        for turn in self._turns:
            if turn.eject is False:
                if self._profile.neighbours == "spare" and now_ns < self._body(turn, now_ns)[1]:
                    return False
                continue
            if turn.open_ns is None:
                return self._rise(turn, now_ns) - now_ns < self._profile.recovery_ns
        return False

    def _narrow(self, turn: Turn, news: News, why: str) -> None:
        if not turn.narrowed:
            turn.narrowed = True
            self._tell(turn, news.narrowed, None, why)

    def _tell(self, turn: Turn, where: list[Ejection], done_ns: int | None, why: str = "") -> None:
        turn.told = True
        assert turn.open_ns is not None
        confirmed = None if done_ns is not None else False
        where.append(Ejection(turn.part.id, turn.due_mm, turn.open_ns, done_ns, confirmed, why))

    # -- a purge -----------------------------------------------------------------------------------------------------

    def _go_on_purging(self, now_ns: int) -> None:
        if self._profile.kind != "pusher":
            self._pulse.rise(now_ns)
            return
        if self._pulse.active and now_ns >= self._stroke_end(now_ns):
            self._stroke_ns = None
            self._pulse.fall(now_ns)
        elif self._pulse.rise(now_ns) and self._stroke_ns is None:
            self._stroke_ns = now_ns

    def _stroke_end(self, now_ns: int) -> int:
        if self._pulse.active:
            return (now_ns if self._stroke_ns is None else self._stroke_ns) + self._profile.pulse_ns
        return self._pulse.ready_ns
