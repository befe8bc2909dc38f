"""A Psych-DS data set (psych-ds.github.io): metadata in JSON-LD, data files named by keywords, every column described.

Taken from its rules: dataset_description.json with name, description and variableMeasured in the vocabulary of schema.org; CSV files under
data/, named by key-value pairs and ending in _data.csv; README and CHANGES beside them. Keywords are the standard's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from core.answer_set import Collected
from core.exchange.columns import REVIEWS, TABLES, Column, TableName
from core.exchange.csv_tables import Table
from core.exchange.dictionary import variables
from core.exchange.plain import plain_table

FILES: Final[Mapping[TableName, str]] = {
    "answers": "task-choice_description-answers_data.csv",
    "ratings": "task-rating_description-ratings_data.csv",
    "sessions": "description-sessions_data.csv",
    "presentations": "task-choice_description-presentations_data.csv",
}
REVIEW_FILE: Final = "description-reviews_data.csv"
# Columns of reviews that are called as ones of answers or ratings are: a data set has one variable of a name.
REVIEW_NAMES: Final[Mapping[str, str]] = {"kind": "review_kind", "rating": "review_rating"}
README: Final = """# {name}

{about}

{n_answers} answers of {n_people} respondents in {n_sessions} sessions, and {n_ratings} intuitiveness ratings. Who answered: {source}.

The task: references of a unit of an image network at the sides, two queries in the centre; which query activates the unit strongly
(two-alternative forced choice), with a confidence of 1 to 3. The paradigm is that of Borowski et al. (ICLR 2021, arXiv:2010.12606).

| file | one row is |
|---|---|
| `data/task-choice_description-answers_data.csv` | an answer to a trial (practice, main, catch or repeated; only main trials count) |
| `data/task-rating_description-ratings_data.csv` | an intuitiveness rating, where any were asked for |
| `data/description-sessions_data.csv` | a session |
| `data/task-choice_description-presentations_data.csv` | what a trial showed, by session and position, where it is known |
{reviews}| `materials/designs.json` | the designs that sessions follow, where they are known |

Every column is described in `dataset_description.json` (`variableMeasured`). Respondents are pseudonyms or codes.
"""
REVIEWS_LINE: Final = f"| `data/{REVIEW_FILE}` | what a reviewer said of a unit: a rating, a text, a note, a tag or a bookmark |\n"
CHANGES: Final = """# Changes

## {date}

Exported by Exemplary.
"""


def psych_ds_files(
    collected: Collected, *, name: str, about: str, source: str, made_at: datetime, reviews: Table | None = None
) -> dict[str, bytes]:
    """Return the data set's files by path. Tables without rows are left out. `reviews`: what reviewers said, in the columns REVIEWS."""
    tables = [table for table in TABLES if getattr(collected, table)]
    read_me = README.format(
        name=name,
        about=about,
        source=source,
        n_answers=len(collected.answers),
        n_people=len({answer.respondent for answer in collected.answers}),
        n_sessions=len({answer.session for answer in collected.answers}),
        n_ratings=len(collected.ratings),
        reviews=REVIEWS_LINE if reviews else "",
    )
    described = _description(name, about, made_at, variables(tables, map(_review_column, REVIEWS) if reviews else ()))
    return {
        "dataset_description.json": json.dumps(described, indent=1, ensure_ascii=False).encode(),
        "README.md": read_me.encode(),
        "CHANGES.md": CHANGES.format(date=made_at.date().isoformat()).encode(),
        **{f"data/{FILES[table]}": plain_table(collected, table).as_csv() for table in tables},
        **({f"data/{REVIEW_FILE}": _review_table(reviews).as_csv()} if reviews else {}),
    }


def _review_table(reviews: Table) -> Table:
    return Table(tuple(REVIEW_NAMES.get(name, name) for name in reviews.columns), reviews.rows)


def _review_column(column: Column) -> Column:
    return replace(column, name=REVIEW_NAMES.get(column.name, column.name))


def _description(name: str, about: str, made_at: datetime, measured: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": name,
        "description": about,
        "keywords": ["interpretability", "feature visualization", "psychophysics", "two-alternative forced choice"],
        "dateCreated": made_at.date().isoformat(),
        "variableMeasured": list(measured),
    }
