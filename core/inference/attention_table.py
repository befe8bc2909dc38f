"""Attention rules applied to a table: what `core.psychophysics.attention.judge` says of each session's record, for all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.answer_set import SessionFacts
from core.inference.answer_table import AnswerTable, Floats, Mask
from core.inference.ordering import ordered, starts_of
from core.psychophysics.attention import RULES, AttentionRules, sentence

NAMES: Final = tuple(RULES)
FACTS: Final = {
    "min_instruction_s": "instruction_s",
    "min_total_s": "total_s",
    "max_total_s": "total_s",
    "max_practice_rounds": "n_practice_rounds",
}


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Of every level of the table's sessions: whether it has answers, (sessions,), and which rules, in the order of NAMES, it breaks and
    which could not be judged, both (sessions, rules)."""

    has_answers: Mask
    broken: Mask
    unknown: Mask

    @property
    def is_left_out(self) -> Mask:
        """Return which sessions break any rule, (sessions,)."""
        return np.asarray(self.broken.any(axis=1))


def judged(table: AnswerTable, facts: Mapping[str, SessionFacts], rules: AttentionRules) -> Judged:
    """Return what all sessions of the table, which has all their answers, break. What is not known breaks no rule."""
    session = table["session"]
    n_sessions = len(session.levels)
    has_answers = np.bincount(session.codes, minlength=n_sessions) > 0
    wanted = _wanted(table, rules)
    came = _came(table, facts, rules)
    known = ~np.isnan(came) & ~np.isnan(wanted)
    is_upper = np.array([name.startswith("max_") for name in NAMES])
    broken = known & np.where(is_upper, came > wanted, came < wanted) & has_answers[:, None]
    return Judged(has_answers, broken, ~np.isnan(wanted) & np.isnan(came) & has_answers[:, None])


def sentences(found: Judged, rules: AttentionRules) -> tuple[tuple[str, int], ...]:
    """Return each rule as a sentence with how many sessions break it, the last for all; as `attention.attentive` does."""
    if not rules.stated:
        return ()
    said = []
    for rule in rules.stated:
        place = NAMES.index(rule)
        n_unknown = int(found.unknown[:, place].sum())
        not_judged = f"; not recorded of {n_unknown} sessions, which stay" if n_unknown else ""
        said.append((sentence(rules, rule) + not_judged, int(found.broken[:, place].sum())))
    in_all = f"{rules.name}: sessions that break at least one of these rules are left out of everything"
    return (*said, (in_all, int(found.is_left_out.sum())))


def by_session(sessions: Iterable[SessionFacts]) -> dict[str, SessionFacts]:
    """Return the facts by session."""
    return {one.session: one for one in sessions}


def _wanted(table: AnswerTable, rules: AttentionRules) -> Floats:
    """Return the thresholds that hold for each session, (sessions, rules), NaN where there is none; times are seconds."""
    other = rules.without_references
    usual = np.array([_threshold(rules, name) for name in NAMES])
    if other is None:
        return np.broadcast_to(usual, (len(table["session"].levels), len(NAMES)))
    is_without = _are_without_references(table)
    return np.where(is_without[:, None], np.array([_threshold(other, name) for name in NAMES]), usual)


def _threshold(rules: AttentionRules, name: str) -> float:
    value: float | None = getattr(rules, name)
    if value is None:
        return np.nan
    return value / 1000 if name == "min_reaction_time_ms" else value


def _are_without_references(table: AnswerTable) -> Mask:
    session, condition = table["session"], table["condition"]
    has_others = np.bincount(session.codes[condition.codes != condition.code("none")], minlength=len(session.levels)) > 0
    return np.asarray(~has_others)


def _came(table: AnswerTable, facts: Mapping[str, SessionFacts], rules: AttentionRules) -> Floats:
    """Return what each session has of what the rules are about, (sessions, rules), NaN where that is not known."""
    names = table["session"].levels
    catch = table.of("kind", "catch")
    n_catch = np.bincount(catch["session"].codes, minlength=len(names))
    sides = _sides(table)
    columns = {
        "min_catch": _share(np.bincount(catch["session"].codes, weights=catch.score, minlength=len(names)), n_catch),
        "min_each_side": np.where(sides.sum(axis=1) > 0, sides.min(axis=1), np.nan),
        "max_one_sided_share": _share(sides.max(axis=1), sides.sum(axis=1)),
        "min_reaction_time_ms": _fastest(table, rules) if rules.min_reaction_time_ms is not None else np.full(len(names), np.nan),
    }
    recorded = {name: _recorded(names, facts, field) for name, field in FACTS.items()}
    return np.column_stack([(columns | recorded)[name] for name in NAMES])


def _share(part: NDArray[np.float64] | NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
    return np.where(n > 0, part / np.maximum(n, 1), np.nan)


def _sides(table: AnswerTable) -> NDArray[np.int64]:
    """Return how often each side was chosen in main and catch trials, (sessions, 2)."""
    asked = table.of("kind", "main", "catch")
    session, choice = asked["session"], asked["choice"]
    return np.column_stack(
        [np.bincount(session.codes[choice.codes == choice.code(side)], minlength=len(session.levels)) for side in ("top", "bottom")]
    )


def _fastest(table: AnswerTable, rules: AttentionRules) -> Floats:
    """Return the fastest reaction time of main trials that counts, in seconds: so many as the rules grant may be faster; (sessions,)."""
    main = table.of("kind", "main")
    timed = main.where(~np.isnan(main.time_s))
    codes, n_sessions = timed["session"].codes, len(timed["session"].levels)
    rising = timed.time_s[ordered(timed.time_s, codes, n_sessions)]
    first, n = starts_of(codes, n_sessions)
    place = np.minimum((_fast_share(table, rules) * n).astype(np.int64), n - 1)
    found = np.full(n_sessions, np.nan)
    found[n > 0] = rising[(first + place)[n > 0]]
    return found


def _fast_share(table: AnswerTable, rules: AttentionRules) -> Floats:
    other = rules.without_references
    n_sessions = len(table["session"].levels)
    if other is None:
        return np.full(n_sessions, rules.max_fast_share)
    return np.where(_are_without_references(table), other.max_fast_share, rules.max_fast_share)


def _recorded(names: tuple[str, ...], facts: Mapping[str, SessionFacts], field: str) -> Floats:
    found = np.full(len(names), np.nan)
    for place, name in enumerate(names):
        value = getattr(facts[name], field) if name in facts else None
        if value is not None:
            found[place] = value
    return found
