"""The MQTT session as a state machine: stepped by one thread, fed by a link's events.

Nothing is connected before the broker's CONNACK says so. A broker that is absent, at start or later, is a state like
any other. Every result is published at least once; twice only where a connection broke after the broker had it and
before its receipt came, and then under the same `(boot_id, seq)`.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from enum import Enum

from edge.backoff import GENTLE, Backoff
from edge.clock import NS_PER_S, Clock
from edge.health import Check, Level
from edge.telemetry import topics
from edge.telemetry.board import Board
from edge.telemetry.commands import CommandDesk
from edge.telemetry.link import Accepted, Event, Link, Lost, Message, OpenLink, Receipt, Refused, Trouble
from edge.telemetry.outbox import Outbox
from edge.telemetry.payloads import encode
from edge.telemetry.refusals import refusal
from edge.telemetry.rows import message_of

ANSWER_NS = 10 * NS_PER_S
RECEIPT_NS = 60 * NS_PER_S
IDLE_NS = 1 * NS_PER_S
_log = logging.getLogger(__name__)


class Phase(Enum):
    """Where the session is. ENDED comes after `begin_stop` only."""

    AWAY = "away"
    ASKING = "asking"
    CONNECTED = "connected"
    STOPPED_SAID = "stopped said"
    LEAVING = "leaving"
    ENDED = "ended"


class Session:
    """One box at one broker.

    Args:
        base: base topic without a slash at its end.
        outbox: results to publish.
        desk: does commands.
        board: what stands in the retained `info` and `state`.
        open_link: makes the link for one attempt; gets what the link calls when something happened.
        wake: handed to each link.
        backoff: pauses between attempts.
    """

    def __init__(
        self,
        base: str,
        clock: Clock,
        outbox: Outbox,
        desk: CommandDesk,
        board: Board,
        open_link: OpenLink,
        wake: Callable[[], object],
        backoff: Backoff = GENTLE,
    ) -> None:
        self.phase = Phase.AWAY
        self._base = base
        self._clock = clock
        self._outbox = outbox
        self._desk = desk
        self._board = board
        self._open_link = open_link
        self._wake = wake
        self._backoff = backoff
        self._dice = random.Random(base)
        self._link: Link | None = None
        self._failures = 0
        self._since_ns = clock.now_ns()
        self._retry_ns = clock.now_ns()
        self._goodbye: int | None = None
        self._drain_until_ns: int | None = None
        self._end_ns = 0
        self._trouble = Check("mqtt", Level.INFO, "The broker has not been asked yet.")

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the box, and the connection stands."""
        return self.phase in (Phase.CONNECTED, Phase.STOPPED_SAID)

    def check(self) -> Check:
        """Whether results reach the broker, and if not, why."""
        if self.connected:
            text = f"Connected; {self._outbox.delivered} results delivered since start, {self._outbox.waiting} wait."
            return Check("mqtt", Level.OK, text)
        return self._trouble

    def begin_stop(self, drain_until_ns: int, end_ns: int) -> None:
        """From now on: publish results until `drain_until_ns`, say `stopped`, and be gone by `end_ns`."""
        self._end_ns = end_ns
        self._drain_until_ns = drain_until_ns

    def due_ns(self) -> int:
        """When `step` must be called at the latest, if nothing wakes it earlier."""
        due = [self._clock.now_ns() + IDLE_NS]
        if self.phase is Phase.AWAY:
            due.append(self._retry_ns)
        if self._drain_until_ns is not None:
            due += [moment for moment in (self._drain_until_ns, self._end_ns) if moment > self._clock.now_ns()]
        return min(due)

    def step(self) -> None:
        """Takes what happened and does what is due. Blocks only while a connection is opened."""
        for event in self._link.events() if self._link else ():
            self._take(event)
        self._outbox.settle()
        now = self._clock.now_ns()
        if self._drain_until_ns is not None:
            self._stop(now)
        elif self.phase is Phase.AWAY and now >= self._retry_ns:
            self._ask()
        if self.phase is Phase.ASKING and now - self._since_ns > ANSWER_NS:
            self._lose("it does not answer CONNECT")
        if self.phase is Phase.CONNECTED:
            self._talk(now)

    def stumble(self, error: Exception) -> None:
        """Something that should not happen did: begin anew with a fresh connection."""
        self._lose(f"{type(error).__name__}: {error}")

    def _ask(self) -> None:
        link = self._open_link(self._wake)
        self._since_ns = self._clock.now_ns()
        try:
            link.connect()
        except Trouble as trouble:
            self._fail(Check("mqtt", trouble.level, trouble.text, trouble.mend))
        else:
            self._link, self.phase = link, Phase.ASKING

    def _take(self, event: Event) -> None:
        match event:
            case Accepted() if self.phase is Phase.ASKING:
                self._greet()
            case Refused(code, words):
                self._drop()
                self._fail(refusal(code, words))
            case Lost(words) if self._link is not None:
                self._lose(words)
            case Receipt(number) if number == self._goodbye:
                self._goodbye = None
            case Receipt(number):
                self._outbox.receive(number)
            case Message() if self.connected:
                self._command(event)

    def _greet(self) -> None:
        self.phase, self._since_ns = Phase.CONNECTED, self._clock.now_ns()
        _log.info("connected to the broker as %s", self._base)
        if self._link is not None:
            self._link.subscribe(f"{self._base}/cmd/+", topics.COMMAND.qos)
        self._publish(topics.AVAILABILITY, topics.ONLINE)
        self._board.forget_sent()

    def _talk(self, now: int) -> None:
        self._show()
        oldest = self._outbox.oldest_sent_ns
        if oldest is not None and now - oldest > RECEIPT_NS:
            self._lose("it takes results and does not acknowledge them")
            return
        for row in self._outbox.due():
            topic, payload = message_of(row)
            self._outbox.sent(self._publish(topic, encode(payload)), row.seq, now)

    def _show(self, *, last_words: bool = False) -> None:
        for topic, payload in self._board.due(self._outbox.waiting, self._outbox.given_up, last_words=last_words):
            self._publish(topic, payload)

    def _command(self, message: Message) -> None:
        name = message.topic.removeprefix(f"{self._base}/cmd/")
        ack = self._desk.handle(name, message.payload, message.retained)
        if ack is not None:
            self._publish(topics.ACK, ack.payload, f"ack/{ack.request}")

    def _publish(self, topic: topics.Topic, payload: bytes, name: str | None = None) -> int:
        if self._link is None:
            raise RuntimeError("published without a link")
        return self._link.publish(f"{self._base}/{name or topic.name}", payload, topic.qos, topic.retained)

    def _stop(self, now: int) -> None:
        if self.phase in (Phase.AWAY, Phase.ASKING):
            self._end()
        elif self.phase is Phase.CONNECTED and (self._outbox.empty or now >= self._drain_until()):
            self._show(last_words=True)
            self._goodbye = self._publish(topics.AVAILABILITY, topics.STOPPED)
            self.phase = Phase.STOPPED_SAID
        elif self.phase is Phase.STOPPED_SAID and self._goodbye is None and self._link is not None:
            self._link.leave()
            self.phase = Phase.LEAVING
        if now >= self._end_ns and self.phase is not Phase.ENDED:
            self._end()

    def _drain_until(self) -> int:
        return self._end_ns if self._drain_until_ns is None else self._drain_until_ns

    def _lose(self, words: str) -> None:
        if self._drain_until_ns is not None:
            self._end()
            return
        lasted_ns = self._clock.now_ns() - self._since_ns
        mend = "Check the broker and the network. Results wait on disk meanwhile."
        if self.phase is Phase.CONNECTED:
            if lasted_ns >= self._backoff.stable_s * NS_PER_S:
                self._failures = 0
            elif self._failures > 1:
                mend += " If it comes and goes: does another box use the same site, line and name?"
        self._drop()
        self._fail(Check("mqtt", Level.WARNING, f"The connection to the broker is lost: {words}.", mend))

    def _fail(self, trouble: Check) -> None:
        news, self._trouble = trouble != self._trouble, trouble
        self._failures += 1
        self._retry_ns = self._clock.now_ns() + self._backoff.wait_ns(self._failures, self._dice)
        if news:
            _log.warning("%s %s", trouble.text, trouble.mend)

    def _drop(self) -> None:
        if self._link is not None:
            self._link.drop()
        self._link, self.phase = None, Phase.AWAY
        self._outbox.reset()

    def _end(self) -> None:
        self._drop()
        self._outbox.settle_all()
        self.phase = Phase.ENDED
