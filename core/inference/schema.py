"""The schema of results as Markdown, told from the records: `python -m core.inference.schema` prints what docs/results.md holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from core.inference.models import Models
from core.inference.record_json import key_of
from core.inference.results import Results

PLAIN: Final = {str: "text", int: "integer", float: "number", bool: "true or false"}


def schema(*roots: type) -> str:
    """Return a table of keys for each record (results, and models fitted on demand), then of every record that they hold."""
    return "\n\n".join(_section(kind) for kind in _held(roots or (Results, Models)))


def _section(kind: type) -> str:
    about = " ".join((kind.__doc__ or "").split()).partition(". Raises")[0]
    rows = [f"| `{key}` | {content} | {said} |" for key, content, said in _rows(kind)]
    return "\n".join([f"### {kind.__name__}", "", about, "", "| key | content | |", "|---|---|---|", *rows])


def _rows(kind: type) -> Iterator[tuple[str, str, str]]:
    """Yield key, content and meaning of each field; a spread field gives its keys, which stand on the record's own level."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        said, hint = str(one.metadata.get("about", "")) or _usual(one), hints[one.name]
        if "spread" in one.metadata:
            names, inner = get_args(hint)
            yield _spread_key(one, names), content_word(inner), said
        else:
            yield key_of(one), content_word(hint), said


def _usual(one: Field[Any]) -> str:
    """Return the sentence that a method field holds where no other is given."""
    return one.default if isinstance(one.default, str) else ""


def _spread_key(one: Field[Any], names: Any) -> str:
    pattern = str(one.metadata["spread"])
    return "`, `".join(pattern.format(name) for name in get_args(names)) if get_origin(names) is Literal else pattern.format("NAME")


def content_word(hint: Any) -> str:
    """Return how JSON holds a type: "integer", "Proportion", "by key: by key: number" ..."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(["null" if one is NoneType else content_word(one) for one in inner])
    if origin is Literal:
        return " or ".join(f'"{one}"' if isinstance(one, str) else str(one) for one in inner)
    if origin is tuple:
        return f"list of {content_word(inner[0])}" if inner[1:] == (...,) else f"[{', '.join(map(content_word, inner))}]"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"by key: {content_word(inner[1])}"
    name = str(getattr(hint, "__name__", hint))
    return f"[{name}](#{name.lower()})" if is_dataclass(hint) else PLAIN.get(hint, name)


def _held(roots: tuple[type, ...]) -> list[type]:
    """Return the records and all records that they hold, each once, in order of their first mention."""
    found, waiting = list(roots), list(roots)
    while waiting:
        for hint in get_type_hints(waiting.pop(0)).values():
            for inner in _records_in(hint):
                if inner not in found:
                    found.append(inner)
                    waiting.append(inner)
    return found


def _records_in(hint: Any) -> Iterator[type]:
    if is_dataclass(hint) and isinstance(hint, type):
        yield hint
    for inner in get_args(hint):
        yield from _records_in(inner)


if __name__ == "__main__":
    print(schema())
