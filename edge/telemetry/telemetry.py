"""Telemetry as the rest of the box sees it: a thread that publishes, and nothing that can hold up the line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from typing import Any

from edge.backoff import GENTLE, Backoff
from edge.clock import NS_PER_S, Clock
from edge.config import BoxConfig, MqttConfig
from edge.health import Check
from edge.parts import Label
from edge.store.row import Row
from edge.telemetry.board import Board
from edge.telemetry.commands import CommandDesk, Handler
from edge.telemetry.link import Link, PahoLink
from edge.telemetry.outbox import Outbox, Unpublished
from edge.telemetry.payloads import label_of
from edge.telemetry.session import Phase, Session
from edge.telemetry.topics import AVAILABILITY, OFFLINE, base_topic

_log = logging.getLogger(__name__)


class Telemetry:
    """Publishes the store's results, the box's info and state, and does commands.

    Every method may be called from any thread and returns at once, except `stop`.

    Args:
        config: the broker.
        box: names that make the topics.
        store: where results wait.
        clock: a real clock where `start` is used.
        boot_id: names this start of the program.
        commands: what may be asked besides `ping`. A callable gets the request's arguments and returns the ack's
            `result`; ValueError or a RinglightError refuses, in words for the asker. It runs on telemetry's thread.
        backoff: pauses between attempts to reach the broker.
    """

    def __init__(
        self,
        config: MqttConfig,
        box: BoxConfig,
        store: Unpublished,
        clock: Clock,
        boot_id: str,
        commands: Mapping[str, Handler] | None = None,
        *,
        backoff: Backoff = GENTLE,
    ) -> None:
        self._config = config
        self._clock = clock
        self._base = base_topic(box)
        self._client_id = ":".join(("ringlight", box.site, box.line, box.name))
        self._wake = threading.Event()
        self._board = Board(boot_id, clock)
        self._outbox = Outbox(store, config.inflight)
        desk = CommandDesk(boot_id, commands or {})
        self._session = Session(
            self._base, clock, self._outbox, desk, self._board, self._open_link, self._wake.set, backoff
        )
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted the box."""
        return self._session.connected

    @property
    def published(self) -> int:
        """Results that the broker acknowledged since start."""
        return self._outbox.delivered

    def set_info(self, body: Mapping[str, Any]) -> None:
        """What runs in the box (`payloads.info_of`); published, retained, when it changed."""
        self._board.set_info(body)
        self._wake.set()

    def set_state(self, body: Mapping[str, Any]) -> None:
        """How the box is doing (`payloads.state_of`); published, retained, when it changed, at most once a second."""
        self._board.set_state(body)
        self._wake.set()

    def relabelled(self, row: Row, label: Label) -> None:
        """An operator said what a part was; published once."""
        self._board.add_label(label_of(row, label))
        self._wake.set()

    def notify(self) -> None:
        """There are new rows in the store."""
        self._wake.set()

    def checks(self) -> list[Check]:
        """Whether results reach the broker, and if not, why."""
        return [self._session.check()]

    def start(self) -> None:
        """Begins; whether a broker is there or not."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Publishes what the broker takes in most of that time, says `stopped`, and ends.

        Returns:
            Whether the broker has every result. What it has not waits in the store for the next start.
        """
        now = self._clock.now_ns()
        budget = int(timeout_s * NS_PER_S)
        self._session.begin_stop(now + budget * 8 // 10, now + budget)
        self._wake.set()
        if self._thread.ident is not None:
            # A little more than its own deadline: the last receipts are still noted in the store.
            self._thread.join(timeout_s + 1.0)
        return self._outbox.empty

    def _open_link(self, wake: Any) -> Link:
        will = (f"{self._base}/{AVAILABILITY.name}", OFFLINE)
        return PahoLink(self._config, self._client_id, will, wake)

    def _run(self) -> None:
        while self._session.phase is not Phase.ENDED:
            try:
                self._session.step()
            except Exception as error:
                # This thread must outlive any mistake: with it gone no result leaves the box.
                _log.exception("telemetry stumbled")
                self._session.stumble(error)
            if self._session.phase is not Phase.ENDED:
                self._clock.wait(self._wake, self._session.due_ns() - self._clock.now_ns())
                self._wake.clear()
