"""Confidence sequences of a table: who counts, in which order, in which pairs, and how they hold under stop-when-significant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.design_spec import Condition
from core.domain import Unit
from core.experiment import Answer
from core.inference.answer_table import table_of
from core.inference.confidence_sequence import ConfidenceSequence, looks_of, of_any, of_participants, sequences_of, trial_pairs
from tests.core.inference.answers import answer, contrast, of_people, simulated

PAIR: tuple[Condition, Condition] = ("natural", "synthetic")
START = datetime(2026, 1, 2, tzinfo=UTC)


def sequences(answers: list[Answer], pair: tuple[Condition, Condition] = PAIR, **more: tuple[str, ...]) -> Mapping[str, ConfidenceSequence]:
    table = table_of(answers)
    return sequences_of(looks_of(table), lambda _: table, [pair], **more)


def sequence(answers: list[Answer], **more: tuple[str, ...]) -> ConfidenceSequence:
    return sequences(answers, **more)["natural_minus_synthetic"]


def test_the_estimate_is_that_of_the_contrast() -> None:
    """Now, it is the mean of the participants' differences, and wider than the t interval; the course ends there."""
    answers = simulated(1, n_people=30)
    found, wanted = sequence(answers), contrast(table_of(answers))
    assert wanted is not None and wanted.interval is not None
    assert (found.estimate, found.n, found.unit) == (pytest.approx(wanted.estimate), 30, "participants")
    assert -1 <= found.any_distribution[0] < found.interval[0] < wanted.interval[0]
    assert wanted.interval[1] < found.interval[1] < found.any_distribution[1] <= 1
    assert (found.points[-1].n, found.points[-1].low, found.points[-1].high) == (30, *found.interval)
    assert all(point.low <= point.estimate <= point.high for point in found.points)


def test_participants_come_in_the_order_of_their_last_answers() -> None:
    """By time where it is known, by row where it is not, whoever began first."""
    counts = {"natural": [(4, 0), (2, 2)], "synthetic": [(0, 4), (2, 2)]}
    answers = of_people(counts)
    assert [point.estimate for point in sequence(answers).points] == [1.0, 0.5]
    late = [
        answer(one.respondent, one.condition, one.proportion_correct, answered_at=START + timedelta(seconds=100 * (one.respondent == "p0")))
        for one in answers
    ]
    assert [point.estimate for point in sequence(late).points] == [0.0, 0.5]


def test_who_is_in_progress_does_not_count_yet() -> None:
    """Participants whose sessions have trials to come are counted apart; a sequence that nobody is in is absent."""
    answers = of_people({"natural": [(4, 0), (2, 2), (3, 1)], "synthetic": [(0, 4), (2, 2), (3, 1)]})  # sessions have participants' names
    found = sequence(answers, in_progress=("p0",))
    assert (found.n, found.n_in_progress, found.estimate) == (2, 1, 0.0)
    assert sequences(answers, in_progress=("p0", "p1", "p2")) == {}
    assert sequences(answers, ("natural", "none")) == {}


def test_a_difference_that_was_looked_at_stays() -> None:
    """What somebody does in a second session, under way or through, changes nothing: neither who counts, nor when, nor their difference."""
    answers = [
        replace(one, session=f"first-{one.respondent}") for one in of_people({"natural": [(4, 0), (2, 2)], "synthetic": [(0, 4), (2, 2)]})
    ]
    before = sequence(answers)
    again = [answer("p0", condition, 0.0, session="second") for condition in PAIR for _ in range(4)]
    assert sequence([*answers, *again[:5]], in_progress=("second",)) == sequence([*answers, *again]) == before


def test_a_condition_may_be_in_a_session_of_its_own() -> None:
    """Who answers each condition in another session counts when both are through, with the first session of each."""
    others = of_people({"natural": [(4, 0), (2, 2)], "synthetic": [(0, 4), (2, 2)]})
    one = [answer("p9", "natural", 1.0, session="a") for _ in range(4)]
    two = [answer("p9", "synthetic", 0.0, session="b") for _ in range(4)]
    third = [answer("p9", "natural", 0.0, session="c")]
    waiting = sequence([*others, *one, *two[:2]], in_progress=("b",))
    assert (waiting.n, waiting.n_in_progress) == (2, 1)
    through = sequence([*others, *one, *two])
    assert (through.n, through.points[-1].estimate) == (3, pytest.approx(2 / 3))
    assert sequence([*others, *one, *two, *third], in_progress=("c",)) == through


def shown(condition: Condition, units: Iterable[int], scores: Iterable[float]) -> list[Answer]:
    """Return one participant's answers to these units in order."""
    return [answer("p1", condition, score, unit=Unit("mixed4a", unit)) for unit, score in zip(units, scores, strict=True)]


def test_one_participants_trials_are_paired_by_unit() -> None:
    """The k-th trial of a unit in one condition goes with its k-th in the other; without common units, by order."""
    answers = [*shown("natural", (1, 2, 3), (1.0, 0.0, 1.0)), *shown("synthetic", (3, 2, 1), (0.0, 1.0, 1.0))]
    found = sequence(answers)
    assert (found.unit, found.n, found.estimate) == ("pairs of trials", 3, pytest.approx(0.0))
    assert [point.estimate for point in found.points] == pytest.approx([1.0, 0.0, 0.0])  # units 3, 2, 1, as they were complete
    assert found.interval == found.any_distribution
    assert sequence([*answers[:3], *shown("synthetic", range(10, 15), [0.0] * 5)]).n == 3


@pytest.mark.parametrize("n", [20, 19])
def test_a_condition_may_have_fewer_trials(n: int) -> None:
    """Twenty natural trials and as many or one fewer synthetic ones of the same units: a pair for each unit that both have."""
    easy = [1.0, 0.0] * 10
    found = sequence([*shown("natural", range(20), easy), *shown("synthetic", range(n), easy[:n])])
    assert (found.n, found.estimate) == (n, 0.0)
    assert {point.estimate for point in found.points} == {0.0}  # no pair is of two units


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=40), st.integers(0, 40))
def test_pairs_are_predictable(trials: list[tuple[int, bool]], seen: int) -> None:
    """A pair formed never changes; each trial is in one pair at most; nobody waits on both sides; in a block after another, units that are
    in both blocks are paired with themselves."""
    units, in_a = [unit for unit, _ in trials], [is_a for _, is_a in trials]
    found = trial_pairs(units, in_a)
    earlier = trial_pairs(units[:seen], in_a[:seen])
    assert found[: len(earlier)] == earlier
    assert len(found) == min(sum(in_a), len(in_a) - sum(in_a))
    assert len({a for a, _ in found}) == len({b for _, b in found}) == len(found)
    assert all(in_a[a] and not in_a[b] for a, b in found)
    again = trial_pairs([*units, *reversed(units)], [True] * len(units) + [False] * len(units))
    assert all(units[a] == units[::-1][b - len(units)] for a, b in again)


def test_a_shared_unit_that_comes_late_keeps_the_pairs() -> None:
    """Thirty pairs without a common unit stay, and keep their place, when a unit is shown in both conditions thereafter."""
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 2, (2, 31)).astype(float)
    natural, synthetic = shown("natural", range(30), scores[0, :30]), shown("synthetic", range(30, 60), scores[1, :30])
    before = sequence([*natural, *synthetic])
    after = sequence([*natural, *synthetic, *shown("synthetic", [70], scores[1, 30:]), *shown("natural", [70], scores[0, 30:])])
    assert (before.n, after.n) == (30, 31)
    assert after.points[:30] == before.points


def test_the_course_has_at_most_forty_points() -> None:
    """Of a hundred participants, forty looks, the last of all."""
    found = sequence(of_people({"natural": [(3, 1)] * 100, "synthetic": [(2, 2)] * 100}))
    assert len(found.points) == 40 and found.points[-1].n == 100
    assert found.interval == (-1.0, 1.0)  # equal differences give no spread
    assert found.any_distribution[0] > 0


def test_stopping_when_significant_keeps_the_promise() -> None:
    """Over 2,000 studies of 60 people with ten trials in each condition, looked at after each: at most 5 % ever leave the truth out."""
    rng = np.random.default_rng(12)
    skill, own = rng.normal(0, 0.6, 200_000), rng.normal(0, 0.3, 200_000)
    a, b = (1 / (1 + np.exp(-(mean + skill + sign * own))) for mean, sign in ((2.4, 1), (1.5, -1)))
    truth, missed, missed_any = float((a - b).mean()), [], []
    for _ in range(2000):
        people = rng.integers(0, 200_000, 60)
        differences = (rng.binomial(10, a[people]) - rng.binomial(10, b[people])) / 10
        found = of_participants(differences)
        missed.append(bool(((found[:, 0] > truth) | (found[:, 1] < truth)).any()))
        if len(missed_any) < 150:
            bounds = of_any(differences, np.arange(1, 61))
            missed_any.append(bool(((bounds[:, 0] > truth) | (bounds[:, 1] < truth)).any()))
    assert np.mean(missed) <= 0.05
    assert np.mean(missed_any) <= 0.02
