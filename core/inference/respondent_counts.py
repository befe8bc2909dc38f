"""What is counted of each respondent apart from the breakdowns: everything has the respondents as its first axis, so that those whose
answers change can be counted anew by themselves."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inference.accuracy import repeat_sums
from core.inference.answer_table import AnswerTable, Floats
from core.inference.confidence_sequence import looks_of
from core.inference.learning import MOST_BINS, course_of
from core.inference.outcomes import outcome_counts

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RespondentCounts:
    """R respondents, C conditions. `outcomes`, `outcome_score`, `chosen`: as in Outcomes, (R, C, 4, 3), (R, C, 4), (R, C, 2, 3).
    `first_session`, `first_score`, `first_n`, `last_at`, `last_row`: as session, total, n ... in Looks, (R, C). `course_score`,
    `course_n`: as `course_of` gives them, (R, C, 10 bins). `n_trials`: main trials of the longest session, `n_catch`, `catch_score`: of
    catch trials, (R,). `same`, `n_repeated`: of repeated trials, (R, C)."""

    outcomes: Counts
    outcome_score: Floats
    chosen: Counts
    first_session: Counts
    first_score: Floats
    first_n: Counts
    last_at: Counts
    last_row: Counts
    course_score: Floats
    course_n: Counts
    n_trials: Counts
    n_catch: Counts
    catch_score: Floats
    same: Floats
    n_repeated: Counts

    def having(self, who: Counts, of: RespondentCounts) -> RespondentCounts:
        """Return the counts with those of these respondents from others of the same levels."""
        changed = []
        for one in fields(self):
            values = getattr(self, one.name).copy()
            values[who] = getattr(of, one.name)[who]
            changed.append(values)
        return RespondentCounts(*changed)


def respondent_counts(kept: AnswerTable, main: AnswerTable, rows: Counts, place: Counts, n_trials: int) -> RespondentCounts:
    """Return the counts of answers of all kinds, `kept`, and the main trials among them; `rows`: numbers of these in the order of answers,
    (main,), `place`: within their sessions. Bins are those for sessions of `n_trials` main trials."""
    n, score, chosen = outcome_counts(main)
    looks = looks_of(main)
    course = course_of(main, place, n_trials)
    same, n_repeated = repeat_sums(kept)
    catch = kept.of("kind", "catch")
    n_levels = len(kept["respondent"].levels)
    longest = np.zeros(n_levels, dtype=np.int64)
    np.maximum.at(longest, main["respondent"].codes, place + 1)
    return RespondentCounts(
        outcomes=n.swapaxes(0, 1),
        outcome_score=score.swapaxes(0, 1),
        chosen=chosen.swapaxes(0, 1),
        first_session=looks.session.T,
        first_score=looks.total.T,
        first_n=looks.n.T,
        last_at=looks.last_at.T,
        last_row=np.where(looks.last_row >= 0, np.append(rows, -1)[looks.last_row], -1).T,
        course_score=_in_bins(course[0]),
        course_n=_in_bins(course[1]),
        n_trials=longest,
        n_catch=np.bincount(catch["respondent"].codes, minlength=n_levels),
        catch_score=np.bincount(catch["respondent"].codes, weights=catch.score, minlength=n_levels).astype(np.float64),
        same=same,
        n_repeated=n_repeated,
    )


def _in_bins(course: NDArray[Any]) -> NDArray[Any]:
    """Return (conditions, bins, respondents) as (respondents, conditions, 10 bins)."""
    padded: NDArray[Any] = np.zeros((course.shape[2], course.shape[0], MOST_BINS), dtype=course.dtype)
    padded[:, :, : course.shape[1]] = course.transpose(2, 0, 1)
    return padded
