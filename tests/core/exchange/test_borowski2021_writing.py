"""Writing the authors' columns: what was exported reads back as the same answers and statistics, and published files as themselves."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from core import inference
from core.answer_set import Collected
from core.exchange import borowski2021 as codes
from core.exchange.borowski2021_reading import collect, read_table
from core.exchange.borowski2021_writing import naming_of, rating_table, session_table, trial_table
from tests.core.exchange.simulated import PUBLISHED, TRIALS_1, TRIALS_2, needs_published, simulated

LAYERS = ("mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b")
UNKNOWN = {"", "query_image_a", "query_image_b", "seed"}  # not known from answers alone


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def there_and_back(collected: Collected, study: str = "inception_v1/imagenet") -> Collected:
    """Export in the authors' columns and read that again."""
    naming = naming_of(collected, study=study, source="people", layers=LAYERS)
    trials = read_table("trials.csv", trial_table(collected, naming).as_csv())
    ratings = read_table("ratings.csv", rating_table(collected.ratings, collected.answers).as_csv())
    sessions = read_table("sessions.csv", session_table(collected).as_csv())
    assert (trials.study, trials.is_simulated, trials.columns_left_out and "seed" in trials.columns_left_out) == (study, False, True)
    return collect(trials, [("begin", ratings)], sessions)


@pytest.mark.parametrize("preset", ["borowski2021-exp1", "borowski2021-exp2", "quick", "imi"])
def test_what_was_exported_reads_back_the_same(preset: str) -> None:
    """Simulated sessions of a preset come back answer by answer, with ratings and session facts, and so give the same statistics."""
    collected = simulated(preset)
    found = there_and_back(collected)
    assert found.answers == collected.answers
    assert (found.ratings, found.sessions) == (collected.ratings, collected.sessions)
    assert inference.results(found.answers) == inference.results(collected.answers)


def test_the_authors_columns_come_first_with_their_codes() -> None:
    """The header begins with the authors' own; synthetic is optimized, top is a with a negative rating, 4 none blocks are pre and post."""
    collected = simulated("borowski2021-exp1", n_people=1)
    table = trial_table(collected, naming_of(collected, study="s", source="people", layers=LAYERS))
    assert table.columns[: len(codes.TRIAL_COLUMNS)] == codes.TRIAL_COLUMNS
    rows = rows_of(table.as_csv())
    assert {row["instr_type"] for row in rows} == {"optimized", "natural", "none_pre", "none_post"}
    assert all((row["response"] == "a") == row["conf_rating"].startswith("-") for row in rows)
    assert all((row["response"] == row["correct_response"]) == (row["correct"] == "True") for row in rows)
    assert {row["query_order"] for row in rows if row["correct_response"] == "a"} == {"max_min"}
    main = [row for row in rows if row["trial_type"] == "main" and row["catch_trial"] == "False"]
    assert sorted(sum(row["instr_type"] == kind for row in main) for kind in ("none_pre", "none_post")) == [22, 23]
    assert {(row["layer"], row["exemplary_layer"]) for row in rows} == {(f"layer_{place}", name) for place, name in enumerate(LAYERS)}
    repeated = [row for row in rows if row["trial_type"] == "repeated"]
    shown = {(one.session, one.position): (one.query_top, one.query_bottom) for one in collected.presentations}
    assert {(row["query_image_a"], row["query_image_b"]) for row in rows} == set(shown.values())
    assert len(repeated) == 18 and all(row["old_trial_nr"].endswith(".0") and row["old_block_nr"].endswith(".0") for row in repeated)


@needs_published
@pytest.mark.parametrize(("path", "study"), [(TRIALS_1, "experiment-1"), (TRIALS_2, "experiment-2")], ids=["I", "II"])
def test_published_trials_are_written_as_they_were(path: Path, study: codes.Experiment) -> None:
    """Exporting the published answers gives the published columns back, value by value, but for what answers do not hold."""
    collected = collect(read_table(path.name, path.read_bytes()), [])
    naming = naming_of(collected, study=codes.STUDIES[study], source="imported")
    written = {(row["subject_id"], row["trial_nr"]): row for row in rows_of(trial_table(collected, naming).as_csv())}
    published = rows_of(path.read_bytes())
    assert len(written) == len(published)
    columns = set(published[0]) - UNKNOWN - {"subject_id_within_expert_type", "unit_name"}
    for row in published:
        again = written[row["subject_id"], row["trial_nr"]]
        different = {column: (row[column], again[column]) for column in columns if row[column] != again[column]}
        times = different.pop("RT", None)
        assert different == {}
        assert times is None or float(times[0]) == pytest.approx(float(times[1]), abs=1e-12)


@needs_published
def test_published_statistics_survive() -> None:
    """Both experiments with their ratings, exported and read again, give the same results."""
    for trials, ratings, study in (
        (TRIALS_1, "experiment_I_intuitiveness_beginning_preprocessed.csv", "experiment-1"),
        (TRIALS_2, "experiment_II_intuitiveness_beginning_preprocessed.csv", "experiment-2"),
    ):
        table = read_table(ratings, (PUBLISHED / ratings).read_bytes())
        collected = collect(read_table(trials.name, trials.read_bytes()), [("begin", table)])
        found = there_and_back(collected, codes.STUDIES[study])
        assert inference.results(found.answers, rules=inference.PUBLISHED) == inference.results(
            collected.answers, rules=inference.PUBLISHED
        )
        assert set(found.ratings) == set(collected.ratings)
