"""A participant's own answers at the end of a self-test, against those of all participants and the paper's headline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.design_spec import Condition, Scheme, is_max_only, n_references_of
from core.figures.references import PAPER_HEADLINE
from core.inference.proportions import Proportion, wilson
from core.psychophysics.session import ConditionSummary, SessionSummary
from dashboard.participant_text import ParticipantText
from dashboard.participant_text.records import SummaryText

CARDS_PER_ROW: Final = 2


def own_results(own: SessionSummary, team: Mapping[Condition, Proportion], texts: ParticipantText, *, n_references: int) -> None:
    """Draw one card a condition: one's own proportion correct, that of all participants, the paper's; then one's own by scheme.

    `team`: people's pooled proportions in the study; a condition where nobody is counted yet may lack. `n_references`: what a "9" of a
    scheme stands for.
    """
    for row in range(0, len(own.conditions), CARDS_PER_ROW):
        for column, one in zip(st.columns(CARDS_PER_ROW), own.conditions[row : row + CARDS_PER_ROW], strict=False):
            with column, st.container(border=True, height="stretch"):
                st.markdown(f"**{texts.references.of(one.condition)}**")
                _card(one, team.get(one.condition), texts)
    if len({one.scheme for one in own.schemes}) > 1:
        st.markdown(f"**{texts.summary.schemes}**")
        st.dataframe(scheme_table(own, texts, n_references=n_references), hide_index=True, width="content")


def scheme_table(own: SessionSummary, texts: ParticipantText, *, n_references: int) -> list[dict[str, Any]]:
    """Return one's correct answers, one row a presentation scheme, one column a condition."""
    schemes = list(dict.fromkeys(one.scheme for one in own.schemes if one.scheme is not None))
    conditions = [one.condition for one in own.conditions]
    rows = []
    for scheme in schemes:
        found = {condition: own.of(condition, scheme) for condition in conditions}
        cells = {texts.references.of(name): "" if one is None else _correct(one, texts.summary) for name, one in found.items()}
        rows.append({texts.summary.scheme: _scheme(scheme, n_references, texts.summary), **cells})
    return rows


def _scheme(scheme: Scheme, n_references: int, words: SummaryText) -> str:
    template = words.scheme_max if is_max_only(scheme) else words.scheme_both
    return template.format(n=n_references_of(scheme, n_references))


def _card(own: ConditionSummary, team: Proportion | None, texts: ParticipantText) -> None:
    words = texts.summary
    low, high = wilson(own.n_correct, own.n)
    mine, ours, paper = st.columns(3)
    with mine:
        st.metric(words.you, _percent(own.n_correct / own.n, words))
        st.caption(f"{_correct(own, words)}  \n{_interval(low, high, words)}")
    with ours:
        st.metric(words.team, "–" if team is None else _percent(team.mean, words))
        if team is not None:
            people = words.people.of(team.n_participants)
            st.caption(f"{words.n_trials.format(n=team.n_trials, people=people)}  \n{_interval(*team.wilson, words)}")
    with paper:
        headline = PAPER_HEADLINE.get(own.condition)
        value = "–" if headline is None else _plus_minus(*headline, words)
        st.metric(words.paper, value)
        st.caption(words.nothing if headline is None else words.cited)
    detail = words.detail.format(time_s=texts.number(own.median_reaction_time_s), confidence=texts.number(own.mean_confidence))
    st.caption(detail)


def _correct(one: ConditionSummary, words: SummaryText) -> str:
    return words.n_correct.format(n_correct=one.n_correct, n=one.n)


def _percent(share: float, words: SummaryText) -> str:
    return words.percent.format(value=f"{100 * share:.0f}")


def _plus_minus(share: float, error: float, words: SummaryText) -> str:
    return words.plus_minus.format(value=f"{100 * share:.0f}", error=f"{100 * error:.0f}")


def _interval(low: float, high: float, words: SummaryText) -> str:
    return words.interval.format(low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")
