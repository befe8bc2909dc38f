"""Which unit a reviewer looks at next: orders of units, and how far along everybody is. No torch."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

from core.domain import Layer, Unit
from core.reviews import ReviewSummary
from core.services.units.unit_scores import UnitScores

QueueOrder = Literal["stratified", "random", "disagreement", "uncertain", "assigned"]
ORDERS: Final[tuple[QueueOrder, ...]] = get_args(QueueOrder)


@dataclass(frozen=True, slots=True)
class Progress:
    """Of a queue's units: how many the reviewer has judged, how many anybody, how many two or more."""

    n_units: int
    n_mine: int
    n_any: int
    n_twice: int


def queue(
    units: Sequence[Unit],
    order: QueueOrder,
    *,
    layers: Sequence[Layer],
    summaries: Mapping[str, ReviewSummary],
    scores: UnitScores | None,
    reviewer: str,
    seed: int = 0,
) -> tuple[Unit, ...]:
    """Return the units in the order in which they are looked at; the same for every reviewer, so that what they rate overlaps.

    stratified: of every layer and branch in turn, at random within; random; disagreement: where reviewers differ, the most first;
    uncertain: by the lower end of the least sure condition's interval of correct answers (near chance, or few answers), the lowest first;
    assigned: what was assigned to the reviewer.
    """
    drawn = list(units)
    random.Random(seed).shuffle(drawn)
    match order:
        case "random":
            return tuple(drawn)
        case "stratified":
            return _stratified(drawn, layers)
        case "disagreement":
            spread = {unit: summaries[str(unit)].spread for unit in drawn if str(unit) in summaries}
            return tuple(sorted((unit for unit in drawn if spread.get(unit, 0) > 0), key=lambda unit: -spread[unit]))
        case "uncertain":
            bounds = {unit: bound for unit in drawn if scores is not None and (bound := _lower_bound(scores, unit)) is not None}
            return tuple(sorted(bounds, key=bounds.__getitem__))
        case "assigned":
            return tuple(unit for unit in drawn if str(unit) in summaries and reviewer in summaries[str(unit)].assigned_to)


def first_open(units: Sequence[Unit], summaries: Mapping[str, ReviewSummary], reviewer: str) -> int:
    """Return the place of the first unit that the reviewer has not judged yet; the last place where there is none."""
    for place, unit in enumerate(units):
        found = summaries.get(str(unit))
        if found is None or reviewer not in found.reviewers:
            return place
    return max(0, len(units) - 1)


def progress(units: Sequence[Unit], summaries: Mapping[str, ReviewSummary], reviewer: str) -> Progress:
    """Return how far the reviewer and everybody are."""
    known = [found for unit in units if (found := summaries.get(str(unit))) is not None]
    return Progress(
        n_units=len(units),
        n_mine=sum(reviewer in one.reviewers for one in known),
        n_any=sum(one.n_reviewers > 0 for one in known),
        n_twice=sum(one.n_reviewers > 1 for one in known),
    )


def _stratified(drawn: Sequence[Unit], layers: Sequence[Layer]) -> tuple[Unit, ...]:
    """Return the units, one of each layer and branch in turn, in the network's order."""
    known = {layer.name: layer for layer in layers}
    strata: dict[tuple[str, str], list[Unit]] = {(layer.name, branch.name): [] for layer in layers for branch in layer.branches}
    for unit in drawn:
        strata[unit.layer, known[unit.layer].branch_of(unit.channel)].append(unit)
    longest = max(map(len, strata.values()), default=0)
    return tuple(its[turn] for turn in range(longest) for its in strata.values() if turn < len(its))


def _lower_bound(scores: UnitScores, unit: Unit) -> float | None:
    return min((score.wilson[0] for condition, score in scores.of(unit).items() if condition != "none"), default=None)
