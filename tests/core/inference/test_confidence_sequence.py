"""Confidence sequences of a table: who counts, in which order, in which pairs, and how they hold under stop-when-significant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.domain import Unit
from core.experiment import Answer
from core.inference.answer_table import table_of
from core.inference.confidence_sequence import ConfidenceSequence, confidence_sequences, of_any, of_participants
from core.inference.contrasts import contrast
from tests.core.inference.answers import answer, of_people, simulated

PAIR = ("natural", "synthetic")
START = datetime(2026, 1, 2, tzinfo=UTC)


def sequence(answers: list[Answer], **more: tuple[str, ...]) -> ConfidenceSequence:
    return confidence_sequences(table_of(answers), [PAIR], **more)["natural_minus_synthetic"]


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
    """Participants with trials to come are counted apart; a sequence that nobody is in is absent."""
    answers = of_people({"natural": [(4, 0), (2, 2), (3, 1)], "synthetic": [(0, 4), (2, 2), (3, 1)]})
    found = sequence(answers, in_progress=("p0",))
    assert (found.n, found.n_in_progress, found.estimate) == (2, 1, 0.0)
    assert confidence_sequences(table_of(answers), [PAIR], in_progress=("p0", "p1", "p2")) == {}
    assert confidence_sequences(table_of(answers), [("natural", "none")]) == {}


def test_one_participants_trials_are_paired_by_unit() -> None:
    """The k-th trial of a unit in one condition goes with its k-th in the other; without common units, by order."""
    units = [Unit("mixed4a", channel) for channel in (1, 2, 3)]
    natural = [answer(unit=unit, score=score) for unit, score in zip(units, (1.0, 0.0, 1.0), strict=True)]
    synthetic = [answer("p1", "synthetic", score, unit=unit) for unit, score in zip(units[::-1], (0.0, 1.0, 1.0), strict=True)]
    found = sequence([*natural, *synthetic])
    assert (found.unit, found.n, found.estimate) == ("pairs of trials", 3, pytest.approx(0.0))
    assert [point.estimate for point in found.points] == pytest.approx([1.0, 0.0, 0.0])  # units 3, 2, 1, as they were complete
    assert found.interval == found.any_distribution
    other = [answer("p1", "synthetic", 0.0, unit=Unit("mixed5a", channel)) for channel in range(5)]
    assert sequence([*natural, *other]).n == 3


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
