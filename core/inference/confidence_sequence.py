"""The difference of two conditions for looking while answers arrive: an interval that stays valid however often one looks and stops.

A t interval is right at a number of participants that was fixed before; whoever looks after each of them and stops when it leaves out 0 is
misled far more often than 5 times in 100. A confidence sequence holds the true difference at all looks together with probability 0.95:
here the one of normal differences (core/inference/anytime_t.py) and, far wider while participants are few, that of any differences at all
(core/inference/betting.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.design_spec import Condition
from core.inference import anytime_t, betting
from core.inference.answer_table import AnswerTable, Floats
from core.inference.groups import kept_rows, summed

SequenceUnit = Literal["participants", "pairs of trials"]
MOST_POINTS: Final = 40  # of the course, for a chart
NEVER: Final = np.iinfo(np.int64).min  # a time that is not known, as an integer
VALID: Final = "it holds the true mean at all looks together with probability 0.95, however often one looks and whenever one stops"
BETTING: Final = (
    "95 % confidence sequence by betting (Waudby-Smith & Ramdas 2024: hedged capital, constant bets) of differences in [-1, 1], whatever "
    f"their distribution: {VALID}"
)
ANYTIME_T: Final = (
    "95 % anytime-valid t interval (Wang & Ramdas 2023, arXiv:2310.03722: right Haar prior on the sd, normal prior of sd 1 on mean / "
    f"sd) within [-1, 1], for differences that are about normal: {VALID}"
)
OVER_PARTICIPANTS: Final = (
    "mean of the participants' differences A - B of proportions correct, in the order of their last main answers; of each condition, the "
    f"first session in which a participant answered it; {ANYTIME_T}; any_distribution: {BETTING}"
)
OVER_PAIRS: Final = (
    "one participant: mean of the differences A - B of pairs of trials, each formed when its second trial comes, with the earliest one "
    f"still alone in the other condition, of the same unit where there is one; it is about this participant; {BETTING}"
)


@dataclass(frozen=True, slots=True)
class SequencePoint:
    """The estimate and interval after `n` participants or pairs of trials."""

    n: int
    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """The interval now, and its course: `points`, the last of them now, at most 40. `n` counts what `unit` says. `any_distribution`: the
    interval now that supposes nothing of how the differences are distributed."""

    a: Condition
    b: Condition
    estimate: float
    interval: tuple[float, float]
    any_distribution: tuple[float, float]
    points: tuple[SequencePoint, ...]
    n: int
    unit: SequenceUnit
    n_in_progress: int
    method: str


def sequences_of(
    looks: Looks, rows_of: Callable[[int], AnswerTable], pairs: Iterable[tuple[Condition, Condition]], *, in_progress: Collection[str] = ()
) -> Mapping[str, ConfidenceSequence]:
    """Return A - B of each pair of conditions that somebody answered both of, "A_minus_B"; `rows_of`: a table that has the main trials of a
    respondent, by number.

    A participant's difference is of the first session in which they answered A, and of that in which they answered B: it is looked at when
    these are through, and never changes thereafter. `in_progress`: sessions with main trials still to come. Who is alone counts at once and
    with all sessions, since the trials are what is looked at.
    """
    found = {"_minus_".join(pair): _sequence(rows_of, looks, pair, in_progress=in_progress) for pair in pairs}
    return {name: one for name, one in found.items() if one is not None}


def of_participants(differences: Floats) -> Floats:
    """Return the intervals of the mean difference after each participant, (n, 2), from differences in the order they came in, (n,)."""
    return np.clip(anytime_t.intervals(differences), -1.0, 1.0)


def of_any(differences: Floats, looks: NDArray[np.int64]) -> Floats:
    """Return the intervals of the mean of the first 1 <= looks <= n differences in [-1, 1], (looks, 2), whatever their distribution."""
    values, place = np.unique(np.clip((differences + 1) / 2, 0.0, 1.0), return_inverse=True)
    look = np.searchsorted(looks, np.arange(1, int(looks[-1]) + 1))  # at which each is there for the first time
    cell = look * len(values) + place[: looks[-1]]
    n = np.bincount(cell, minlength=len(looks) * len(values)).reshape(len(looks), len(values)).cumsum(axis=0)
    return 2 * betting.intervals(values, n) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Of the main trials of each respondent's first session in a condition: the session, by number (-1 where there is none), the sum of
    scores, the number of trials, and of the last answered the time (us, NaT the least) and the row, each (conditions, respondents).

    `conditions`, `sessions`: their names, by number.
    """

    conditions: tuple[Condition, ...]
    sessions: tuple[str, ...]
    session: NDArray[np.int64]
    total: Floats
    n: NDArray[np.int64]
    last_at: NDArray[np.int64]
    last_row: NDArray[np.int64]


def looks_of(main: AnswerTable) -> Looks:
    """Return the sums of a table."""
    condition, respondent, codes = main["condition"], main["respondent"], main["session"].codes
    shape = len(condition.levels), len(respondent.levels)
    cell_of = condition.codes.astype(np.int64) * shape[1] + respondent.codes
    row = np.flatnonzero((condition.codes >= 0) & (respondent.codes >= 0))
    session = np.full(shape[0] * shape[1], -1, dtype=np.int64)
    last_first = _in_order(main, row)[::-1]
    session[cell_of[last_first]] = codes[last_first]  # of rows in one cell the one that is written last stays: the first
    (row,) = kept_rows(codes[row] == session[cell_of[row]], row)
    cell = cell_of[row]
    total, n = summed(cell, main.score[row], shape)
    at = main.answered_at.astype(np.int64)[row]
    last_at, last_row = np.full(n.size, NEVER, dtype=np.int64), np.full(n.size, -1, dtype=np.int64)
    np.maximum.at(last_at, cell, at)
    is_last = at == last_at[cell]
    np.maximum.at(last_row, cell[is_last], row[is_last])
    return Looks(
        condition.levels, main["session"].levels, session.reshape(shape), total, n, last_at.reshape(shape), last_row.reshape(shape)
    )


def _in_order(main: AnswerTable, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return rising rows in the order of answering, (n,): by time, those without any first, else as they are."""
    times = main.answered_at.astype(np.int64)[rows]  # NaT is the least
    return rows if (times[1:] >= times[:-1]).all() else rows[np.argsort(times, kind="stable")]


def _sequence(
    rows_of: Callable[[int], AnswerTable], looks: Looks, pair: tuple[Condition, Condition], *, in_progress: Collection[str]
) -> ConfidenceSequence | None:
    levels, (a, b) = looks.conditions, pair
    if a not in levels or b not in levels:
        return None
    at = [levels.index(a), levels.index(b)]
    both = np.flatnonzero((looks.n[at] > 0).all(axis=0))
    if len(both) == 1:
        return _record(pair, _trial_differences(rows_of(int(both[0])), int(both[0]), at), "pairs of trials", 0)
    waiting = [number for number, name in enumerate(looks.sessions) if name in in_progress]
    kept = both[~np.isin(looks.session[at][:, both], waiting).any(axis=0)]
    last_at, last_row = looks.last_at[at][:, kept], looks.last_row[at][:, kept]
    now = last_at.max(axis=0)
    ordered = kept[np.lexsort((np.where(last_at == now, last_row, -1).max(axis=0), now))]
    means = looks.total[at][:, ordered] / looks.n[at][:, ordered]
    return _record(pair, means[0] - means[1], "participants", len(both) - len(kept))


def _record(pair: tuple[Condition, Condition], differences: Floats, unit: SequenceUnit, n_in_progress: int) -> ConfidenceSequence | None:
    n = len(differences)
    if not n:
        return None
    looks = np.unique(np.linspace(1, n, min(MOST_POINTS, n)).round().astype(np.int64))
    means = (np.cumsum(differences) / np.arange(1, n + 1))[looks - 1]
    is_people = unit == "participants"
    ends = of_participants(differences)[looks - 1] if is_people else of_any(differences, looks)
    course = zip(looks.tolist(), means.tolist(), ends.tolist(), strict=True)
    points = tuple(SequencePoint(count, mean, low, high) for count, mean, (low, high) in course)
    low, high = of_any(differences, looks[-1:])[0].tolist()
    return ConfidenceSequence(
        a=pair[0],
        b=pair[1],
        estimate=points[-1].estimate,
        interval=(points[-1].low, points[-1].high),
        any_distribution=(low, high),
        points=points,
        n=n,
        unit=unit,
        n_in_progress=n_in_progress,
        method=OVER_PARTICIPANTS if is_people else OVER_PAIRS,
    )


def _trial_differences(main: AnswerTable, who: int, at: list[int]) -> Floats:
    """Return the differences of one respondent's pairs of trials in the order in which the pairs were complete, (pairs,)."""
    codes = main["condition"].codes
    rows = _in_order(main, np.flatnonzero((main["respondent"].codes == who) & np.isin(codes, at)))
    found = trial_pairs(main["unit"].codes[rows].tolist(), (codes[rows] == at[0]).tolist())
    scores = main.score[rows[np.array(found, dtype=np.int64).reshape(-1, 2)]]  # (pairs, 2)
    return np.asarray(scores[:, 0] - scores[:, 1])


def trial_pairs(units: Sequence[int], in_a: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the places of the trials in A and in B of each pair as they are complete, from the units of trials in order and whether they
    are in A. A pair that was formed stays: it depends on no later trial, and on no score."""
    waiting: dict[int, deque[int]] = {}  # trials without a partner by unit, all in one condition; units in the order of their first
    waiting_in_a, found = False, []
    for place, (unit, is_a) in enumerate(zip(units, in_a, strict=True)):
        if not waiting or is_a == waiting_in_a:
            waiting.setdefault(unit, deque()).append(place)
            waiting_in_a = is_a
            continue
        of = unit if unit in waiting else min(waiting, key=lambda one: waiting[one][0])
        other = waiting[of].popleft()
        if not waiting[of]:
            del waiting[of]
        found.append((place, other) if is_a else (other, place))
    return found
