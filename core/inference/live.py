"""Results that are kept while answers arrive: only what new answers touch is counted and estimated again.

What comes of it equals `results()` of all answers, to the last bit. A new answer may also bring back, or take away, others of its
participant, by the rules of exclusion; all of a participant's answers are therefore looked at anew, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from core.answer_set import SessionFacts, UnitRating
from core.inference.answer_table import AnswerTable, Mask
from core.inference.attention_table import NAMES, Judged
from core.inference.growing import places_in
from core.inference.grown import grown_tally
from core.inference.learning import bin_width, places
from core.inference.parts import Change, changed, rising_rows
from core.inference.respondent_counts import respondent_counts
from core.inference.results import Came, Results, results_of
from core.inference.rules import Ruled, exclusions_of, ruled
from core.inference.scope import Scope, designs_in, in_scope, ratings_within
from core.inference.sums import Counts, trials_of
from core.inference.tally import Tally, main_rows, tally_of

MOST_OWN: Final = 0.2  # share of all answers that are of participants who gave new ones; beyond, all is counted anew


class LiveResults:
    """The results of a table within a scope, kept as the table grows."""

    def __init__(self, table: AnswerTable, scope: Scope, facts: Mapping[str, SessionFacts], *, most_own: float = MOST_OWN) -> None:
        self.scope = scope
        self._most_own = most_own
        self._count(table, facts)

    def results(self, ratings: Iterable[UnitRating] = (), *, in_progress: Collection[str] = ()) -> Results:
        """Return all numbers of the answers so far; `in_progress` as in `results`."""
        came = Came(
            n_answers=int(self._chosen.sum()),
            exclusions=exclusions_of(self.scope.rules, Ruled(self._kept, self._sessions, self._low), self.tally.n_negative),
            designs=designs_in(self._table, self._chosen),
            ratings=ratings_within(ratings, self._facts.values(), self.scope),
        )
        return results_of(self.tally, self._main_of, scope=self.scope, came=came, in_progress=in_progress)

    @property
    def main(self) -> AnswerTable:
        """Return the main trials that count."""
        return self._table.where(main_rows(self._table, self._kept))

    def advance(self, table: AnswerTable, facts: Mapping[str, SessionFacts]) -> None:
        """Go on to a table that has the answers so far and, after them, new ones; `facts`: of all sessions."""
        respondent, new = table["respondent"], np.arange(len(self._table), len(table))
        is_theirs = np.zeros(len(respondent.levels), dtype=bool)
        is_theirs[respondent.codes[new]] = True
        own = np.flatnonzero(is_theirs[respondent.codes])
        is_much = len(own) > self._most_own * len(table)
        if is_much or self._others_differ(
            facts, {name for name, is_own in zip(respondent.levels, is_theirs.tolist(), strict=True) if is_own}
        ):
            self._count(table, facts)
        elif not len(new):
            self._facts = facts
        else:
            tally = grown_tally(self.tally, table)
            if tally is None or not self._follow(table, facts, tally, np.flatnonzero(is_theirs), own):
                self._count(table, facts)

    def _others_differ(self, facts: Mapping[str, SessionFacts], respondents: Collection[str]) -> bool:
        """Return whether anything else is known now of sessions with answers that are of other respondents than these."""
        answered = set(self._table["session"].levels)
        known = (one for one in self._facts.items() if one[0] in answered and one[1].respondent not in respondents)
        return facts is not self._facts and any(facts.get(name) != one for name, one in known)

    def _count(self, table: AnswerTable, facts: Mapping[str, SessionFacts]) -> None:
        """Count all answers."""
        self._table, self._facts = table, facts
        self._chosen = in_scope(table, self.scope)
        found = ruled(table, self.scope.rules, facts, self._chosen)
        self._kept, self._sessions, self._low = found.kept, found.sessions, found.low
        self.tally = tally_of(table, found.kept, exclude_negative=self.scope.rules.negative_reaction_times)

    def _follow(self, table: AnswerTable, facts: Mapping[str, SessionFacts], tally: Tally, who: Counts, own_rows: Counts) -> bool:
        """Count the answers of respondents `who` anew; return False, with nothing changed, where all have to be."""
        own = table.where(own_rows)
        found = ruled(own, self.scope.rules, facts, chosen := in_scope(own, self.scope))
        is_main = main_rows(own, found.kept)
        main = own.where(is_main)
        place = places(main)
        others = tally.counts.n_trials.copy()
        others[who] = 0
        n_trials = max(int(others.max(initial=0)), int(place.max(initial=-1)) + 1)
        if bin_width(n_trials) != bin_width(tally.n_trials):
            return False
        kept, before = _with(self._kept, own_rows, found.kept, len(table))
        was_main = main_rows(own, before)
        came, went = own_rows[is_main & ~was_main], own_rows[was_main & ~is_main]
        change, rising = self._change(table, tally.rising, who, kept, main, came, went)
        self.tally = replace(
            tally,
            parts={words: changed(part, change) for words, part in tally.parts.items()},
            counts=tally.counts.having(who, respondent_counts(own.where(found.kept), main, own_rows[is_main], place, n_trials)),
            rising=rising,
            n_trials=n_trials,
            n_main=tally.n_main + len(came) - len(went),
            n_negative=tally.n_negative + int((table.time_s[came] < 0).sum()) - int((table.time_s[went] < 0).sum()),
        )
        self._judge(table, found, who, np.unique(own["session"].codes))
        self._chosen, _ = _with(self._chosen, own_rows, chosen, len(table))
        self._table, self._facts, self._kept = table, facts, kept
        return True

    def _change(
        self, table: AnswerTable, rising: Counts, who: Counts, kept: Mask, main: AnswerTable, came: Counts, went: Counts
    ) -> tuple[Change, Counts]:
        """Return what changed with main trials that came and went, rows of the table, and the timed rows in rising order of time."""
        exclude_negative = self.scope.rules.negative_reaction_times
        rising = _rising(table, rising, came, went, exclude_negative=exclude_negative)
        condition = table["condition"]
        touched = np.zeros(len(condition.levels) + 1, dtype=bool)
        touched[condition.codes[np.append(came, went)]] = True
        change = Change(
            who=who,
            own=trials_of(main, exclude_negative=exclude_negative),
            came=trials_of(table.where(came), exclude_negative=exclude_negative),
            went=trials_of(table.where(went), exclude_negative=exclude_negative),
            table=table,
            rows=np.flatnonzero(main_rows(table, kept) & touched[condition.codes]),
            rising=rising_rows(table, rising[touched[condition.codes[rising]]]),
            exclude_negative=exclude_negative,
        )
        return change, rising

    def _judge(self, table: AnswerTable, found: Ruled, who: Counts, sessions: Counts) -> None:
        """Take over what the rules say of these respondents and sessions."""
        before = self._table
        low = np.zeros(len(table["respondent"].levels), dtype=bool)
        low[places_in(before["respondent"].levels, table["respondent"].levels)] = self._low
        low[who] = found.low[who]
        self._low = low
        if self._sessions is None or found.sessions is None:
            return
        at = places_in(before["session"].levels, table["session"].levels)
        n = len(table["session"].levels)
        there, broken, unknown = np.zeros(n, dtype=bool), np.zeros((n, len(NAMES)), dtype=bool), np.zeros((n, len(NAMES)), dtype=bool)
        for whole, kept, now in (
            (there, self._sessions.has_answers, found.sessions.has_answers),
            (broken, self._sessions.broken, found.sessions.broken),
            (unknown, self._sessions.unknown, found.sessions.unknown),
        ):
            whole[at] = kept
            whole[sessions] = now[sessions]
        self._sessions = Judged(there, broken, unknown)

    def _main_of(self, who: int) -> AnswerTable:
        own: Mask = self._table["respondent"].codes == who
        return self._table.where(main_rows(self._table, self._kept) & own)


def _with(values: Mask, rows: Counts, own: Mask, n: int) -> tuple[Mask, Mask]:
    """Return n values, False where there were none yet, with others at some rows; and what was there before."""
    found = np.append(values, np.zeros(n - len(values), dtype=bool))
    before = found[rows]
    found[rows] = own
    return found, before


def _rising(table: AnswerTable, rising: Counts, came: Counts, went: Counts, *, exclude_negative: bool) -> Counts:
    """Return the timed rows in rising order of time after some went and some came."""
    if len(went):
        gone = np.zeros(len(table), dtype=bool)
        gone[went] = True
        rising = rising[~gone[rising]]
    time = table.time_s[came]
    timed = ~np.isnan(time) & ~((time < 0) & exclude_negative)
    came, time = came[timed], time[timed]
    order = np.argsort(time, kind="stable")
    return np.insert(rising, np.searchsorted(table.time_s[rising], time[order], side="right"), came[order])
