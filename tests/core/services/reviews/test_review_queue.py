"""Queues put units in the orders that reviewers ask for, the same for all, and count how far they are."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.reviews import ReviewStatus, ReviewSummary
from core.services.reviews.review_queue import QueueOrder, first_open, progress, queue
from core.services.units.unit_scores import UnitScore, UnitScores
from tests.studies import LAYERS

UNITS = tuple(Unit(layer.name, channel) for layer in LAYERS for channel in range(layer.n_channels))


def summary(unit: Unit, *reviewers: str, spread: float = 0.0, assigned: str = "") -> ReviewSummary:
    status: ReviewStatus = "disputed" if spread >= 0.5 else "reviewed"
    assigned_to = frozenset({assigned} - {""})
    return ReviewSummary(unit, len(reviewers), status, {}, (), "", frozenset(), frozenset(reviewers), assigned_to, spread)


SUMMARIES = {
    str(one.unit): one
    for one in (
        summary(UNITS[0], "Ada", "Bo", spread=0.25),
        summary(UNITS[1], "Ada", "Bo", spread=0.75),
        summary(UNITS[2], "Ada", assigned="Bo"),
        summary(UNITS[3], assigned="Ada"),
    )
}


def ordered(order: QueueOrder, *, scores: UnitScores | None = None, seed: int = 0, units: tuple[Unit, ...] = UNITS) -> tuple[Unit, ...]:
    return queue(units, order, layers=LAYERS, summaries=SUMMARIES, scores=scores, reviewer="Ada", seed=seed)


@given(st.integers(0, 1000))
def test_random_orders(seed: int) -> None:
    """Every unit comes once, whatever the seed, and the same seed gives the same order."""
    assert sorted(ordered("random", seed=seed), key=str) == sorted(UNITS, key=str)
    assert ordered("random", seed=seed) == ordered("random", seed=seed)


@given(st.integers(0, 1000))
def test_stratified_orders(seed: int) -> None:
    """Every unit comes once; at any point, layers and branches that are not used up differ by one unit at most."""
    found = ordered("stratified", seed=seed)
    assert sorted(found, key=str) == sorted(UNITS, key=str)
    layers = {layer.name: layer for layer in LAYERS}
    strata = [(unit.layer, layers[unit.layer].branch_of(unit.channel)) for unit in found]
    for n_taken in range(1, len(strata)):
        counts = [strata[:n_taken].count(one) for one in set(strata) if strata[:n_taken].count(one) < strata.count(one)]
        assert not counts or max(counts) - min(counts) <= 1


def test_disagreement_and_assignment() -> None:
    """Only units whose reviewers differ, the most first; only what is assigned to oneself."""
    assert ordered("disagreement") == (UNITS[1], UNITS[0])
    assert ordered("assigned") == (UNITS[3],)


def test_uncertain_units() -> None:
    """Units near chance, or of few answers, come first; those without answers, and the condition none, do not count."""
    scores = UnitScores(
        ("natural", "none"),
        {
            str(UNITS[0]): {"natural": UnitScore(1.0, 2, 1), "none": UnitScore(0.0, 90, 9)},
            str(UNITS[1]): {"natural": UnitScore(1.0, 90, 9)},
            str(UNITS[2]): {"natural": UnitScore(0.5, 90, 9)},
            str(UNITS[3]): {"none": UnitScore(0.5, 90, 9)},
        },
    )
    found = ordered("uncertain", scores=scores)
    assert set(found) == set(UNITS[:3]) and found[-1] == UNITS[1]
    bounds = [scores.of(unit)["natural"].wilson[0] for unit in found]
    assert all(one <= other for one, other in pairwise(bounds))
    assert ordered("uncertain") == ()


def test_where_one_goes_on() -> None:
    """A reviewer goes on at the first unit without an own verdict; progress counts own, anybody's, and twice reviewed units."""
    assert first_open(UNITS[:4], SUMMARIES, "Ada") == 3
    assert first_open(UNITS[:4], SUMMARIES, "Bo") == 2
    assert first_open(UNITS[:2], SUMMARIES, "Ada") == 1 and first_open((), SUMMARIES, "Ada") == 0
    found = progress(UNITS[:6], SUMMARIES, "Bo")
    assert (found.n_units, found.n_mine, found.n_any, found.n_twice) == (6, 2, 3, 2)
