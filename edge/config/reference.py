"""The reference page of the configuration, made from the models: one source of words."""

from __future__ import annotations

import inspect
import types
import typing
from pathlib import Path
from typing import Any

import annotated_types
from pydantic.fields import FieldInfo

from edge.config.models import Config

_HEAD = """# Configuration

One TOML file. A key that is not listed here is refused, with the line it stands in. Relative paths are relative to
the file. `ringlight config check FILE` tells whether a file is good, `ringlight config schema` prints the JSON Schema
for editors. This page is made by `ringlight config reference`.
"""


def reference() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for name, section in Config.model_fields.items():
        model: Any = section.annotation
        parts.append(f"\n## [{name}]\n\n{inspect.getdoc(model) or ''}\n")
        parts += [_paragraph(key, field) for key, field in model.model_fields.items()]
    return "".join(parts)


def _paragraph(key: str, field: FieldInfo) -> str:
    facts = [_type(field.annotation), *_bounds(field)]
    facts.append(
        "**required**" if field.is_required() else f"default `{_toml(field.get_default(call_default_factory=True))}`"
    )
    return f"\n**`{key}`** ({', '.join(facts)}): {field.description}\n"


def _type(annotation: Any) -> str:
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{_toml(value)}`" for value in arguments)
    if origin is dict:
        return f"table of {_type(arguments[1])}"
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type(inner) for inner in arguments if inner is not type(None))
    if origin is typing.Annotated:
        return _type(arguments[0])
    return {int: "whole number", float: "number", str: "text", bool: "true or false", Path: "path"}[annotation]


def _bounds(field: FieldInfo) -> list[str]:
    words = []
    for rule in field.metadata:
        for kind, word in (
            (annotated_types.Ge, "≥"),
            (annotated_types.Gt, ">"),
            (annotated_types.Le, "≤"),
            (annotated_types.Lt, "<"),
        ):
            if isinstance(rule, kind):
                value = getattr(rule, kind.__name__.lower())
                words.append(f"{word} {value:g}" if abs(value) < 1e6 else f"{word} {value}")
    return words


def _toml(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | Path):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return str(value)
