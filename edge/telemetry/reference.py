"""Makes `docs/mqtt.md` from the table of topics and the schemas.

`python -m edge.telemetry.reference > docs/mqtt.md`
"""

from __future__ import annotations

import json
import sys
from typing import Any

from edge.telemetry.topics import COMMANDS, TOPICS, Command, Topic, schema_of

_HEAD = """\
# MQTT

This page is made from the code (`python -m edge.telemetry.reference > docs/mqtt.md`); edit `edge/telemetry/topics.py`
and `edge/telemetry/schemas/` instead.

The box speaks MQTT 3.1.1. All topics begin with `ringlight/<site>/<line>/<box>/`, the names of the section `[box]` of
its configuration. Watch everything that a box says:

```
mosquitto_sub -h BROKER -v -t 'ringlight/site/line/box/#'
```

## Topics
"""

_DELIVERY = """\
## What is promised

- **No result is lost while the broker is away.** Results wait on the box's disk, through restarts too, and leave it
  only when the broker has acknowledged them. Beyond `mqtt.outbox_rows` the oldest are given up; `state` counts them.
- **At least once.** When a connection breaks between a result and its receipt, the result is sent again. `boot_id` and
  `seq` together name a result for good: a subscriber that has seen the pair may drop the second one. The MQTT DUP flag
  is not set on it, because it goes out over a new connection.
- **In order** of `seq`, except for what is sent again.
- **`seq` has no gaps** within the life of a box's store, except for results that were given up.
- **Never a picture.** Pictures are on the box's page.
- Fields may be added to payloads without notice; a change that breaks a reader raises the number in `schema`.
- A subscriber that must not miss results uses QoS 1 and a persistent session: `result` is not retained.

The JSON Schema files (2020-12) lie in `edge/telemetry/schemas/` and in the installed package.
"""


def reference_page() -> str:
    """The page, in Markdown."""
    parts = [_HEAD, _table(), *(_section(topic) for topic in TOPICS), _commands(), _DELIVERY]
    return "\n".join(part.rstrip() + "\n" for part in parts)


def _table() -> str:
    lines = ["| topic | direction | QoS | retained | payload |", "|---|---|---|---|---|"]
    for topic in TOPICS:
        kept = "yes" if topic.retained else "no"
        kind = "text" if isinstance(topic.example, str) else f"[`{topic.schema}`](#{_anchor(topic)})"
        lines.append(f"| `{topic.name}` | {topic.direction} | {topic.qos} | {kept} | {kind} |")
    return "\n".join(lines)


def _anchor(topic: Topic) -> str:
    return "".join(letter for letter in topic.name if letter.isalnum())


def _section(topic: Topic) -> str:
    schema = schema_of(topic)
    lines = [f"### `{topic.name}`", "", topic.description, ""]
    if "properties" in schema:
        lines += ["| field | type | meaning |", "|---|---|---|", *_fields(schema, ""), ""]
        lines += ["```json", json.dumps(topic.example, indent=2, ensure_ascii=False), "```"]
    else:
        lines.append("One of " + ", ".join(f"`{word}`" for word in schema["enum"]) + ".")
    return "\n".join(lines)


def _fields(schema: dict[str, Any], prefix: str) -> list[str]:
    lines = []
    for name, field in schema.get("properties", {}).items():
        optional = "" if name in schema.get("required", ()) else " (optional)"
        lines.append(f"| `{prefix}{name}` | {_type(field)} | {field['description']}{optional} |")
        lines += _fields(field, f"{prefix}{name}.")
        lines += _fields(field.get("items", {}), f"{prefix}{name}[].")
    return lines


def _type(field: dict[str, Any]) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join("null" if word is None else f"`{word}`" for word in field["enum"])
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    words = " or ".join(kinds)
    return f"{words} ({field['format']})" if "format" in field else words


def _commands() -> str:
    lines = ["## Commands", "", "An ack with `ok` false says in `error` why nothing was done.", ""]
    lines += ["| command | request | `result` of its ack | what it does |", "|---|---|---|---|"]
    lines += [_command_line(command) for command in COMMANDS]
    lines += ["", "```"]
    lines += ["mosquitto_sub -h BROKER -t 'ringlight/site/line/box/ack/#' &"]
    lines += ['mosquitto_pub -h BROKER -q 1 -t ringlight/site/line/box/cmd/ping -m \'{"id": "a1"}\'', "```"]
    return "\n".join(lines)


def _command_line(command: Command) -> str:
    request, result = json.dumps(command.example), json.dumps(command.result)
    return f"| `cmd/{command.name}` | `{request}` | `{result}` | {command.description} |"


if __name__ == "__main__":
    sys.stdout.write(reference_page())
