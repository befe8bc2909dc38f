"""Proportions correct against counting one answer at a time."""

from __future__ import annotations

from collections import defaultdict

import pytest

from core.domain import Unit
from core.inference import accuracy as module
from core.inference.accuracy import (
    accuracy,
    accuracy_by,
    accuracy_by_scheme_and_expertise,
    catch_accuracy,
    hand_picked_pool,
    repeat_consistency,
)
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


def test_every_breakdown_is_that_of_counting() -> None:
    """By condition; by branch, which some units lack; by scheme and expertise, which some participants did not say."""
    table = table_of(ANSWERS)
    assert accuracy(table) == {name: counted(condition=name) for name in ("natural", "synthetic", "none")}
    assert accuracy_by(table, "branch") == {
        name: {branch: counted(condition=name, branch=branch) for branch in ("1x1", "3x3", "pool")} for name in accuracy(table)
    }
    found = accuracy_by_scheme_and_expertise(table)
    for name, of in found.items():
        for scheme, by_group in of.items():
            assert by_group == {one: counted(condition=name, scheme=scheme, expertise=one) for one in ("expert", "lay")}


def test_hand_picked_units_are_beside_random_ones_of_their_branch() -> None:
    """Only branches that have hand-picked units count, and only these two lists."""
    lists = [("hand-picked", "pool", 1.0), ("random", "pool", 0.0), ("random", "1x1", 1.0), ("other", "pool", 1.0)]
    found = hand_picked_pool(table_of([answer(unit_list=name, branch=branch, score=score) for name, branch, score in lists]))
    assert {name: (of.mean, of.n_trials) for name, of in found["natural"].items()} == {"hand_picked": (1, 1), "random": (0, 1)}
    assert hand_picked_pool(table_of([answer(unit_list="random", branch="pool")])) == {}


def test_catch_trials_are_counted_over_all_conditions() -> None:
    """Main and practice trials do not count."""
    rows = [answer(kind="catch"), answer(kind="catch", condition="none", score=0.0), answer(kind="practice"), answer()]
    assert (catch_accuracy(table_of(rows)).correct, catch_accuracy(table_of(rows)).n) == (1, 2)


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
    found = repeat_consistency(table_of(rows))
    assert {name: (of.n_correct, of.n_trials) for name, of in found.items()} == {"all": (2, 3), "natural": (2, 2), "synthetic": (0, 1)}
    assert repeat_consistency(table_of(rows[:3])) == {}
    assert repeat_consistency(table_of(rows[6:])) == {}
