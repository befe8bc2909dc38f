"""Observers against a slow loop over cosines, and their choices against the formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.design_spec import Condition
from core.domain import Unit
from core.errors import UsageError
from core.experiment import Side, Trial
from core.inference import results
from core.psychophysics.observers import (
    choice_probability,
    decide,
    decision_variables,
    normalise,
    observer_answers,
    proportion_correct,
    standardise,
    task_scores,
    unit_scores,
    z_scores,
)

Floats = NDArray[np.float64]


def cosine(a: Floats, b: Floats) -> float:
    return float(a @ b / (math.sqrt(a @ a) * math.sqrt(b @ b)))


def similarity(query: Floats, references: Floats) -> float:
    return sum(cosine(query, reference) for reference in references) / len(references)


def slow_decision(q_max: Floats, q_min: Floats, e_max: Floats, e_min: Floats | None) -> float:
    """Return D written out as METHOD section 9 has it."""
    if e_min is None:
        return similarity(q_max, e_max) - similarity(q_min, e_max)
    return (similarity(q_max, e_max) - similarity(q_max, e_min)) - (similarity(q_min, e_max) - similarity(q_min, e_min))


def trial(index: int, *, n_references: int, side: Side, has_min: bool = True, condition: Condition = "natural") -> Trial:
    query_max, query_min = f"{index} q+", f"{index} q-"
    return Trial(
        index=index,
        block=0,
        kind="main",
        condition=condition,
        scheme="Min-Max-9" if has_min else "Max-9",
        unit=Unit("mixed4b", index % 2),
        set_number=0,
        min_references=tuple(f"{index} e-{i}" for i in range(n_references)) if has_min else (),
        max_references=tuple(f"{index} e+{i}" for i in range(n_references)),
        query_top=query_max if side == "top" else query_min,
        query_bottom=query_min if side == "top" else query_max,
        correct=side,
    )


@given(st.integers(1, 6), st.integers(1, 9), st.integers(1, 12), st.booleans(), st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_decisions_equal_a_slow_loop(n: int, r: int, d: int, has_min: bool, seed: int) -> None:
    """The vectorised D is that of cosines taken one by one, with and without min references, also for float32."""
    rng = np.random.default_rng(seed)
    q_max, q_min = rng.normal(size=(2, n, d))
    e_max, e_min = rng.normal(size=(2, n, r, d))
    found = decision_variables(q_max, q_min, e_max, e_min if has_min else None)
    wanted = [slow_decision(q_max[i], q_min[i], e_max[i], e_min[i] if has_min else None) for i in range(n)]
    assert found == pytest.approx(wanted, abs=1e-10)
    single = [part.astype(np.float32) for part in (q_max, q_min, e_max, e_min)]
    assert decision_variables(single[0], single[1], single[2], single[3] if has_min else None) == pytest.approx(wanted, abs=1e-4)


def test_decide_looks_up_what_trials_show() -> None:
    """D of mixed trials (sides, schemes, numbers of references, none) is, in their order, that of the slow loop; no references give 0."""
    trials = [
        trial(0, n_references=9, side="top"),
        trial(1, n_references=1, side="bottom"),
        trial(2, n_references=9, side="bottom", has_min=False),
        trial(3, n_references=0, side="top", condition="none"),
        trial(4, n_references=9, side="bottom"),
    ]
    rng = np.random.default_rng(5)
    shown = [image for one in trials for image in (one.query_top, one.query_bottom, *one.max_references, *one.min_references)]
    embeddings = {image: rng.normal(size=8) for image in shown}

    def slow(one: Trial) -> float:
        if not one.max_references:
            return 0.0
        e_max = np.array([embeddings[image] for image in one.max_references])
        e_min = np.array([embeddings[image] for image in one.min_references]) if one.min_references else None
        return slow_decision(embeddings[f"{one.index} q+"], embeddings[f"{one.index} q-"], e_max, e_min)

    assert decide(embeddings, trials) == pytest.approx([slow(one) for one in trials], abs=1e-12)
    assert decide(embeddings, []).shape == (0,)


def test_missing_embeddings_are_refused() -> None:
    """An image without an embedding is refused by its address."""
    with pytest.raises(UsageError, match=r"0 q\+"):
        decide({}, [trial(0, n_references=1, side="top")])


def test_swapping_queries_turns_the_sign() -> None:
    """Exchanging the two queries exchanges the choice."""
    rng = np.random.default_rng(0)
    q_max, q_min = rng.normal(size=(2, 7, 5))
    e_max, e_min = rng.normal(size=(2, 7, 3, 5))
    assert decision_variables(q_max, q_min, e_max, e_min) == pytest.approx(-decision_variables(q_min, q_max, e_max, e_min))


def test_copies_of_references_are_found() -> None:
    """An observer answers a catch trial with one reference correctly: the queries are the references."""
    rng = np.random.default_rng(0)
    e_max, e_min = rng.normal(size=(2, 20, 1, 16))
    assert proportion_correct(decision_variables(e_max[:, 0], e_min[:, 0], e_max, e_min)) == 1.0


def test_equal_references_tie() -> None:
    """The same references on both sides, in another order, give a tie in spite of rounding."""
    rng = np.random.default_rng(1)
    q_max, q_min = rng.normal(size=(2, 30, 64))
    references = rng.normal(size=(30, 9, 64))
    assert set(task_scores(decision_variables(q_max, q_min, references, references[:, ::-1]))) == {0.5}


def test_ties_count_one_half() -> None:
    """The score is the share of D above 0 with D = 0 as one half; no tasks have no score."""
    assert list(task_scores(np.array([0.3, 0.0, -0.1]))) == [1.0, 0.5, 0.0]
    assert proportion_correct(np.array([0.3, 0.0, -0.1, 0.2])) == 0.625
    with pytest.raises(UsageError):
        proportion_correct(np.array([]))


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=9), st.floats(0.01, 2), st.floats(0, 1))
@settings(deadline=None)
def test_choice_probability_is_the_logistic_with_lapses(decisions: list[float], temperature: float, lapse: float) -> None:
    """P is lapse / 2 + (1 - lapse) / (1 + exp(-D / T)), without overflow for any D."""
    found = choice_probability(np.array(decisions), temperature=temperature, lapse=lapse)
    wanted = [lapse / 2 + (1 - lapse) / (1 + math.exp(-decision / temperature)) for decision in decisions]
    assert found == pytest.approx(wanted, abs=1e-12)
    assert choice_probability(np.array([-1e6, 0.0, 1e6])) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(("temperature", "lapse"), [(0.0, 0.0), (-1.0, 0.0), (0.16, 1.5)])
def test_impossible_choices_are_refused(temperature: float, lapse: float) -> None:
    """A temperature of 0 or a lapse above 1 is refused."""
    with pytest.raises(UsageError):
        choice_probability(np.array([0.1]), temperature=temperature, lapse=lapse)


def test_unit_scores_are_means_over_tasks() -> None:
    """A unit's score is the mean over its tasks."""
    a, b = Unit("mixed4b", 1), Unit("mixed4b", 2)
    assert unit_scores(np.array([1.0, 0.5, 0.0]), [a, b, a]) == {a: 0.5, b: 0.5}
    with pytest.raises(UsageError):
        unit_scores(np.array([1.0]), [a, b])


def test_observer_answers_are_rows_for_inference() -> None:
    """An observer's answers give its proportion correct through the same code as people's, ties as one half."""
    trials = [trial(index, n_references=1, side="top") for index in range(4)]
    rows = observer_answers("pixels", trials, np.array([0.2, 0.0, -0.1, 0.4]))
    assert {(row.respondent, row.confidence, row.reaction_time_ms) for row in rows} == {("pixels", None, None)}
    found = results(rows).accuracy["natural"]
    assert (found.mean, found.two_sem, found.n_participants) == (0.625, None, 1)


def test_standardised_channels_have_mean_0_and_sd_1() -> None:
    """z-scores have mean 0 and sd 1 in every channel; a constant channel becomes 0, not a division by zero."""
    features = np.random.default_rng(0).normal(loc=[5, -3, 0], scale=[10, 0.1, 1], size=(50, 3)).astype(np.float32)
    features[:, 2] = 0.1
    mean, sd = standardise(features)
    scored = z_scores(features, mean, sd)
    assert scored.mean(axis=0) == pytest.approx([0, 0, 0], abs=1e-6)
    assert scored.std(axis=0) == pytest.approx([1, 1, 0], abs=1e-6)


def test_an_embedding_of_zeros_is_similar_to_nothing() -> None:
    """Zeros stay zeros when normalised, without a warning."""
    assert np.array_equal(normalise(np.zeros((2, 3))), np.zeros((2, 3)))
