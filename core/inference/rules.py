"""Rules of exclusion, stated before looking, and what they left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.answer_set import SessionFacts
from core.experiment import Answer
from core.inference.answer_table import AnswerTable, table_of
from core.inference.groups import by_participant
from core.psychophysics.attention import NONE, AttentionRules, attentive

NEGATIVE_TIMES = "negative reaction times are left out of reaction times (their answers count everywhere else)"
LOW_CATCH = "participants with a proportion correct on catch trials below {} are left out of everything"


@dataclass(frozen=True, slots=True)
class ExclusionRules:
    """Rules stated before looking. `min_catch`: leave out participants below this proportion correct on catch trials (the paper
    excludes nobody; a participant without catch trials stays). `attention`: leave out sessions that break one of these rules."""

    negative_reaction_times: bool = True
    min_catch: float | None = None
    attention: AttentionRules = NONE


PUBLISHED = ExclusionRules(negative_reaction_times=False)  # the published numbers keep two negative reaction times


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A rule that was applied and how many of `what` it left out; sessions that break several rules count in each."""

    rule: str
    what: Literal["reaction times", "participants", "sessions"]
    n: int


def apply(rules: ExclusionRules, answers: Sequence[Answer], sessions: Iterable[SessionFacts] = ()) -> tuple[AnswerTable, list[Exclusion]]:
    """Return the table of the answers that stay, and what each rule left out; negative times stay in it, to be left out of times."""
    stayed, broken = attentive(answers, sessions, rules.attention)
    table, applied = table_of(stayed), []
    if rules.min_catch is not None:
        table, n_low = without_low_catch(table, rules.min_catch)
        applied.append(Exclusion(LOW_CATCH.format(rules.min_catch), "participants", n_low))
    if rules.negative_reaction_times:
        n_negative = int(np.count_nonzero(table.of("kind", "main").time_s < 0))
        applied.insert(0, Exclusion(NEGATIVE_TIMES, "reaction times", n_negative))
    return table, [*applied, *(Exclusion(rule, "sessions", n) for rule, n in broken)]


def without_low_catch(table: AnswerTable, min_catch: float) -> tuple[AnswerTable, int]:
    """Return the answers of participants who are right in this proportion of their catch trials, or have none, and how many are not."""
    catch = table.of("kind", "catch")
    low = np.array([who for _, sums in by_participant(catch, catch.score) for who in sums.who[sums.means < min_catch]], dtype=np.int64)
    return table.where(~np.isin(table["respondent"].codes, low)), len(low)
