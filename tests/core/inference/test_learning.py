"""Learning over trials against a slow count, and what becomes of the order of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import pytest

from core.design_spec import Condition
from core.inference import learning as module
from core.inference.answer_table import AnswerTable, table_of
from core.inference.learning import LearningPoint, course_of, learning_of, places
from tests.core.inference.answers import answer, simulated


def learning(main: AnswerTable) -> Mapping[Condition, tuple[LearningPoint, ...]]:
    """Return the points of a table, whose longest session is as long as its trials say."""
    place = places(main)
    n_trials = int(place.max(initial=-1)) + 1
    return learning_of(course_of(main, place, n_trials), main["condition"].levels, n_trials)


@pytest.mark.parametrize("seed", range(3))
def test_bins_are_those_of_a_slow_count(seed: int) -> None:
    """Every bin's trials are those whose place among the main trials of their session lies in it, whatever the order of rows."""
    rng = np.random.default_rng(seed)
    answers = [one for one in simulated(seed, n_people=4, n_trials=90) if rng.random() < 0.8]
    order = rng.permutation(len(answers))
    found = learning(table_of([answers[place] for place in order]))
    wanted: defaultdict[tuple[str, int], list[float]] = defaultdict(list)
    for session in {one.session for one in answers}:
        for place, one in enumerate(sorted((one for one in answers if one.session == session), key=lambda one: one.position or 0)):
            wanted[one.condition, place // 10].append(one.proportion_correct)
    came = {(name, point.first // 10): (point.correct.mean, point.correct.n_trials) for name, of in found.items() for point in of}
    assert came == {key: (pytest.approx(np.mean(scores)), len(scores)) for key, scores in wanted.items()}


def test_bins_are_of_five_trials_or_a_multiple_and_at_most_ten() -> None:
    """20 trials make four bins, 101 make seven of 15, the last of which is shorter."""
    short, long = (learning(table_of([answer(position=place) for place in range(n)]))["natural"] for n in (20, 101))
    assert [(point.first, point.last) for point in short] == [(1, 5), (6, 10), (11, 15), (16, 20)]
    assert [(point.first, point.last) for point in long][-2:] == [(76, 90), (91, 101)]
    assert learning(table_of([])) == {}


def test_rows_without_positions_count_in_their_order() -> None:
    """Where positions are not known, rows are taken as they come, each session's apart."""
    table = table_of([answer("p1"), answer("p2"), answer("p1"), answer("p1"), answer("p2")])
    assert places(table).tolist() == [0, 0, 1, 2, 1]


def test_many_sessions_are_sorted_to_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the size that is counted in an array, sorting gives what counting does."""
    table = table_of(simulated(5, n_people=5, n_trials=30)).of("condition", "natural", "none")
    counted = places(table)
    monkeypatch.setattr(module, "MOST_CELLS", 0)
    assert (places(table) == counted).all()


def test_learning_is_recovered() -> None:
    """Simulated people who rise from 60 to 95 % correct are seen to rise so."""
    rng = np.random.default_rng(8)
    chance = np.linspace(0.6, 0.95, 50)
    answers = [answer(f"p{who}", score=float(rng.random() < chance[at]), position=at) for who in range(60) for at in range(50)]
    found = learning(table_of(answers))["natural"]
    assert [point.correct.mean for point in found] == pytest.approx(chance.reshape(10, 5).mean(axis=1), abs=0.09)
