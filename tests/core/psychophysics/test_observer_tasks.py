"""Tasks as columns, and the groups in which they are decided: each task once, and no way of grouping would need fewer similarities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Unit
from core.psychophysics.observer_tasks import CALL_COST, Places, Stimulus, Tasks, cheapest_groups, tasks_of


def random_tasks(rng: np.random.Generator, *, n_images: int, n_units: int, n_sets: int, n_references: int, has_min: bool = True) -> Tasks:
    n = n_units * n_sets
    return Tasks(
        [f"image {number}" for number in range(n_images)],
        rng.integers(n_images, size=(n, 2)),
        rng.integers(n_images, size=(n, n_references)),
        rng.integers(n_images, size=(n, n_references if has_min else 0)),
        np.repeat(rng.permutation(n_units), n_sets),
    )


def slow_cost(tasks: Tasks, groups: list[list[int]]) -> int:
    """Return entries of the groups' matrices, counted with sets, and what their number costs."""
    entries = 0
    for group in groups:
        queries = {int(place) for row in group for place in tasks.queries[row]}
        references = {int(place) for row in group for place in tasks.references[row]}
        entries += len(queries) * len(references)
    return entries + CALL_COST * len(groups)


def ways(tasks: Tasks) -> list[list[list[int]]]:
    """Return the three ways of grouping: all tasks at once, unit by unit, task by task."""
    units = [np.flatnonzero(tasks.unit == unit).tolist() for unit in np.unique(tasks.unit)]
    return [[list(range(len(tasks)))], units, [[row] for row in range(len(tasks))]]


def largest(tasks: Tasks, groups: list[list[int]]) -> int:
    return max(slow_cost(tasks, [group]) - CALL_COST for group in groups)


@given(
    n_images=st.sampled_from([2, 30, 4000]),
    n_units=st.integers(1, 30),
    n_sets=st.integers(1, 20),
    n_references=st.integers(1, 9),
    most_entries=st.sampled_from([1, 400, 20_000, 2**25]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_groups_are_the_cheapest_that_fit(
    n_images: int, n_units: int, n_sets: int, n_references: int, most_entries: int, seed: int
) -> None:
    """Each task is in one group; of the three ways it is the cheapest whose matrices are small enough, counted one by one."""
    tasks = random_tasks(np.random.default_rng(seed), n_images=n_images, n_units=n_units, n_sets=n_sets, n_references=n_references)
    found = [group.tolist() for group in cheapest_groups(tasks, most_entries=most_entries)]
    assert sorted(place for group in found for place in group) == list(range(len(tasks)))
    fits = [way for way in ways(tasks) if largest(tasks, way) <= most_entries or len(way) == len(tasks)]
    assert slow_cost(tasks, found) == min(slow_cost(tasks, way) for way in fits)


def test_each_way_is_taken() -> None:
    """Few images: all at once; many images that sets of a unit share: unit by unit; too many even for that: task by task."""
    rng = np.random.default_rng(0)
    few = random_tasks(rng, n_images=50, n_units=40, n_sets=20, n_references=9)
    assert [len(group) for group in cheapest_groups(few)] == [800]
    apart = random_tasks(rng, n_images=200_000, n_units=60, n_sets=20, n_references=9)
    assert [len(group) for group in cheapest_groups(apart, most_entries=2**18)] == [20] * 60
    assert [len(group) for group in cheapest_groups(apart, most_entries=1000)] == [1] * 1200
    assert list(cheapest_groups(apart.where(np.zeros(1200, bool)))) == []


def test_what_tasks_show_is_told_once() -> None:
    """In order of the images, each once; of chosen tasks only theirs; a max-only scheme shows no min references."""
    tasks = random_tasks(np.random.default_rng(1), n_images=40, n_units=3, n_sets=2, n_references=3, has_min=False)
    whole: Places = np.concatenate([tasks.queries, tasks.max_references], axis=1)
    assert tasks.references.shape == (6, 3) and tasks.shown == [f"image {place}" for place in sorted(set(whole.ravel().tolist()))]
    some = tasks.where(np.array([4, 1]))
    assert some.unit.tolist() == tasks.unit[[4, 1]].tolist() and set(some.shown) == {f"image {place}" for place in whole[[1, 4]].ravel()}
    assert tasks.where(np.zeros(6, bool)).shown == []


@pytest.mark.parametrize("n_references", [0, 2])
def test_stimuli_become_tasks(n_references: int) -> None:
    """In order, with the max query first, and units told apart; images that several show are one."""
    references = tuple(f"r{number}" for number in range(n_references))
    stimuli = [Stimulus(Unit("mixed4b", channel), f"q{n}", "shared", references, ()) for n, channel in enumerate((5, 3, 5))]
    tasks = tasks_of(stimuli)
    assert [[tasks.images[place] for place in row] for row in tasks.queries] == [["q0", "shared"], ["q1", "shared"], ["q2", "shared"]]
    assert [[tasks.images[place] for place in row] for row in tasks.max_references] == [list(references)] * 3
    assert tasks.unit.tolist() == [0, 1, 0] and tasks.min_references.shape == (3, 0)
    assert sorted(tasks.images) == sorted({"q0", "q1", "q2", "shared", *references})
    assert stimuli[0].addresses == ("q0", "shared", *references)
    assert len(tasks_of([])) == 0 and tasks_of([]).queries.shape == (0, 2)
