"""What a box says of itself, to the page and to the broker."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge import __version__
from edge.config.models import BoxConfig, MqttConfig
from edge.ledger import Counts
from edge.model import Model
from edge.status.board import Info, LineState, MqttState
from edge.telemetry import Telemetry, info_of
from edge.versions import versions

NO_PARTS = Counts(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """What a line has to tell twice a second.

    `line` is for the page; `counts`, `gate` and `web` are for `state`. `came` counts what has come to be looked at
    since the start: while it stands, the lamp may rest.
    """

    line: LineState
    came: int
    counts: Counts = NO_PARTS
    gate: Mapping[str, Any] | None = None
    web: Mapping[str, Any] | None = None


def page_info(box: BoxConfig, boot_id: str, model: Model, started_wall_ns: int) -> Info:
    """What the page says of box and model."""
    return Info(
        version=__version__,
        site=box.site,
        line=box.line,
        box=box.name,
        boot_id=boot_id,
        model_id=model.id,
        method=model.bundle.manifest.method,
        provider_asked=model.runtime.asked,
        provider_running=model.runtime.running,
        started_wall_ns=started_wall_ns,
    )


def info_body(info: Info, started_wall_ns: int) -> dict[str, Any]:
    """The same for the topic `info`."""
    return info_of(
        versions={"ringlight": __version__, "python": platform.python_version(), **versions("onnxruntime")},
        model_id=info.model_id,
        provider_asked=info.provider_asked,
        provider_running=info.provider_running,
        started_wall_ns=started_wall_ns,
    )


def broker_state(mqtt: MqttConfig, telemetry: Telemetry, waiting: int) -> MqttState:
    """The way out, as the page shows it; `waiting` results are on disk."""
    return MqttState(True, telemetry.connected, waiting, f"{mqtt.host}:{mqtt.port}")
