"""Proportions correct against counting one answer at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pytest

from core.domain import Unit
from core.experiment import Answer
from core.inference import accuracy as module
from core.inference import results
from core.inference.accuracy import repeat_consistency_of, repeat_sums
from core.inference.answer_table import table_of
from core.inference.proportions import Proportion, proportion
from tests.core.inference.answers import answer, simulated

ANSWERS = simulated(9, n_people=6)


def counted(**levels: object) -> Proportion:
    """Return the proportion of the answers whose fields are these, by participant."""
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for one in ANSWERS:
        if all(getattr(one, name) == level for name, level in levels.items()):
            scores[one.respondent].append(one.proportion_correct)
    return proportion([scores[name] for name in sorted(scores)])


def check(found: Mapping[str, Proportion], wanted: Mapping[str, Proportion]) -> None:
    """Hold numbers against those of counting, whatever the order in which they were summed."""
    assert set(found) == set(wanted)
    for name, one in wanted.items():
        came = found[name]
        assert (came.n_correct, came.n_trials, came.n_participants) == (one.n_correct, one.n_trials, one.n_participants)
        assert (came.mean, came.two_sem, *came.wilson) == pytest.approx((one.mean, one.two_sem, *one.wilson))


def test_every_breakdown_is_that_of_counting() -> None:
    """By condition; by branch, which some units lack; by scheme and expertise, which some participants did not say."""
    found = results(ANSWERS)
    check(found.accuracy, {name: counted(condition=name) for name in ("natural", "synthetic", "none")})
    assert set(found.accuracy_by_branch) == set(found.accuracy_by_scheme_and_expertise) == set(found.accuracy)
    for name in found.accuracy:
        check(found.accuracy_by_branch[name], {branch: counted(condition=name, branch=branch) for branch in ("1x1", "3x3", "pool")})
        assert set(found.accuracy_by_scheme_and_expertise[name]) == {"Max-1", "Min-Max-9"}
        for scheme, of in found.accuracy_by_scheme_and_expertise[name].items():
            check(of, {one: counted(condition=name, scheme=scheme, expertise=one) for one in ("expert", "lay")})


def test_hand_picked_units_are_beside_random_ones_of_their_branch() -> None:
    """Only branches that have hand-picked units count, and only these two lists."""
    lists = [("hand-picked", "pool", 1.0), ("random", "pool", 0.0), ("random", "1x1", 1.0), ("other", "pool", 1.0)]
    found = results([answer(unit_list=name, branch=branch, score=score) for name, branch, score in lists]).hand_picked_pool
    assert {name: (of.mean, of.n_trials) for name, of in found["natural"].items()} == {"hand_picked": (1, 1), "random": (0, 1)}
    assert results([answer(unit_list="random", branch="pool")]).hand_picked_pool == {}


def test_catch_trials_are_counted_over_all_conditions() -> None:
    """Main and practice trials do not count."""
    rows = [answer(kind="catch"), answer(kind="catch", condition="none", score=0.0), answer(kind="practice"), answer()]
    assert (results(rows).catch_accuracy.correct, results(rows).catch_accuracy.n) == (1, 2)


def repeated(rows: list[Answer]) -> dict[str, Proportion]:
    """Return how often these were answered alike."""
    table = table_of(rows)
    return repeat_consistency_of(table["condition"].levels, *repeat_sums(table))


@pytest.mark.parametrize("most", [2**24, 0], ids=["looked up", "sorted"])
def test_repeated_trials_are_held_against_their_first_showing(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Of the same session only; consistent is both right or both wrong; a first showing that is not there does not count."""
    monkeypatch.setattr(module, "MOST_PLACES", most)
    unit = Unit("mixed4a", 1)
    rows = [
        answer("p1", session="a", position=3, score=1.0, unit=unit),
        answer("p1", session="a", position=5, score=0.0, unit=unit),
        answer("p2", session="b", position=3, score=0.0, unit=unit),
        answer("p1", session="a", position=9, kind="repeated", repeats=3, score=1.0),
        answer("p1", session="a", position=10, kind="repeated", repeats=5, score=1.0, condition="synthetic"),
        answer("p2", session="b", position=9, kind="repeated", repeats=3, score=0.0),
        answer("p2", session="b", position=10, kind="repeated", repeats=7, score=0.0),
    ]
    found = repeated(rows)
    assert {name: (of.n_correct, of.n_trials) for name, of in found.items()} == {"all": (2, 3), "natural": (2, 2), "synthetic": (0, 1)}
    assert repeated(rows[:3]) == {}
    assert repeated(rows[6:]) == {}
