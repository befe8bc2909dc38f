"""Intuitiveness ratings (-100 to 100) by moment and layer of the rated unit, and how they change over the trials (METHOD section 7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from core.answer_set import UnitRating
from core.design_spec import Moment
from core.inference.answer_table import by_number
from core.inference.proportions import two_sem

ALL: Final = "all"
CHANGE: Final = "end_minus_begin"
RATING_METHOD = "mean over ratings; two_sem: 2 standard errors over participant means, population sd / sqrt(n)"
CHANGE_METHOD = f"end - begin of each participant and unit that were rated at both; {RATING_METHOD}"


@dataclass(frozen=True, slots=True)
class MeanRating:
    """The mean of ratings, or of their changes."""

    mean: float
    two_sem: float | None
    n_ratings: int
    n_participants: int
    method: str = RATING_METHOD


@dataclass(frozen=True, slots=True)
class _Value:
    respondent: str
    layer: str
    value: float


def intuitiveness(ratings: Iterable[UnitRating]) -> dict[str, dict[str, MeanRating]]:
    """Return ratings by moment, "begin" and "end", and their change, "end_minus_begin": of each rated layer, and "all" of them."""
    given = list(ratings)
    found = {moment: _by_layer(_at(given, moment), RATING_METHOD) for moment in ("begin", "end")}
    return {name: value for name, value in (found | {CHANGE: _by_layer(_changes(given), CHANGE_METHOD)}).items() if value}


def _at(ratings: Sequence[UnitRating], moment: str) -> list[_Value]:
    return [_Value(one.respondent, one.unit.layer, one.rating) for one in ratings if one.moment == moment]


def _changes(ratings: Sequence[UnitRating]) -> list[_Value]:
    """Return end - begin of each participant and unit; where a moment was rated twice (two sessions), its mean counts."""
    given: defaultdict[tuple[str, str, int], dict[Moment, list[int]]] = defaultdict(lambda: {"begin": [], "end": []})
    for one in ratings:
        given[one.respondent, one.unit.layer, one.unit.channel][one.moment].append(one.rating)
    both = ((key, of) for key, of in given.items() if of["begin"] and of["end"])
    return [_Value(respondent, layer, fmean(of["end"]) - fmean(of["begin"])) for (respondent, layer, _), of in both]


def _by_layer(values: Sequence[_Value], method: str) -> dict[str, MeanRating]:
    layers = sorted({one.layer for one in values}, key=by_number)
    groups = {layer: [one for one in values if one.layer == layer] for layer in layers} | ({ALL: list(values)} if values else {})
    return {name: _mean(group, method) for name, group in groups.items()}


def _mean(values: Sequence[_Value], method: str) -> MeanRating:
    by_respondent: defaultdict[str, list[float]] = defaultdict(list)
    for one in values:
        by_respondent[one.respondent].append(one.value)
    means = [fmean(of) for of in by_respondent.values()]
    return MeanRating(fmean(one.value for one in values), two_sem(means), len(values), len(means), method)
