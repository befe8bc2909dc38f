"""Frozen records as JSON content and back, by their fields' types: the schema is the records.

A field's metadata may hold `key` (its name in JSON where that is no Python name), `spread` (a mapping whose entries stand on the
record's own level under this name, "reaction_time_{}_s") and `about` (what the documentation says of it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def about(sentence: str, *, spread: str | None = None) -> dict[str, str]:
    """Return a field's metadata: its documentation, and `spread` as in the module's docstring."""
    return {"about": sentence} | ({"spread": spread} if spread else {})


def content_of(value: Any) -> Any:
    """Return what JSON can hold of a record, mapping, tuple or plain value."""
    if is_dataclass(value) and not isinstance(value, type):
        content: dict[str, Any] = {}
        for one in fields(value):
            its = content_of(getattr(value, one.name))
            content |= {one.metadata["spread"].format(name): part for name, part in its.items()} if _spreads(one) else {key_of(one): its}
        return content
    if isinstance(value, Mapping):
        return {str(key): content_of(part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [content_of(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def record_of(kind: Any, content: Any) -> Any:
    """Return the value of a type that `content_of` wrote."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if content is None else record_of(next(one for one in inner if one is not type(None)), content)
    if origin is tuple:
        kinds = [inner[0]] * len(content) if inner[1:] == (...,) else inner
        return tuple(record_of(one, part) for one, part in zip(kinds, content, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: record_of(inner[1], part) for key, part in content.items()}
    if is_dataclass(kind):
        return _record(kind, content)
    if kind is date:
        return date.fromisoformat(content)
    return float(content) if kind is float else content


def key_of(one: Field[Any]) -> str:
    """Return a field's name in JSON."""
    return str(one.metadata.get("key", one.name))


def _record(kind: Any, content: Mapping[str, Any]) -> Any:
    hints = get_type_hints(kind)
    values = {}
    for one in fields(kind):
        hint = hints[one.name]
        if _spreads(one):
            names = get_args(get_args(hint)[0]) if get_origin(get_args(hint)[0]) is Literal else ()
            held = {name: content[one.metadata["spread"].format(name)] for name in names}
            values[one.name] = record_of(hint, held)
        else:
            values[one.name] = record_of(hint, content[key_of(one)])
    return kind(**values)


def _spreads(one: Field[Any]) -> bool:
    return "spread" in one.metadata
