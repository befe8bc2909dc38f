"""Rules of exclusion, stated before looking, and what they left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.answer_set import SessionFacts
from core.inference.answer_table import AnswerTable, Mask
from core.inference.attention_table import Judged, judged, sentences
from core.psychophysics.attention import NONE, AttentionRules

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


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """Which rows stay, (n,); what sessions break, None without attention rules; which respondents fall below the catch rule, (levels,)."""

    kept: Mask
    sessions: Judged | None
    low: Mask


def ruled(table: AnswerTable, rules: ExclusionRules, facts: Mapping[str, SessionFacts], chosen: Mask) -> Ruled:
    """Return which of the chosen rows, (n,), stay. Sessions are judged by all their rows in the table, chosen or not."""
    session, respondent = table["session"], table["respondent"]
    is_asked = np.bincount(session.codes[chosen], minlength=len(session.levels)) > 0
    whole = table if is_asked.all() else table.where(is_asked[session.codes])
    kept, found = chosen, None
    if rules.attention.stated:
        found = judged(whole, facts, rules.attention)
        kept = kept & ~found.is_left_out[session.codes]
        whole = whole.where(~found.is_left_out[whole["session"].codes]) if rules.min_catch is not None else whole
    low = np.zeros(len(respondent.levels), dtype=bool)
    if rules.min_catch is not None:
        low = has_low_catch(whole, rules.min_catch)
        kept = kept & ~low[respondent.codes]
    return Ruled(kept, found, low)


def exclusions_of(rules: ExclusionRules, found: Ruled, n_negative: int) -> tuple[Exclusion, ...]:
    """Return what each rule left out; `n_negative`: negative reaction times of main trials that stayed."""
    applied = [Exclusion(NEGATIVE_TIMES, "reaction times", n_negative)] if rules.negative_reaction_times else []
    if rules.min_catch is not None:
        applied.append(Exclusion(LOW_CATCH.format(rules.min_catch), "participants", int(found.low.sum())))
    by_rule = sentences(found.sessions, rules.attention) if found.sessions is not None else ()
    return (*applied, *(Exclusion(rule, "sessions", n) for rule, n in by_rule))


def has_low_catch(table: AnswerTable, min_catch: float) -> Mask:
    """Return which respondents are right in less than this proportion of their catch trials; who has none is not; (levels,)."""
    catch = table.of("kind", "catch")
    codes, n_levels = catch["respondent"].codes, len(catch["respondent"].levels)
    n = np.bincount(codes, minlength=n_levels)
    correct = np.bincount(codes, weights=catch.score, minlength=n_levels)
    return np.asarray((n > 0) & (correct / np.maximum(n, 1) < min_catch))
