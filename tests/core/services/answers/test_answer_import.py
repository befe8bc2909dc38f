"""Importing files as an answer set: recognised by their columns, read whole or not at all, told by their digests."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core import inference
from core.errors import UsageError
from core.services.answers.answer_import import ImportRequest, import_answers
from core.services.results.answer_results import answer_set_results
from core.store.answer_sets import answer_sets, read_answer_set
from core.store.workspace import Workspace
from tests.core.exchange.simulated import PUBLISHED, TRIALS_1, needs_published
from tests.core.exchange.test_borowski2021_reading import HEADER, LINES, RATINGS, edited, table_of


def files(folder: Path, **contents: bytes) -> dict[str, Path]:
    """Write each content to NAME.csv."""
    paths = {name: folder / f"{name}.csv" for name in contents}
    for name, path in paths.items():
        path.write_bytes(contents[name])
    return paths


def imported(workspace: Workspace, *paths: Path, **options: Any) -> Any:
    return import_answers(workspace, ImportRequest(tuple(paths), **{"name": "lab", **options}))


def test_files_become_an_answer_set(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Trials and ratings are one set that names its files with their SHA-256 and the columns left out."""
    given = files(tmp_path, x=table_of(f"0,{LINES[0]},x", header=f",{HEADER},mood"), rated_at_begin=RATINGS.encode())
    (made,) = imported(empty_workspace, *given.values())
    card, collected = read_answer_set(empty_workspace, "lab")
    assert (made.kind, made.study, made.n_answers, made.n_participants, made.n_ratings) == ("imported", card.study, 1, 1, 2)
    assert (card.kind, card.study, card.columns_left_out) == ("imported", "borowski2021/experiment-1", ("mood",))
    assert {one.name: one.sha256 for one in card.sources} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in given.values()
    }
    assert {rating.moment for rating in collected.ratings} == {"begin"} and len(collected.sessions) == 1
    assert not empty_workspace.responses.exists()


def test_moments_are_named_or_told(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Ratings whose name says neither begin nor end are refused, and taken with --begin or --end; "friend" is no end."""
    given = files(tmp_path, trials=table_of(*LINES), friend=RATINGS.encode(), begin_end=RATINGS.encode())
    for unclear in ("friend", "begin_end"):
        with pytest.raises(UsageError, match=f"{unclear}.csv.*--begin.*--end"):
            imported(empty_workspace, given["trials"], given[unclear])
    imported(empty_workspace, given["trials"], begin=(given["friend"],), end=(given["begin_end"],))
    ratings = read_answer_set(empty_workspace, "lab")[1].ratings
    assert [rating.moment for rating in ratings] == ["begin", "begin", "end", "end"]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["ratings_end"], "without the table of trials"),
        (["trials", "copy"], "both hold trials"),
        (["trials", "other"], "neither a table of trials"),
        (["trials", "missing"], "cannot be read"),
        (["broken"], "broken.csv, line 3"),
    ],
)
def test_what_cannot_be_imported_stores_nothing(empty_workspace: Workspace, tmp_path: Path, names: list[str], says: str) -> None:
    """Files that do not make a set are refused in one sentence, and nothing is stored."""
    contents = {"trials": table_of(*LINES), "ratings_end": RATINGS.encode(), "other": b"a,b\n1,2\n", "copy": table_of(*LINES)}
    given = files(tmp_path, **contents, broken=edited(3, "correct", "yes"))
    with pytest.raises(UsageError, match=says):
        imported(empty_workspace, *(given.get(name, tmp_path / name) for name in names))
    assert answer_sets(empty_workspace) == ((), ())


def test_trials_are_no_ratings(empty_workspace: Workspace, tmp_path: Path) -> None:
    """A table of trials given as ratings is refused."""
    given = files(tmp_path, trials=table_of(*LINES))
    with pytest.raises(UsageError, match="holds trials, not ratings"):
        imported(empty_workspace, begin=(given["trials"],))


def test_one_experiment_that_fails_stores_none(empty_workspace: Workspace, tmp_path: Path) -> None:
    """Of files of two experiments none is stored where one cannot be read."""
    bad = table_of(f"{LINES[0]},Max-2,expert,a", header=f"{HEADER},condition_name,expert_level,batch_block")
    given = files(tmp_path, one=table_of(*LINES), two=bad)
    with pytest.raises(UsageError, match="condition_name"):
        imported(empty_workspace, *given.values())
    assert answer_sets(empty_workspace) == ((), ())


@needs_published
def test_published_files_give_the_published_numbers(empty_workspace: Workspace) -> None:
    """All released files at once are two sets of 1,860 and 4,968 answers, whose results are what is expected."""
    made = imported(empty_workspace, *sorted(PUBLISHED.glob("*.csv")), name="paper")
    assert [(one.name, one.n_answers, one.n_participants, one.n_ratings) for one in made] == [
        ("paper-experiment-1", 1860, 10, 30),
        ("paper-experiment-2", 4968, 23, 138),
    ]
    expected = json.loads((PUBLISHED / "expected.json").read_text())
    found = answer_set_results(empty_workspace, "paper-experiment-1").results.as_dict()
    for section in ("accuracy", "reaction_time_correct_s", "confidence_correct"):
        for condition, wanted in expected["experiment_1"][section].items():
            came = {name: found[section][condition][name] for name in wanted}
            assert came == {name: pytest.approx(value, rel=1e-5, abs=5e-7) for name, value in wanted.items()}
    assert found["catch_accuracy"] == expected["experiment_1"]["catch_accuracy"]
    assert found["exclusions"] == []
    _, second = read_answer_set(empty_workspace, "paper-experiment-2")
    by_scheme = inference.results(second.answers).accuracy_by_scheme
    for condition, schemes in expected["experiment_2"]["accuracy_by_scheme"].items():
        for scheme, wanted in schemes.items():
            came = {name: by_scheme[condition][scheme].as_dict()[name] for name in wanted}
            assert came == {name: pytest.approx(value, rel=1e-5, abs=5e-7) for name, value in wanted.items()}
    assert {(rating.moment, rating.expertise) for rating in second.ratings} == {
        (moment, expertise) for moment in ("begin", "end") for expertise in ("expert", "lay")
    }


@needs_published
def test_files_are_recognised_under_any_name(empty_workspace: Workspace, tmp_path: Path) -> None:
    """A released file under another name is the same."""
    shutil.copy(TRIALS_1, tmp_path / "x.dat")
    assert imported(empty_workspace, tmp_path / "x.dat")[0].n_answers == 1860
