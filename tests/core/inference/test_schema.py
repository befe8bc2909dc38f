"""The schema of results: told from the records, and what the documentation holds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from core.inference import results
from core.inference.schema import content_word, schema

DOCS = Path(__file__).parents[3] / "docs" / "results.md"


def test_every_key_of_the_json_is_in_the_schema() -> None:
    """A key that results write is a key that the schema explains."""
    written = json.loads(json.dumps(results([]).as_dict()))
    explained = set(re.findall(r"`([^`]+)`", schema().split("### ")[1]))
    assert set(written) <= explained


def test_types_read_as_json_holds_them() -> None:
    """Types are told in words of JSON, mappings by what their keys lead to."""
    assert content_word(Mapping[str, tuple[float, float]]) == "by key: [number, number]"
    assert content_word(tuple[int, ...] | None) == "list of integer or null"


def test_documentation_holds_the_schema() -> None:
    """docs/results.md holds what `python -m core.inference.schema` prints now."""
    assert schema() in DOCS.read_text(encoding="utf-8"), "run `python -m core.inference.schema` and put its output into docs/results.md"
