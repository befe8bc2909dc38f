"""The published answers: what is expected to 5 digits, and every other number against a slow computation of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from core.errors import UsageError
from core.inference import Results
from core.services.results.answer_results import published_results
from tests.conftest import PUBLISHED
from tests.core.services import slow_statistics as slow

MEASURES = ("accuracy", "reaction_time_all", "reaction_time_correct", "reaction_time_incorrect")
WHICH = ("all", "correct", "incorrect")
TWO = (("natural", "synthetic"),)
pytestmark = pytest.mark.skipif(not PUBLISHED.is_dir(), reason=f"{PUBLISHED} is not here")


@cache
def found() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(published_results(PUBLISHED).as_dict(), allow_nan=False))
    return content


@cache
def rows(experiment: str) -> list[slow.Row]:
    (file,) = PUBLISHED.glob(f"experiment_{'I' if experiment == 'experiment_1' else 'II'}_main*.csv")
    return slow.read(file)


@cache
def main(experiment: str) -> list[slow.Row]:
    return slow.main_rows(rows(experiment))


def rated(experiment: str, moment: str) -> list[slow.Row]:
    return slow.read(PUBLISHED / f"experiment_{experiment}_intuitiveness_{moment}_preprocessed.csv")


def agree(came: Any, wanted: Any, path: str = "") -> None:
    """Check every number of `wanted` against the one of the same path, and that levels are the same where values are by level."""
    if isinstance(wanted, dict):
        assert set(wanted) <= set(came), path
        for key, part in wanted.items():
            agree(came[key], part, f"{path}.{key}")
    elif isinstance(wanted, list):
        assert len(came) == len(wanted), path
        for place, part in enumerate(wanted):
            agree(came[place], part, f"{path}[{place}]")
    else:
        assert came == pytest.approx(float(wanted), rel=1e-8, abs=1e-12), path


def digits(came: Any, wanted: Any, path: str = "") -> int:
    """Check that numbers agree to 5 digits; return how many there were."""
    if isinstance(wanted, dict):
        return sum(digits(came[key], part, f"{path}.{key}") for key, part in wanted.items())
    if isinstance(wanted, list):
        return sum(digits(one, part, path) for one, part in zip(came, wanted, strict=True))
    assert came == pytest.approx(wanted, rel=1e-5, abs=5e-7), path
    return 1


def test_every_expected_number() -> None:
    """All numbers of expected.json are found under their keys, to 5 digits."""
    expected = json.loads((PUBLISHED / "expected.json").read_text())
    assert sum(digits(found()[experiment], expected[experiment], experiment) for experiment in ("experiment_1", "experiment_2")) == 54


BREAKDOWNS: dict[str, Callable[[slow.Row], str]] = {
    "accuracy_by_layer": slow.layer,
    "accuracy_by_branch": slow.branch,
    "accuracy_by_unit": slow.unit,
    "accuracy_by_participant": lambda row: row["subject_id"],
    "accuracy_by_block": lambda row: row["block_nr"],
}


@pytest.mark.parametrize("experiment", ["experiment_1", "experiment_2"])
@pytest.mark.parametrize("section", BREAKDOWNS)
def test_breakdowns(experiment: str, section: str) -> None:
    """Proportions by layer, branch, unit, participant and block are those of the raw rows, with the same levels."""
    wanted = slow.by_condition(main(experiment), BREAKDOWNS[section])
    came = found()[experiment][section]
    agree(came, wanted)
    assert {condition: set(of) for condition, of in came.items()} == {condition: set(of) for condition, of in wanted.items()}


def test_schemes_and_expertise() -> None:
    """Experiment II by presentation scheme, by expertise and by both."""
    came, of_all = found()["experiment_2"], main("experiment_2")
    agree(came["accuracy"], slow.by_condition(of_all))
    agree(came["accuracy_by_scheme"], slow.by_condition(of_all, lambda row: row["condition_name"]))
    agree(came["accuracy_by_expertise"], slow.by_condition(of_all, slow.expertise))
    for scheme, part in slow.grouped(of_all, lambda row: row["condition_name"]).items():
        by_both = {condition: of[scheme] for condition, of in came["accuracy_by_scheme_and_expertise"].items()}
        agree(by_both, slow.by_condition(part, slow.expertise))


def test_hand_picked_units_of_the_pool_branch() -> None:
    """Hand-picked and random units of the pool branch; experiment II has no hand-picked ones."""
    pool = [row for row in main("experiment_1") if slow.branch(row) == "pool"]
    wanted = slow.by_condition(pool, lambda row: "hand_picked" if row["channel"] == "channel_1" else "random")
    agree(found()["experiment_1"]["hand_picked_pool"], wanted)
    assert found()["experiment_2"]["hand_picked_pool"] == {}


@pytest.mark.parametrize("experiment", ["experiment_1", "experiment_2"])
@pytest.mark.parametrize("which", WHICH)
def test_reaction_times_and_confidence(experiment: str, which: str) -> None:
    """Times, shares of confidence and their chi-squared, for all, correct and incorrect trials; negative times are kept."""
    came, of_which = found()[experiment], slow.asked(main(experiment), which)
    agree(came[f"reaction_time_{which}_s"], slow.times(of_which))
    agree(came[f"confidence_{which}"], slow.confidence(of_which))
    agree(came[f"confidence_chi2_{which}"], slow.chi_squared(of_which))


@pytest.mark.parametrize("experiment", ["experiment_1", "experiment_2"])
def test_catch_trials_and_repeats(experiment: str) -> None:
    """Catch trials are counted over all conditions; a repeated trial is consistent where the same image was chosen again."""
    catch = [row for row in rows(experiment) if row["catch_trial"] == "True"]
    assert found()[experiment]["catch_accuracy"] == {"correct": sum(map(slow.right, catch)), "n": len(catch)}
    if experiment == "experiment_1":
        agree(found()[experiment]["repeat_consistency"], slow.repeats(rows(experiment)))
    else:
        assert found()[experiment]["repeat_consistency"] == {}


@pytest.mark.parametrize("measure", MEASURES)
def test_signed_ranks(measure: str) -> None:
    """Every pair of conditions in experiment I; natural against synthetic in each scheme of experiment II, and in all."""
    agree(found()["experiment_1"][f"wilcoxon_{measure}"], slow.tests_of(main("experiment_1"), measure, slow.PAIRS))
    came, of_all = found()["experiment_2"][f"wilcoxon_{measure}"], main("experiment_2")
    (wanted,) = slow.tests_of(of_all, measure, TWO).values()
    agree(came["all"], wanted)
    agree(came["natural_vs_synthetic"], wanted)
    for scheme in slow.SCHEMES:
        of_scheme = [row for row in of_all if row["condition_name"] == scheme]
        (wanted,) = slow.tests_of(of_scheme, measure, TWO).values()
        agree(came[scheme], wanted, scheme)


@pytest.mark.parametrize("measure", MEASURES)
def test_analyses_of_variance(measure: str) -> None:
    """Experiment I by textbook sums of squares, experiment II by dropping every term from the saturated least-squares model."""
    agree(found()["experiment_1"][f"rm_anova_{measure}"], slow.one_way(main("experiment_1"), measure, ("natural", "synthetic", "none")))
    assert found()["experiment_1"][f"mixed_anova_{measure}"] == {}
    wanted = slow.least_squares(main("experiment_2"), measure)
    came = found()["experiment_2"][f"mixed_anova_{measure}"]
    agree(came, wanted)
    assert list(came) == [
        "condition",
        "scheme",
        "expertise",
        "condition:scheme",
        "condition:expertise",
        "scheme:expertise",
        "condition:scheme:expertise",
    ]


def test_intuitiveness() -> None:
    """Ratings before, after, and their change, by rated unit's layer and over all."""
    assert set(found()["experiment_1"]["intuitiveness"]) == {"begin"}
    agree(found()["experiment_1"]["intuitiveness"]["begin"], slow.ratings(rated("I", "beginning")))
    came, begin, end = found()["experiment_2"]["intuitiveness"], rated("II", "beginning"), rated("II", "end")
    agree(came["begin"], slow.ratings(begin))
    agree(came["end"], slow.ratings(end))
    agree(came["end_minus_begin"], slow.ratings(slow.rating_changes(begin, end)))


def test_json_keeps_all_of_it() -> None:
    """The results of both experiments are read back from their JSON as they were."""
    for one in published_results(PUBLISHED).experiments.values():
        assert Results.from_dict(json.loads(json.dumps(one.results.as_dict()))) == one.results


def test_one_experiment_and_none(tmp_path: Path) -> None:
    """Files of one experiment give that one; a folder without CSV files is refused in one sentence."""
    with pytest.raises(UsageError, match="holds no CSV files"):
        published_results(tmp_path)
    for file in PUBLISHED.glob("experiment_I_*.csv"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert list(published_results(tmp_path).as_dict()) == ["experiment_1"]
