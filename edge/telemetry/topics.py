"""The one table of MQTT topics: the code publishes by it, `docs/mqtt.md` is made from it, the tests hold both to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from edge.config import BoxConfig


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic below the base topic.

    `schema` names a file in `schemas/`. A payload is JSON, except that a string stands for itself, without quotes.
    """

    name: str
    direction: Literal["from the box", "to the box"]
    qos: int
    retained: bool
    schema: str
    description: str
    example: Any


@dataclass(frozen=True, slots=True)
class Command:
    """One command that may stand in `cmd/<name>`."""

    name: str
    description: str
    example: dict[str, Any]
    result: dict[str, Any]


_BOOT = "5f0c2d9ae41b"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

AVAILABILITY = Topic(
    "availability",
    "from the box",
    1,
    True,
    "availability",
    "`online` once the broker has accepted the box, `stopped` when somebody stopped it, `offline` (the will, published "
    "by the broker) when it vanished.",
    "online",
)
INFO = Topic(
    "info",
    "from the box",
    1,
    True,
    "info",
    "What runs in the box. Compare `provider.asked` with `provider.running`: where they differ, the box is slower "
    "than it was planned to be.",
    {
        "schema": "ringlight/info/1",
        "boot_id": _BOOT,
        "versions": {"ringlight": "0.1.0", "onnxruntime": "1.22.0"},
        "model_id": "cells-padim-0007",
        "provider": {"asked": "CPUExecutionProvider", "running": "CPUExecutionProvider"},
        "started": "2026-03-02T06:00:00.000000Z",
    },
)
STATE = Topic(
    "state",
    "from the box",
    1,
    True,
    "state",
    "Counters, health and speed. Published when something changed, at most once a second.",
    {
        "schema": "ringlight/state/1",
        "boot_id": _BOOT,
        "time": "2026-03-02T09:14:07.250000Z",
        "ledger": {
            "triggered": 1204,
            "passed": 1180,
            "rejected": 22,
            "uninspected": 1,
            "in_flight": 1,
            "balanced": True,
        },
        "health": "OK",
        "checks": [{"name": "camera", "level": "OK", "text": "30 frames a second", "mend": ""}],
        "outbox": {"waiting": 0, "given_up": 0},
        "belt_mm_s": 99.8,
        "web": None,
        "gate": {
            "ejections": 23,
            "confirmed": 22,
            "unconfirmed": 1,
            "taken": 0,
            "unseen_mm": 0.0,
            "stopped": True,
            "alarms": {"unconfirmed": 1},
        },
        "flash": {
            "sha256": _SHA256,
            "stage": "trial",
            "model_id": "cells-padim-0008",
            "slot": "B",
            "inspected": 41,
            "why": "",
        },
    },
)
RESULT = Topic(
    "result",
    "from the box",
    1,
    False,
    "result",
    "One part, as soon as its account is closed. Never contains a picture.",
    {
        "schema": "ringlight/result/1",
        "boot_id": _BOOT,
        "seq": 90412,
        "part_id": 1203,
        "time": "2026-03-02T09:14:07.113402Z",
        "trigger_ns": 8046912330021,
        "scored_ns": 8047391204410,
        "closed_ns": 8047391300982,
        "belt_mm": 803117.5,
        "state": "rejected",
        "reason": None,
        "decision": "REJECT",
        "score": 31.7,
        "threshold": 24.2,
        "reasons": ["score 31.7 above threshold 24.2"],
        "where": [{"x": 112, "y": 40, "w": 24, "h": 64}],
        "model_id": "cells-padim-0007",
    },
)
EVENT = Topic(
    "event",
    "from the box",
    1,
    False,
    "event",
    "One defect on a web, or one length of it that nobody looked at, as soon as it is complete. Lines that inspect "
    "parts have none. `result`'s promises hold.",
    {
        "schema": "ringlight/event/1",
        "boot_id": _BOOT,
        "seq": 311,
        "roll": 42,
        "number": 7,
        "kind": "defect",
        "time": "2026-03-02T09:14:07.113402Z",
        "at_m": 118.204,
        "across_mm": 61.2,
        "length_mm": 0.8,
        "width_mm": 0.8,
        "area_mm2": 0.64,
        "peak": 7.31,
        "threshold": 3.02,
        "model_id": "membrane-padim-0003",
        "continues": False,
        "why": None,
    },
)
LABEL = Topic(
    "label",
    "from the box",
    1,
    False,
    "label",
    "What an operator said that a part really was; the part is that of the `result` with the same `boot_id` and `seq`. "
    "What is said last holds. Waits for the broker in memory only: after a restart, ask the HTTP interface.",
    {
        "schema": "ringlight/label/1",
        "boot_id": _BOOT,
        "seq": 90412,
        "part_id": 1203,
        "time": "2026-03-02T11:02:40.000000Z",
        "good": False,
        "kind": "scratch",
        "who": "10.0.0.7",
    },
)
COMMAND = Topic(
    "cmd/<name>",
    "to the box",
    1,
    False,
    "command",
    "A request, answered on `ack/<id>`. A retained one is ignored: nobody knows how old it is. So is one that comes "
    "while the box is away, or whose `id` cannot stand in a topic.",
    {"id": "shift-2-0017", "brightness": 0.6},
)
ACK = Topic(
    "ack/<id>",
    "from the box",
    1,
    False,
    "ack",
    "What became of a request. A request that arrives twice is done once and answered twice.",
    {
        "schema": "ringlight/ack/1",
        "boot_id": _BOOT,
        "id": "shift-2-0017",
        "command": "light",
        "ok": True,
        "error": None,
        "result": {"brightness": 0.6},
    },
)

TOPICS = (AVAILABILITY, INFO, STATE, RESULT, EVENT, LABEL, COMMAND, ACK)

COMMANDS = (
    Command("ping", "Answers. Shows that requests reach the box.", {"id": "a1"}, {"boot_id": _BOOT}),
    Command(
        "light",
        "Sets the ring light's brightness, 0 to 1, until the box restarts.",
        {"id": "a2", "brightness": 0.6},
        {"brightness": 0.6},
    ),
    Command(
        "acknowledge",
        "Somebody has seen the alarms in `state`: they are forgotten, and the line-stop output lets the line run. With "
        "`alarms`, a copy of `gate.alarms` in the `state` that was seen, it is refused if another has come since.",
        {"id": "a4", "alarms": {"unconfirmed": 1}},
        {"acknowledged": True},
    ),
    Command(
        "roll",
        "On a line that inspects a web: `start` ends the roll and begins another at what lies under the camera now, "
        "with a `name` if one is given; `end` ends it. `roll` counts since the box started.",
        {"id": "a5", "action": "start", "name": "R-2026-0311"},
        {"roll": 3},
    ),
    Command(
        "flash",
        "Fetches a bundle from an http or https address and flashes it as `ringlight flash` does, if its SHA-256 is "
        "the one that was named and a trusted key signed it. Answered as soon as it is accepted; `flash` in `state` "
        "tells how it goes on. Off unless `flash.mqtt` of the configuration allows it. A box that restarts while it "
        "fetches wants to be asked again, and goes on where it was.",
        {"id": "a3", "url": "http://files.plant1.example/cells-padim-0008.ringlight", "sha256": _SHA256},
        {"sha256": _SHA256, "stage": "fetching"},
    ),
)

ONLINE, STOPPED, OFFLINE = b"online", b"stopped", b"offline"


def base_topic(box: BoxConfig) -> str:
    """`ringlight/<site>/<line>/<box>`, without a slash at its end."""
    return f"ringlight/{box.site}/{box.line}/{box.name}"


def schema_of(topic: Topic) -> dict[str, Any]:
    """The topic's payload schema (JSON Schema 2020-12), read from the package."""
    return json.loads((files("edge.telemetry") / "schemas" / f"{topic.schema}.json").read_text(encoding="utf-8"))
