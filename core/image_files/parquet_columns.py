"""Which columns of a Parquet file hold images and labels: Hugging Face's features in the schema tell, else names and types."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from core.errors import ImageError, UsageError
from core.image_files.members import Columns

LABEL_NAMES = frozenset({"label", "labels", "label_name", "class", "class_name", "cls", "category", "target"})


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column of labels; `words` are the names of its numbers, where the file tells them."""

    name: str
    words: tuple[str, ...] = ()


def image_columns(schema: pa.Schema) -> tuple[str, ...]:
    """Return the columns that can hold images: those that Hugging Face's features call so, else those of bytes."""
    features = _features(schema)
    told = tuple(name for name in schema.names if features.get(name, {}).get("_type") == "Image")
    return told or tuple(field.name for field in schema if _holds_bytes(field.type))


def chosen_image(schema: pa.Schema, columns: Columns) -> str:
    """Return the column of images. Raises ImageError where there is none, UsageError where it is not clear which."""
    found = image_columns(schema)
    if columns.image is not None:
        name = _named(schema, columns.image, "--image-column")
        if not _holds_bytes(schema.field(name).type):
            raise UsageError(f"The column {name!r} holds {schema.field(name).type}, no images; the columns are {_listed(schema.names)}.")
        return name
    if not found:
        raise ImageError(f"has no column of images (columns: {_listed(schema.names)})")
    if len(found) > 1:
        raise UsageError(f"Several columns can hold images: {_listed(found)}; name one with --image-column.")
    return found[0]


def chosen_label(schema: pa.Schema, columns: Columns) -> LabelColumn | None:
    """Return the column of labels, or None where there is none. Raises UsageError where it is not clear which."""
    features = _features(schema)
    if columns.label is not None:
        return _label(_named(schema, columns.label, "--label-column"), features)
    told = [name for name in schema.names if features.get(name, {}).get("_type") == "ClassLabel"]
    found = told or [field.name for field in schema if field.name.lower() in LABEL_NAMES and _is_label(field.type)]
    if len(found) > 1:
        raise UsageError(f"Several columns can hold labels: {_listed(found)}; name one with --label-column.")
    return _label(found[0], features) if found else None


def label_text(column: LabelColumn, value: object) -> str:
    """Return a cell of the label column as text: "" where it is empty."""
    if value is None:
        return ""
    if isinstance(value, int) and 0 <= value < len(column.words):
        return column.words[value]
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _label(name: str, features: dict[str, Any]) -> LabelColumn:
    words = features.get(name, {}).get("names")
    return LabelColumn(name, tuple(str(word) for word in words) if isinstance(words, list) else ())


def _named(schema: pa.Schema, name: str, option: str) -> str:
    if name not in schema.names:
        raise UsageError(f"There is no column {name!r} ({option}); the columns are {_listed(schema.names)}.")
    return name


def _features(schema: pa.Schema) -> dict[str, Any]:
    """Return Hugging Face's features by column, as they stand in the schema's metadata; {} where there are none."""
    try:
        content = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = content["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return {name: feature for name, feature in features.items() if isinstance(feature, dict)} if isinstance(features, dict) else {}


def _holds_bytes(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        place = kind.get_field_index("bytes")
        return place >= 0 and _holds_bytes(kind.field(place).type)
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _is_label(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_label(kind.value_type)
    return bool(pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _listed(found: Iterable[str]) -> str:
    return ", ".join(found) or "none"
