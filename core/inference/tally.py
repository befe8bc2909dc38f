"""All that results are made of: the breakdowns of main trials and what is counted of each respondent. It is made of a table once, and then
kept as answers arrive (`core/inference/live.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from core.inference.answer_table import AnswerTable, Mask, Word
from core.inference.learning import places
from core.inference.parts import Part, part_of, rising_of
from core.inference.respondent_counts import RespondentCounts, respondent_counts
from core.inference.sums import Counts, trials_of
from core.inference.threads import counting_threads

Breakdown = Literal["scheme", "expertise", "layer", "branch", "unit_list", "unit", "participant", "block"]
BREAKDOWNS: Final[Mapping[Breakdown, Word]] = {name: "respondent" if name == "participant" else name for name in get_args(Breakdown)}
BY_CONDITION: Final[tuple[Word, ...]] = ("condition",)
BY_EXPERTISE: Final[tuple[Word, ...]] = ("condition", "scheme", "expertise")
BY_LIST: Final[tuple[Word, ...]] = ("condition", "branch", "unit_list")
SHARES_ONLY: Final = (BY_EXPERTISE, BY_LIST)
PARTS: Final[tuple[tuple[Word, ...], ...]] = (
    BY_CONDITION,
    *(("condition", word) for word in BREAKDOWNS.values()),
    *SHARES_ONLY,
)
MOST_WORK_FIRST: Final = sorted(PARTS, key=lambda words: ("unit" not in words, "respondent" not in words))  # of few rows a group


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """`levels`: of every word of the table that was counted. `rising`: rows of the counted trials with a time in rising order of it.

    `n_trials`: main trials of the longest session. `n_negative`: of main trials that count, by the clock's error.
    """

    levels: Mapping[Word, tuple[str, ...]]
    parts: Mapping[tuple[Word, ...], Part]
    counts: RespondentCounts
    rising: Counts
    n_trials: int
    n_main: int
    n_negative: int

    @property
    def there(self) -> Mask:
        """Return which respondents have main trials that count, (respondents,)."""
        return np.asarray(self.counts.outcomes.any(axis=(1, 2, 3)))

    def present(self, word: Word) -> tuple[str, ...]:
        """Return the levels of condition, or of a word by which there is a breakdown, that main trials have."""
        words: tuple[Word, ...] = BY_CONDITION if word == "condition" else ("condition", word)
        part = self.parts[words]
        n = part.shares.n_trials.reshape(tuple(map(len, part.levels)))
        seen: Mask = np.asarray(n.any(axis=0) if n.ndim > 1 else n > 0)
        return tuple(level for level, is_there in zip(part.levels[-1], seen.tolist(), strict=True) if is_there)


def tally_of(table: AnswerTable, kept: Mask, *, exclude_negative: bool) -> Tally:
    """Return the tally of the rows of a table that are kept, (n,) bool."""
    kept_table = table if kept.all() else table.where(kept)
    is_main = main_rows(table, kept)
    rows = np.flatnonzero(is_main)
    main = table.where(rows)
    trials = trials_of(main, exclude_negative=exclude_negative)
    with counting_threads() as threads:
        later = threads.submit(rising_of, trials)
        place = places(main)
        n_trials, rising = int(place.max(initial=-1)) + 1, later.result()
        counts = threads.submit(respondent_counts, kept_table, main, rows, place, n_trials)
        parts = [threads.submit(part_of, trials, rising, words, with_times=words not in SHARES_ONLY) for words in MOST_WORK_FIRST]
    found = {part.result().words: part.result() for part in parts}
    return Tally(
        levels={word: column.levels for word, column in table.words.items()},
        parts={words: found[words] for words in PARTS},
        counts=counts.result(),
        rising=rows[rising.rows],
        n_trials=n_trials,
        n_main=len(rows),
        n_negative=int((main.time_s < 0).sum()),
    )


def main_rows(table: AnswerTable, kept: Mask) -> Mask:
    """Return which kept rows are main trials, (n,)."""
    kind = table["kind"]
    return np.asarray(kept & (kind.codes == kind.code("main")))
