"""A tally in the levels of a table that has grown: new respondents, units, conditions ... are there, without any trial yet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Word
from core.inference.columns import Shares, Times
from core.inference.growing import places_in
from core.inference.parts import Part
from core.inference.respondent_counts import RespondentCounts
from core.inference.sums import MOST_DENSE, Sums
from core.inference.tally import Tally

Places = Mapping[Word, NDArray[np.int64]]
NOT_ZERO = {
    "two_sem": np.nan,
    "median": np.nan,
    "first_session": -1,
    "last_at": np.iinfo(np.int64).min,
    "last_row": -1,
}  # where there is no trial


def grown_tally(tally: Tally, table: AnswerTable) -> Tally | None:
    """Return the tally in the table's levels, which have all of its own; None where a breakdown has to be counted in another way."""
    levels = {word: column.levels for word, column in table.words.items()}
    if levels == tally.levels:
        return tally
    places = {word: places_in(tally.levels[word], levels[word]) for word in levels}
    parts = {words: _part(part, levels, places) for words, part in tally.parts.items()}
    if any(part is None for part in parts.values()):
        return None
    counts = _counts(tally.counts, levels, places)
    return replace(tally, levels=levels, parts={words: part for words, part in parts.items() if part is not None}, counts=counts)


def _part(part: Part, levels: Mapping[Word, tuple[str, ...]], places: Places) -> Part | None:
    own = tuple(levels[word] for word in part.words)
    shape = tuple(map(len, own))
    n_groups, n_who = math.prod(shape), len(levels["respondent"])
    if (part.sums is not None) != (n_who * n_groups <= MOST_DENSE):
        return None
    group = np.zeros(1, dtype=np.int64)
    for word, size in zip(part.words, shape, strict=True):
        group = (group[:, None] * size + places[word]).reshape(-1)
    return replace(
        part,
        levels=own,
        sums=None if part.sums is None else _sums(part.sums, (n_who, n_groups), places["respondent"], group),
        confidence=_spread(part.confidence, (n_groups,), (group,)),
        n_excluded=_spread(part.n_excluded, (n_groups,), (group,)),
        shares=_columns(part.shares, n_groups, group),
        times={which: _columns(columns, n_groups, group) for which, columns in part.times.items()},
    )


def _sums(sums: Sums, shape: tuple[int, int], who: NDArray[np.int64], group: NDArray[np.int64]) -> Sums:
    n, score, timed, time = (_spread(one, shape, (who, group)) for one in (sums.n, sums.score, sums.timed, sums.time))
    return Sums(n, score, timed, time)


def _columns(columns: Any, n_groups: int, group: NDArray[np.int64]) -> Any:
    kind: type[Shares] | type[Times] = type(columns)
    return kind(*(_spread(getattr(columns, one.name), (n_groups,), (group,), NOT_ZERO.get(one.name, 0)) for one in fields(columns)))


def _counts(counts: RespondentCounts, levels: Mapping[Word, tuple[str, ...]], places: Places) -> RespondentCounts:
    grown = []
    for one in fields(counts):
        values: NDArray[Any] = getattr(counts, one.name)
        values = np.append(places["session"], -1)[values] if one.name == "first_session" else values
        axes: tuple[Word, ...] = ("respondent", "condition")
        words = axes[: values.ndim]
        shape, at = tuple(len(levels[word]) for word in words), tuple(places[word] for word in words)
        grown.append(_spread(values, shape, at, NOT_ZERO.get(one.name, 0)))
    return RespondentCounts(*grown)


def _spread(values: NDArray[Any], shape: tuple[int, ...], places: tuple[NDArray[np.int64], ...], fill: float = 0) -> NDArray[Any]:
    """Return an array of this shape in its first axes that has the values at these places."""
    found = np.full((*shape, *values.shape[len(shape) :]), fill, dtype=values.dtype)
    found[np.ix_(*places)] = values
    return found
