"""Observers against a slow loop over similarities taken one by one, and their choices against the formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.domain import Unit
from core.errors import UsageError
from core.psychophysics import observers
from core.psychophysics.observer_tasks import Stimulus, Tasks
from core.psychophysics.observers import (
    EmbeddingObserver,
    Observer,
    PairwiseObserver,
    choice_probability,
    decide_stimuli,
    decisions,
    iter_decisions,
    normalise,
    proportion_correct,
    standardise,
    task_scores,
    z_scores,
)

Floats = NDArray[np.float64]


def slow_decision(observer: Observer, queries: tuple[str, str], most: Sequence[str], least: Sequence[str]) -> float:
    """Return D written out as METHOD section 9 has it, one similarity at a time."""

    def s(query: str, references: Sequence[str]) -> float:
        return sum(float(observer.similarity([query], [one])[0, 0]) for one in references) / len(references)

    q_max, q_min = queries
    if not most:
        return 0.0
    if not least:
        return s(q_max, most) - s(q_min, most)
    return (s(q_max, most) - s(q_max, least)) - (s(q_min, most) - s(q_min, least))


def slow_decisions(observer: Observer, tasks: Tasks) -> list[float]:
    """Return D of each task, one after another."""

    def names(places: NDArray[np.int64]) -> list[str]:
        return [tasks.images[place] for place in places]

    return [
        slow_decision(observer, (tasks.images[q_max], tasks.images[q_min]), names(most), names(least))
        for (q_max, q_min), most, least in zip(tasks.queries, tasks.max_references, tasks.min_references, strict=True)
    ]


def random_tasks(rng: np.random.Generator, *, n_images: int, n_units: int, n_sets: int, n_references: int, has_min: bool = True) -> Tasks:
    """Return tasks of units that show any of the images, each unit a few of them."""
    n = n_units * n_sets
    unit = np.repeat(np.arange(n_units), n_sets)
    few = np.array([rng.integers(n_images, size=2 * (n_references + 1)) for _ in range(n_units)])
    shown = few[unit]
    shown = rng.permuted(shown, axis=1)
    least = shown[:, 2 + n_references :] if has_min else np.empty((n, 0), dtype=np.int64)
    return Tasks([f"image {i}" for i in range(n_images)], shown[:, :2], shown[:, 2 : 2 + n_references], least, unit)


def embedding_observer(rng: np.random.Generator, images: Sequence[str], *, d: int = 7, is_scaled: bool = False) -> EmbeddingObserver:
    rows = rng.normal(loc=3, scale=[1.0 + 10 * i for i in range(d)], size=(len(images), d)).astype(np.float32)
    return EmbeddingObserver("pixels", images, rows, scale=standardise(rows) if is_scaled else None)


def stimulus(index: int, *, n_references: int, has_min: bool = True) -> Stimulus:
    most, least = (tuple(f"{index} {end}{i}" for i in range(n_references)) for end in ("e+", "e-"))
    return Stimulus(Unit("mixed4b", index % 2), f"{index} q+", f"{index} q-", most, least if has_min else ())


@given(
    n_images=st.integers(2, 40),
    n_units=st.integers(1, 6),
    n_sets=st.integers(1, 5),
    n_references=st.integers(1, 9),
    has_min=st.booleans(),
    is_scaled=st.booleans(),
    most_entries=st.sampled_from([1, 64, 2**25]),
    seed=st.integers(0, 999),
)
@settings(max_examples=60, deadline=None)
def test_decisions_equal_a_slow_loop(
    n_images: int, n_units: int, n_sets: int, n_references: int, has_min: bool, is_scaled: bool, most_entries: int, seed: int
) -> None:
    """D by matrices of similarities is that of one similarity after another to 1e-9, in whatever groups tasks are decided."""
    rng = np.random.default_rng(seed)
    tasks = random_tasks(rng, n_images=n_images, n_units=n_units, n_sets=n_sets, n_references=n_references, has_min=has_min)
    observer = embedding_observer(rng, tasks.images, is_scaled=is_scaled)
    found = np.full(len(tasks), np.nan)
    for chosen, decided in iter_decisions(observer, tasks, most_entries=most_entries):
        assert np.isnan(found[chosen]).all(), "a task was decided twice"
        found[chosen] = decided
    assert found == pytest.approx(slow_decisions(observer, tasks), abs=1e-9)
    assert np.allclose(decisions(observer, tasks), found, atol=1e-9)


@pytest.mark.parametrize("at_once", [1, 5, 1000])
def test_distances_of_pairs_are_as_good_as_a_matrix(at_once: int) -> None:
    """An observer of pairs is asked for equally long lists, at most so many pairs at once, and decides by minus the distance."""
    rng = np.random.default_rng(3)
    tasks = random_tasks(rng, n_images=20, n_units=3, n_sets=2, n_references=2)
    points = {image: rng.normal(size=2) for image in tasks.images}

    def distances(a: Sequence[str], b: Sequence[str]) -> Floats:
        assert len(a) == len(b) <= at_once
        return np.array([np.linalg.norm(points[one] - points[other]) for one, other in zip(a, b, strict=True)])

    observer = PairwiseObserver("apart", distances, at_once=at_once)
    assert decisions(observer, tasks) == pytest.approx(slow_decisions(observer, tasks), abs=1e-9)
    image = tasks.images[0]
    assert observer.similarity([image], [image])[0, 0] == 0 > observer.similarity([image], [tasks.images[1]])[0, 0]


def test_people_s_trials_are_decided_by_what_they_show() -> None:
    """D of mixed stimuli (schemes, numbers of references, none) is, in their order, that of the slow loop; no references give 0."""
    stimuli = [
        stimulus(0, n_references=9),
        stimulus(1, n_references=1),
        stimulus(2, n_references=9, has_min=False),
        stimulus(3, n_references=0),
        stimulus(4, n_references=9),
    ]
    shown = list(dict.fromkeys(address for one in stimuli for address in one.addresses))
    observer = embedding_observer(np.random.default_rng(5), shown)
    slow = [slow_decision(observer, (one.max_query, one.min_query), one.max_references, one.min_references) for one in stimuli]
    assert decide_stimuli(observer, stimuli) == pytest.approx(slow, abs=1e-12)
    assert decide_stimuli(observer, []).shape == (0,)
    assert shown[0] in observer and "another image" not in observer


def test_missing_embeddings_are_refused() -> None:
    """An image without an embedding is refused by its address, rows and addresses that do not fit at once."""
    with pytest.raises(UsageError, match=r"0 [qe]"):
        decide_stimuli(EmbeddingObserver("blind", [], np.empty((0, 3))), [stimulus(0, n_references=1)])
    with pytest.raises(UsageError, match="one embedding an address"):
        EmbeddingObserver("blind", ["a"], np.empty((0, 3)))


def test_swapping_queries_turns_the_sign() -> None:
    """Exchanging the two queries exchanges the choice."""
    rng = np.random.default_rng(0)
    tasks = random_tasks(rng, n_images=30, n_units=4, n_sets=3, n_references=3)
    observer = embedding_observer(rng, tasks.images)
    swapped = Tasks(tasks.images, tasks.queries[:, ::-1], tasks.max_references, tasks.min_references, tasks.unit)
    assert decisions(observer, tasks) == pytest.approx(-decisions(observer, swapped))


def test_copies_of_references_are_found() -> None:
    """An observer answers a catch trial with one reference correctly: the queries are the references."""
    rng = np.random.default_rng(0)
    pairs = rng.permutation(40).reshape(20, 2)
    tasks = Tasks([f"image {i}" for i in range(40)], pairs, pairs[:, :1], pairs[:, 1:], np.arange(20))
    assert proportion_correct(decisions(embedding_observer(rng, tasks.images, d=16), tasks)) == 1.0


def test_equal_references_tie() -> None:
    """The same references on both sides, in another order, give a tie in spite of rounding."""
    rng = np.random.default_rng(1)
    tasks = random_tasks(rng, n_images=60, n_units=30, n_sets=1, n_references=9)
    same = Tasks(tasks.images, tasks.queries, tasks.max_references, tasks.max_references[:, ::-1], tasks.unit)
    assert set(task_scores(decisions(embedding_observer(rng, tasks.images, d=64), same))) == {0.5}


def test_ties_count_one_half() -> None:
    """The score is the share of D above 0 with D = 0 as one half; no tasks have no score."""
    assert list(task_scores(np.array([0.3, 0.0, -0.1]))) == [1.0, 0.5, 0.0]
    assert proportion_correct(np.array([0.3, 0.0, -0.1, 0.2])) == 0.625
    with pytest.raises(UsageError):
        proportion_correct(np.array([]))


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=9), st.floats(0.01, 2), st.floats(0, 1))
@settings(deadline=None)
def test_choice_probability_is_the_logistic_with_lapses(values: list[float], temperature: float, lapse: float) -> None:
    """P is lapse / 2 + (1 - lapse) / (1 + exp(-D / T)), without overflow for any D."""
    found = choice_probability(np.array(values), temperature=temperature, lapse=lapse)
    wanted = [lapse / 2 + (1 - lapse) / (1 + math.exp(-decision / temperature)) for decision in values]
    assert found == pytest.approx(wanted, abs=1e-12)
    assert choice_probability(np.array([-1e6, 0.0, 1e6])) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize(("temperature", "lapse"), [(0.0, 0.0), (-1.0, 0.0), (0.16, 1.5)])
def test_impossible_choices_are_refused(temperature: float, lapse: float) -> None:
    """A temperature of 0 or a lapse above 1 is refused."""
    with pytest.raises(UsageError):
        choice_probability(np.array([0.1]), temperature=temperature, lapse=lapse)


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


def test_large_products_are_as_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cosines of many images at once are those of every two, whichever way they are multiplied."""
    observer = embedding_observer(np.random.default_rng(2), images := [f"image {i}" for i in range(30)], is_scaled=True)
    small = observer.similarity(images, images[:20])
    monkeypatch.setattr(observers, "SMALL_PRODUCT", 0)
    assert observer.similarity(images, images[:20]) == pytest.approx(small, abs=1e-12)
    assert small == pytest.approx(np.array([[observer.similarity([a], [b])[0, 0] for b in images[:20]] for a in images]), abs=1e-12)
