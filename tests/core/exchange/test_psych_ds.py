"""Psych-DS: a data set keeps every rule that the standard's validator calls an error, and those of its warnings that concern content."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from core.answer_set import Collected
from core.exchange.psych_ds import psych_ds_files
from tests.core.exchange.simulated import simulated
from tests.studies import NOW

DATA_FILE = re.compile(r"data/([a-z]+-[a-zA-Z0-9]+)(_[a-z]+-[a-zA-Z0-9]+)*_data\.csv")  # the standard's own expression
KEYWORDS = {"study", "site", "subject", "session", "task", "condition", "trial", "stimulus", "description"}
DATASET = {"name", "description", "variableMeasured", "keywords", "dateCreated"}  # properties of schema.org's Dataset that are used
PROPERTY_VALUE = {"name", "description", "unitText", "minValue", "maxValue"}  # and of its PropertyValue


def psych_ds(collected: Collected) -> dict[str, bytes]:
    return psych_ds_files(collected, name="demo/world", about="About.", source="people", made_at=NOW)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return psych_ds(simulated("borowski2021-exp2", n_people=2))


def test_metadata_has_what_is_required(files: dict[str, bytes]) -> None:
    """dataset_description.json lies at the top, is JSON-LD of type Dataset in schema.org's words, with name, description, variables."""
    found = json.loads(files["dataset_description.json"])
    assert found["@context"] in ("https://schema.org", "https://schema.org/") and found["@type"] == "Dataset"
    assert found["name"] and found["description"] and found["variableMeasured"]
    assert {key for key in found if not key.startswith("@")} <= DATASET


def test_variables_are_described(files: dict[str, bytes]) -> None:
    """Every variable is a PropertyValue with a name and a description, with no property that the type lacks."""
    for one in json.loads(files["dataset_description.json"])["variableMeasured"]:
        assert one["@type"] == "PropertyValue" and one["name"] and one["description"]
        assert {key for key in one if not key.startswith("@")} <= PROPERTY_VALUE


def test_data_files_are_named_by_keywords(files: dict[str, bytes]) -> None:
    """All data files lie under data/, are named by key-value pairs of the standard's keywords, and end in _data.csv."""
    names = [name for name in files if name.startswith("data/")]
    assert len(names) == 4 and all(DATA_FILE.fullmatch(name) for name in names)
    keys = {pair.split("-")[0] for name in names for pair in name.removeprefix("data/").removesuffix("_data.csv").split("_")}
    assert keys <= KEYWORDS


def test_data_files_are_tables(files: dict[str, bytes]) -> None:
    """Each is UTF-8, has a header without repeats, rows as long as it, at least one, and no row_id that repeats."""
    for name, content in files.items():
        if name.startswith("data/"):
            header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
            assert rows and len(header) == len(set(header)) and {len(row) for row in rows} == {len(header)}
            assert "row_id" not in header


@pytest.mark.parametrize("preset", ["borowski2021-exp2", "quick"])
def test_columns_and_variables_are_the_same(preset: str) -> None:
    """Every column of a data file is a variable and every variable a column, also where no ratings were asked for."""
    files = psych_ds(simulated(preset, n_people=2))
    columns = {
        column for name, content in files.items() if name.startswith("data/") for column in content.decode().splitlines()[0].split(",")
    }
    variables = [one["name"] for one in json.loads(files["dataset_description.json"])["variableMeasured"]]
    assert set(variables) == columns and len(variables) == len(columns)
    assert ("rating" in columns) == (preset == "borowski2021-exp2")


def test_read_me_and_changes_are_there(files: dict[str, bytes]) -> None:
    """README.md says how much there is and who answered, CHANGES.md when it was made; no file is empty."""
    assert b"432 answers of 2 respondents in 2 sessions, and 12 intuitiveness ratings" in files["README.md"]
    assert b"2026-01-02" in files["CHANGES.md"]
    assert all(files.values()) and {name for name in files if "/" not in name} == {"dataset_description.json", "README.md", "CHANGES.md"}
