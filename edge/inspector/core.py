"""The line as one state machine: trigger, picture, score, verdict, pulse.

No threads, no clock, no waiting in here. `threads` drives it in real time and `stepped` on the virtual clock; both
hold to one rule, that only one call runs at a time. Scoring itself happens outside, between `next_job` and `judged`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import ExitStack

from edge.budget import LATELY, Histogram
from edge.camera.aim import Aim, Sight
from edge.camera.detector import Glance, PartDetector
from edge.camera.repeats import Repeats
from edge.clock import NS_PER_MS
from edge.conveyor import Conveyor, EncoderBelt, runs_back
from edge.ejector import Clockwork, Ejector
from edge.ejector.purge import Sweep
from edge.ejector.unseen import Unseen
from edge.errors import NotLocated, TooDark
from edge.inspector.tally import Tally
from edge.inspector.trust import ASTRAY, Trouble, Trust
from edge.inspector.watch import Watch
from edge.ledger import Counts, Ledger
from edge.parts import Decision, Frame, Image, Part, PartMap, Reason, Record, State, Trigger, Verdict
from edge.trigger import EveryDistance, PhotoEye
from edge.verdict import Judge

_BOUNCE_NS = 20 * NS_PER_MS


class Inspector:
    """One line. Calls come in any order, one at a time.

    Args:
        queue: parts that may wait for the model; one more, and the oldest of them ends uninspected (busy).
        reject_uninspected: whether the ejector throws out what nobody looked at.
        on_record: called with each closed account; must return at once.
        watch: told what became of each part at the gate.
        trust: told what the photo-eyes see; None trusts the belt.
        repeats: refuses frames that a hung camera repeats; None takes every frame.
        every: triggers by belt travel. detector: triggers by what the camera sees. Both besides the photo-eye.
        sweep: how belt is ejected that the detector did not look at; the ejector's own. None where it is not needed.
        distance_mm: belt travel from the trigger until a part has left the gate: what is ejected where nobody knows
            any more which part lies where.
    """

    def __init__(
        self,
        *,
        conveyor: Conveyor,
        eye: PhotoEye,
        aim: Aim,
        ejector: Ejector,
        judge: Judge,
        ledger: Ledger,
        model_id: str,
        queue: int,
        reject_uninspected: bool = True,
        on_record: Callable[[Record], object],
        watch: Watch,
        trust: Trust | None = None,
        distance_mm: float = 0.0,
        every: EveryDistance | None = None,
        detector: PartDetector | None = None,
        sweep: Sweep | None = None,
        repeats: Repeats | None = None,
    ) -> None:
        self.conveyor = conveyor
        self.watch = watch
        self.trust = trust or Trust(conveyor)
        self._distance = distance_mm
        self._every = every
        self._detector = detector
        self._sweep = sweep
        self._repeats = repeats
        self.tally = Tally()
        self._eye = eye
        self._aim = aim
        self._ejector = ejector
        self._judge = judge
        self._ledger = ledger
        self._model_id = model_id
        self._queue_limit = queue
        self._reject_uninspected = reject_uninspected
        self._on_record = on_record
        self.trigger_to_verdict = Histogram()
        self.picture_to_verdict = Histogram(LATELY)
        self._queue: deque[Sight] = deque()

    def trigger(self, at_ns: int) -> Part | None:
        """The photo-eye's leading edge happened at `at_ns`: a part has come, whatever else goes on."""
        trigger = self._eye.edge(at_ns)
        if runs_back(self.conveyor):
            return None  # what comes by was there before, and comes by again
        trouble = self.trust.eye(True, at_ns, _BOUNCE_NS)
        self._distrust(trouble, at_ns)
        return None if trigger is None else self._open(trigger)

    def _open(self, trigger: Trigger) -> Part:
        part = self._ledger.open(trigger)
        self._aim.expect(part)
        self._ejector.expect(part)
        self.trust.expect(part)
        self.watch.expect(part)
        return part

    def _detected(self, glance: Glance, unseen: Unseen, now_ns: int) -> None:
        for trigger in glance.triggers:
            if unseen.lost(trigger.belt_mm, trigger.belt_mm):
                # It is at the gate, and was dealt with as what nobody looked at.
                self._give_up(self._ledger.open(trigger), Reason.LATE, now_ns)
            else:
                self._open(trigger)
        unseen.looked(glance.looked)
        self._distrust(ASTRAY if glance.astray else None, now_ns)

    def cleared(self, at_ns: int) -> None:
        """The photo-eye's trailing edge."""
        if runs_back(self.conveyor):
            return
        stuck = self.trust.eye_stuck
        self.trust.eye(False, at_ns, _BOUNCE_NS)
        if stuck:
            # What passed meanwhile has no account; it lies between here and the gate.
            self._ejector.purge(self.conveyor.position(at_ns) + self._distance)

    def arrived(self, at_ns: int) -> None:
        """The photo-eye before the gate became dark: the part that comes there takes its place anew."""
        if runs_back(self.conveyor):
            return
        purging, here_mm = self._ejector.purging, self.conveyor.position(at_ns)
        part, behind_mm, trouble = self.trust.arrived(at_ns, purging)
        if self._every is not None and (part is not None or trouble or purging):
            self._every.align(here_mm - self.trust.gate_eye_mm)
        if part is not None:
            self._ejector.shift(part.id, behind_mm)
        elif purging:
            # Nobody knows of it, and the purge may end before it is at the gate.
            self._purge_to_the_gate(here_mm)
        self._distrust(trouble, at_ns)

    def departed(self, at_ns: int) -> None:
        """The photo-eye before the gate became bright."""
        here_mm = self.conveyor.position(at_ns)
        if self.trust.hides(here_mm):
            self._purge_to_the_gate(here_mm)
        self.trust.departed()

    def passed(self, at_ns: int) -> None:
        """The photo-eye behind the gate became dark."""
        if runs_back(self.conveyor):
            return
        self.watch.passed(self.conveyor.position(at_ns), self._ejector.purging)

    def tick(self, at_ns: int) -> None:
        """A pulse of an encoder with one channel."""
        self.step(1, at_ns)

    def step(self, direction: int, at_ns: int) -> None:
        """A step of an encoder, +1 or -1; 0 where an edge was missed."""
        if direction == 0:
            self.trust.illegal += 1
        elif isinstance(self.conveyor, EncoderBelt):
            self.conveyor.step(direction, at_ns)

    def frame(self, frame: Frame, now_ns: int, *, lit: bool = True) -> int:
        """A frame came; returns how many parts it shows. They wait for the model from now on. Where it was not taken in
        the light that the model knows, no part is found in it, and none said not to be there."""
        if getattr(self.conveyor, "behind_mm", 0.0) > 0.0:
            return 0  # the belt runs back: what is before the camera was there before
        if self._repeats is not None and self._repeats.is_repeated(frame, self.conveyor.position(frame.taken_ns)):
            return 0
        if self._detector is not None and self._sweep is not None and lit:
            self._detected(self._detector.frame(frame), self._sweep.unseen, now_ns)
        sights = [sight for sight in self._aim.frame(frame) if self._ledger.is_open(sight.part.id)]
        for sight in sights:
            self._queue.append(sight)
            if len(self._queue) > self._queue_limit:
                self._give_up(self._queue.popleft().part, Reason.BUSY, now_ns)
        self._look_for_unseen(now_ns)
        return len(sights)

    def next_job(self) -> Sight | None:
        """The next part to score, oldest first; parts whose turn is over are passed by."""
        while self._queue:
            sight = self._queue.popleft()
            if self._ledger.is_open(sight.part.id):
                return sight
        return None

    @property
    def queued(self) -> int:
        """Parts that wait for the model."""
        return len(self._queue)

    def judge(self, sight: Sight, part_map: PartMap) -> Verdict:
        """What is to be said of a part's map. Changes nothing, and takes its time: call it while nobody waits.

        Raises:
            ValueError: the score is no number. That is a fault of the model, never a pass.
        """
        return self._judge.judge(part_map, _picture(sight, part_map).shape[:2])

    def judged(self, sight: Sight, part_map: PartMap, now_ns: int) -> None:
        """The model's map of a part is there: judges it and closes the account."""
        try:
            verdict = self.judge(sight, part_map)
        except ValueError as error:
            self.failed(sight, str(error), now_ns)
            return
        self.conclude(sight, part_map, verdict, now_ns)

    def conclude(self, sight: Sight, part_map: PartMap, verdict: Verdict, now_ns: int) -> None:
        """Closes the account of a part that was judged."""
        # Those that come too late tell best how long a verdict takes.
        self.picture_to_verdict.add(now_ns - sight.taken_ns)
        reject = verdict.decision is Decision.REJECT
        state = State.REJECTED if reject else State.PASSED
        account = self._ledger.close(sight.part.id, state, now_ns, verdict=verdict)
        if account is None:
            self.tally.late_verdicts += 1
            return
        self.trigger_to_verdict.add(now_ns - sight.part.trigger.at_ns)
        self._ejector.decide(sight.part.id, eject=reject)
        self._close(Record(account, self._model_id, _picture(sight, part_map), part_map, sight.taken_ns, now_ns))

    def adopt(self, judge: Judge, model_id: str) -> None:
        """Another model scores from now on. Called between two parts, by whoever scores."""
        self._judge = judge
        self._model_id = model_id

    def failed(self, sight: Sight, error: str, now_ns: int) -> None:
        """The model could not score a part."""
        self.tally.model_faults += 1
        self.tally.last_fault = error
        self._give_up(sight.part, Reason.MODEL_FAULT, now_ns, sight)

    def unlocated(self, sight: Sight, now_ns: int, why: NotLocated) -> None:
        """No part could be found in the rectangle, or nothing at all could be seen there."""
        reason = Reason.TOO_DARK if isinstance(why, TooDark) else Reason.NOT_LOCATED
        self._give_up(sight.part, reason, now_ns, sight)

    def poll(self, now_ns: int, clock: Clockwork | None = None) -> int | None:
        """Does what is due, and says when it wants to be called next (None: after the next trigger or frame).

        `clock` is asked for the instant at which a pin really rose; `now_ns` is taken where it is None.
        """
        for trigger in self._every.due(now_ns) if self._every is not None else ():
            self._open(trigger)
        self._look_for_unseen(now_ns)
        self._distrust(self.trust.poll(now_ns), now_ns)
        here_mm = self.conveyor.position(now_ns)
        if self.trust.eye_stuck:
            self._ejector.purge(here_mm + self._distance)
        if self.trust.hides(here_mm):
            self._purge_to_the_gate(here_mm)
        while True:
            poll = self._ejector.poll(now_ns, clock)
            self.watch.swept(self._ejector.purges)
            self.tally.ejections += len(poll.ejections)
            self.tally.missed_ejections += len(poll.missed)
            self.watch.polled(poll, self._ejector.purging, now_ns)
            if not poll.overdue:
                break
            for part in poll.overdue:
                self._give_up(part, Reason.LATE, now_ns)
        self.watch.poll(now_ns, self.conveyor.position(now_ns))
        instants = (self._ejector.next_ns(now_ns), self._aim.next_ns(now_ns), self.watch.next_ns())
        wakes = [wake for wake in instants if wake is not None]
        if self._every is not None:
            wakes.append(self._every.next_ns(now_ns))
        # An encoder's next pulse may bring an instant nearer; without one, nothing is gained by looking before it.
        return max(min(wakes), now_ns + NS_PER_MS // 20) if wakes else None

    def start(self, purge_mm: float | None, now_ns: int) -> None:
        """Begins. With `purge_mm`, all that passes in the next so many millimetres is ejected."""
        self.watch.stop.start()
        here_mm = self.conveyor.position(now_ns)
        if self._sweep is not None:
            self._sweep.unseen.begin(here_mm, quiet=purge_mm is not None)
        if purge_mm is not None:
            self._ejector.purge(here_mm + purge_mm)

    def stop(self, now_ns: int) -> None:
        """Ends: what is under way ends uninspected (stopped), and the pin goes to its safe level."""
        with ExitStack() as at_last:
            # Whatever becomes of the accounts.
            at_last.callback(self.watch.stop.release)
            at_last.callback(self._ejector.release)
            self._queue.clear()
            for part in self._ledger.in_flight():
                self._give_up(part, Reason.STOPPED, now_ns)

    def close_gate(self) -> None:
        """Puts the actuator's pin to its safe level. The one call that may come while another runs."""
        self._ejector.close()

    def chute(self, dark: bool, at_ns: int) -> None:
        """The sensor in the reject chute went dark, or bright again, at `at_ns`."""
        self.watch.chute(dark, at_ns)

    def acknowledge(self) -> bool:
        """Somebody has seen the alarms. Returns whether there was one."""
        return self.watch.stop.acknowledge()

    def counts(self) -> Counts:
        return self._ledger.counts()

    def _distrust(self, trouble: Trouble | None, now_ns: int) -> None:
        """Fail-safe: nobody knows which part lies where, so nothing passes until the belt has carried it all away."""
        if trouble is None:
            return
        alarm, text = trouble
        self.watch.stop.sound(alarm, text)
        self.trust.condemn()
        self.watch.condemn()
        for part in self._ledger.in_flight():
            self._give_up(part, Reason.BELT, now_ns)
        until = self.conveyor.position(now_ns) + self._distance
        self.watch.polled(self._ejector.condemn(now_ns, until), True, now_ns)

    def _purge_to_the_gate(self, here_mm: float) -> None:
        """What is before the gate's eye now is thrown out, and all before it."""
        self._ejector.purge(here_mm + self._distance - self.trust.gate_eye_mm)

    def _look_for_unseen(self, now_ns: int) -> None:
        for part in self._aim.overdue(now_ns):
            self._give_up(part, Reason.NO_FRAME, now_ns)

    def _give_up(self, part: Part, reason: Reason, now_ns: int, sight: Sight | None = None) -> None:
        account = self._ledger.close(part.id, State.UNINSPECTED, now_ns, reason=reason)
        if account is None:
            return
        self._aim.forget(part.id)
        self._ejector.decide(part.id, eject=self._reject_uninspected)
        if sight is None:
            self._close(Record(account, self._model_id))
        else:
            self._close(Record(account, self._model_id, sight.image, taken_ns=sight.taken_ns))

    def _close(self, record: Record) -> None:
        self._on_record(record)
        self.watch.closed(record.account, self._ledger.counts())


def _picture(sight: Sight, part_map: PartMap) -> Image:
    return sight.image if part_map.image is None else part_map.image
