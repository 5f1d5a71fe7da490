"""Reads the file and says where it is wrong: file, line, key, and what to write instead."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from edge.config.models import Config
from edge.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_RELATIVE = (
    ("model", "bundle"),
    ("model", "engines"),
    ("locate", "template"),
    ("camera", "flat_field"),
    ("camera", "producer"),
    ("imaging", "reference"),
    ("trust", "folder"),
    ("trust", "serial_file"),
    ("slots", "folder"),
    ("flash", "inbox"),
    ("store", "folder"),
    ("mqtt", "password_file"),
    ("mqtt", "ca_file"),
    ("status", "token_file"),
)


def load_config(path: Path) -> Config:
    """Reads and checks a configuration file; relative paths in it become relative to the file's folder.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or a key is unknown, missing or out of range. All
            mistakes are named at once, one a line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}). Name the file with --config.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error
    return parse_config(text, name=str(path), folder=path.parent)


def parse_config(text: str, *, name: str = "configuration", folder: Path | None = None) -> Config:
    """Checks the text of a configuration file. `name` stands in the errors; `folder` is the base of relative paths."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: is not TOML: {error}") from error
    if folder is not None:
        _anchor(values, folder)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError("\n".join(_say(mistake, text, name) for mistake in error.errors())) from error


def _anchor(values: dict[str, Any], folder: Path) -> None:
    for section, key in _RELATIVE:
        table = values.get(section)
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = str(folder / table[key])
    camera = values.get("camera")
    if isinstance(camera, dict) and camera.get("source") == "folder" and isinstance(camera.get("device"), str):
        camera["device"] = str(folder / camera["device"])


def _say(mistake: Any, text: str, name: str) -> str:
    where = [str(step) for step in mistake["loc"]]
    key = ".".join(where)
    kind = mistake["type"]
    if kind == "extra_forbidden":
        what = _unknown(where)
    elif kind == "missing":
        what = f"is missing. {_description(where)}".rstrip()
    elif kind == "value_error":
        what = str(mistake["ctx"]["error"])
    else:
        what = f"{mistake['msg']}, not {mistake['input']!r}. {_description(where)}".rstrip()
    if not key:
        return f"{name}: {what}"
    return f"{name}:{_line_of(text, where)}: {key}: {what}"


def _unknown(where: list[str]) -> str:
    import difflib

    siblings: list[str] = []
    if len(where) == 1:
        siblings = list(Config.model_fields)
    elif where[0] in Config.model_fields:
        siblings = list(_section(where[0]).model_fields)
    near = difflib.get_close_matches(where[-1], siblings, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(siblings)}."
    return f"is not a setting. {hint}"


def _section(name: str) -> Any:
    return Config.model_fields[name].annotation


def _description(where: list[str]) -> str:
    if len(where) >= 2 and where[0] in Config.model_fields:
        field = _section(where[0]).model_fields.get(where[1])
        return (field.description or "") if field else ""
    return ""


def _line_of(text: str, where: list[str]) -> int:
    """Line of the key, or of its section, or 1: TOML parsers do not keep places."""
    section, best = "", 1
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line)
        if header:
            section = header.group(1).strip()
            if section == where[0]:
                best = number
                if len(where) == 1:
                    return number
            continue
        match = re.match(r"\s*([A-Za-z0-9_.\-\"']+)\s*=", line)
        if match:
            dotted = [step.strip("\"'") for step in match.group(1).split(".")]
            path = ([section] if section else []) + dotted
            if path[: len(where)] == where[: len(path)] and len(path) >= min(len(where), 2):
                return number
            if len(where) == 1 and path[0] == where[0]:
                return number
    return best
