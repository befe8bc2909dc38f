"""Whose answers are shown and what they are narrowed to: a compact bar, all of it in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from core.inference.choices import Choices
from core.inference.rules import ExclusionRules
from core.inference.scope import Scope
from core.psychophysics.attention import NONE, PRESETS, AttentionRules, sentence
from core.services.answers.answer_sources import Source, SourceKind
from dashboard import results_text, state


def source_choice(names: Mapping[SourceKind, Sequence[str]]) -> Source:
    """Draw the switch between people, observers and answer sets, each kind apart; return what is chosen. People are always there."""
    kinds: list[SourceKind] = [kind for kind in results_text.KIND_NAMES if kind == "people" or names.get(kind)]
    labels = [results_text.KIND_NAMES[kind] for kind in kinds]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        found = st.segmented_control(
            results_text.ANSWERED_BY, labels, default=labels[0], required=True, key=state.RESULTS_KIND, bind="query-params"
        )
        kind = kinds[labels.index(found)] if found in labels else "people"
        if kind == "people":
            return Source("people")
        key = state.RESULTS_OBSERVER if kind == "observers" else state.RESULTS_SET
        name = st.selectbox(results_text.WHICH[results_text.KIND_NAMES[kind]], list(names[kind]), key=key, bind="query-params", width=420)
    return Source(kind, name if name in names[kind] else names[kind][0])


def scope_choice(choices: Choices, *, is_of_people: bool) -> Scope:
    """Draw the filters that have something to choose, each with the numbers of answers; return what they say."""
    conditions = _several(results_text.CONDITION, choices.conditions, state.RESULTS_CONDITION)
    schemes = _several(results_text.SCHEME, choices.schemes, state.RESULTS_SCHEME)
    expertise = _several(results_text.EXPERTISE, choices.expertise, state.RESULTS_EXPERTISE)
    if not is_of_people:
        return Scope(conditions=conditions, schemes=schemes)
    participants = _participants(choices.participants)
    since, until = _dates(choices.days)
    return Scope(
        conditions=conditions,
        schemes=schemes,
        expertise=expertise,
        participants=participants,
        since=since,
        until=until,
        design=_design(choices.designs),
        rules=_rules(),
    )


def published_choice(published: Sequence[tuple[str, str]]) -> str | None:
    """Draw which published numbers stand behind the charts; return the answer set that they come from, None for the headline alone."""
    names = {f"{name} ({experiment})": name for name, experiment in published}
    asked = st.session_state.get(state.RESULTS_PUBLISHED) or st.query_params.get(state.RESULTS_PUBLISHED, "")
    label = asked if asked in names else results_text.PUBLISHED_NONE
    with st.popover(f"{results_text.PUBLISHED}: {label}", key="published-filter"):
        found = st.selectbox(
            results_text.PUBLISHED,
            [results_text.PUBLISHED_NONE, *names],
            key=state.RESULTS_PUBLISHED,
            bind="query-params",
            label_visibility="collapsed",
        )
        st.caption(results_text.PUBLISHED_NOTE)
    return names.get(found or "")


def reset() -> None:
    """Widen every filter to all answers."""
    for key in (state.RESULTS_CONDITION, state.RESULTS_SCHEME, state.RESULTS_EXPERTISE, state.RESULTS_PARTICIPANT):
        st.session_state[key] = []
    for key in (state.RESULTS_SINCE, state.RESULTS_UNTIL):
        st.session_state[key] = None
    st.session_state[state.RESULTS_DESIGN] = results_text.ALL_DESIGNS
    st.session_state[state.RESULTS_RULES] = NONE.name
    st.session_state[state.RESULTS_MIN_CATCH] = None
    st.session_state[state.RESULTS_NEGATIVE] = False


def _several(name: str, counts: Mapping[str, int], key: str) -> tuple[str, ...]:
    """Draw a filter of a few options; one that cannot narrow anything is not drawn."""
    if len(counts) < 2:
        return ()
    chosen = _chosen(key, counts)
    with st.popover(results_text.filter_label(name, chosen, len(counts)), key=f"{key}-filter"):
        found = st.pills(name, list(counts), selection_mode="multi", key=key, bind="query-params", label_visibility="collapsed", wrap=True)
        st.caption(results_text.counts_line(counts))
    return tuple(one for one in counts if one in found)


def _participants(counts: Mapping[str, int]) -> tuple[str, ...]:
    if len(counts) < 2:
        return ()
    chosen = _chosen(state.RESULTS_PARTICIPANT, counts)
    with st.popover(results_text.filter_label(results_text.PARTICIPANTS, chosen, len(counts)), key="participants-filter"):
        found = st.multiselect(results_text.PARTICIPANTS, list(counts), key=state.RESULTS_PARTICIPANT, bind="query-params", width=360)
        st.dataframe([{"": name, "n": n} for name, n in counts.items()], hide_index=True, height=220, key="participants-counts")
    return tuple(one for one in counts if one in found)


def _dates(days: tuple[date, date] | None) -> tuple[date | None, date | None]:
    if days is None or days[0] == days[1]:
        return None, None
    asked = [str(found) for key in (state.RESULTS_SINCE, state.RESULTS_UNTIL) if (found := st.session_state.get(key))]
    with st.popover(results_text.filter_label(results_text.DATES, asked, 2), key="dates-filter"):
        with st.container(horizontal=True):
            since = _day(results_text.SINCE, state.RESULTS_SINCE, days)
            until = _day(results_text.UNTIL, state.RESULTS_UNTIL, days)
        st.caption(results_text.DATES_NOTE.format(first=days[0], last=days[1]))
    return since, until


def _day(label: str, key: str, days: tuple[date, date]) -> date | None:
    return st.date_input(label, value=None, min_value=days[0], max_value=days[1], key=key, bind="query-params", width=150)


def _design(counts: Mapping[str, int]) -> str | None:
    if len(counts) < 2:
        return None
    options = [results_text.ALL_DESIGNS, *counts]
    asked = st.session_state.get(state.RESULTS_DESIGN) or st.query_params.get(state.RESULTS_DESIGN, "")
    label = results_text.filter_label(results_text.DESIGN, [asked] if asked in counts else [], len(counts))
    with st.popover(label, key="design-filter"):
        found = st.selectbox(results_text.DESIGN, options, key=state.RESULTS_DESIGN, bind="query-params", width=320)
        st.caption(results_text.counts_line({f"{name}: sessions": n for name, n in counts.items()}))
        st.caption(results_text.ALL_DESIGNS_NOTE)
    return found if found in counts else None


def _rules() -> ExclusionRules:
    with st.popover(_rules_label(), key="rules-filter"):
        found = st.segmented_control(
            results_text.ATTENTION, list(PRESETS), default=NONE.name, required=True, key=state.RESULTS_RULES, bind="query-params", wrap=True
        )
        attention = PRESETS.get(found or "", NONE)
        st.markdown("\n".join(f"- {line}" for line in _stated(attention)) or f"- {attention.source}")
        percent = st.number_input(
            results_text.MIN_CATCH,
            min_value=1,
            max_value=100,
            value=None,
            step=5,
            placeholder=results_text.NO_RULE,
            help=results_text.MIN_CATCH_HELP,
            key=state.RESULTS_MIN_CATCH,
            bind="query-params",
        )
        keeps = st.toggle(results_text.KEEP_NEGATIVE, help=results_text.KEEP_NEGATIVE_HELP, key=state.RESULTS_NEGATIVE, bind="query-params")
        st.caption(results_text.RULES_NOTE)
    return ExclusionRules(negative_reaction_times=not keeps, min_catch=None if percent is None else percent / 100, attention=attention)


def _rules_label() -> str:
    """Return the button's words before what it opens is drawn."""
    percent, keeps = str(_asked(state.RESULTS_MIN_CATCH)), str(_asked(state.RESULTS_NEGATIVE)).lower()
    attention = str(_asked(state.RESULTS_RULES))
    return results_text.rules_label(
        attention if attention in PRESETS else NONE.name,
        min_catch_percent=int(percent) if percent.isdecimal() else None,
        keeps_negative=keeps == "true",
    )


def _asked(key: str) -> object:
    """Return a filter's value before it is drawn: what was chosen, else what the address says."""
    return st.session_state[key] if key in st.session_state else st.query_params.get(key)


def _stated(rules: AttentionRules) -> list[str]:
    return [sentence(rules, rule).removeprefix(f"{rules.name}: ") for rule in rules.stated]


def _chosen(key: str, options: Mapping[str, int]) -> list[str]:
    """Return what a filter is narrowed to before it is drawn: what was chosen, else what the address says."""
    found = st.session_state[key] if key in st.session_state else st.query_params.get_all(key)
    return [one for one in options if one in found]
