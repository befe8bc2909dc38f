"""Participants' means in every cell of a design, such as condition x scheme: what paired tests and analyses of variance work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.inference.answer_table import AnswerTable, Floats, Mask, Word
from core.inference.groups import groups, summed
from core.inference.reaction_times import Which, answered, timed

Measure = Literal["accuracy", "reaction_time_all", "reaction_time_correct", "reaction_time_incorrect"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
WHICH_OF: Final[dict[Measure, Which]] = {
    "accuracy": "all",
    "reaction_time_all": "all",
    "reaction_time_correct": "correct",
    "reaction_time_incorrect": "incorrect",
}


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Of every participant with any main trial: `total` of a measure and number `n` of trials, both (participants, levels, levels ...).

    `levels`: of each word, in the order of the axes. A participant without a trial in a cell has n = 0 there.
    """

    levels: tuple[tuple[str, ...], ...]
    total: Floats
    n: NDArray[np.int64]

    @property
    def is_complete(self) -> Mask:
        """Return which participants have trials in every cell, (participants,)."""
        return np.asarray((self.n > 0).all(axis=tuple(range(1, self.n.ndim))))

    @property
    def means(self) -> Floats:
        """Return the means of the participants with trials in every cell, (complete participants, levels, levels ...)."""
        kept = self.is_complete
        return self.total[kept] / self.n[kept]


def cells(main: AnswerTable, measure: Measure, *words: Word, exclude_negative: bool) -> Cells:
    """Return participants' cells of a measure. Levels without any main trial are left out; reaction times are seconds."""
    levels = tuple(main.present(word) for word in words)
    asked = answered(main, WHICH_OF[measure])
    values, kept = asked.score, np.ones(len(asked), dtype=bool)
    if measure != "accuracy":
        values, kept = asked.time_s, timed(asked, exclude_negative=exclude_negative)
    found = groups(asked, "respondent", *words)
    kept &= found.codes >= 0
    shape = tuple(len(asked[word].levels) for word in ("respondent", *words))
    total, n = summed(found.codes[kept].astype(np.int64), values[kept], shape)
    are_there = np.bincount(main["respondent"].codes, minlength=shape[0]) > 0
    chosen = np.ix_(np.flatnonzero(are_there), *(_places(asked, word, of) for word, of in zip(words, levels, strict=True)))
    return Cells(levels, total[chosen], n[chosen])


def group_of(main: AnswerTable, word: Word) -> NDArray[np.int64]:
    """Return each participant's level of a word, (participants,) as in Cells; -1 where none or more than one was given."""
    respondent, column = main["respondent"], main[word]
    shape = len(respondent.levels), len(column.levels)
    known = column.codes >= 0
    cell = respondent.codes[known].astype(np.int64) * shape[1] + column.codes[known]
    seen = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape) > 0  # (respondents, levels)
    single = np.where(seen.sum(axis=1) == 1, seen @ np.arange(shape[1]), -1)
    are_there = np.bincount(respondent.codes, minlength=shape[0]) > 0
    return np.asarray(single[are_there], dtype=np.int64)


def _places(table: AnswerTable, word: Word, levels: tuple[str, ...]) -> NDArray[np.int64]:
    return np.array([table[word].levels.index(level) for level in levels], dtype=np.int64)
