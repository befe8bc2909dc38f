"""The comparison of conditions as charts, cards and a table, from a Comparison record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.design_spec import Condition, in_order
from core.experiment import RespondentKind
from core.inference import Results
from core.inference.contrasts import Contrast
from dashboard import text
from dashboard.components.charts import (
    AccuracyRow,
    ConfidenceRow,
    ReactionTimeRow,
    accuracy_chart,
    confidence_chart,
    reaction_time_chart,
)

KINDS: Final[tuple[RespondentKind, ...]] = ("people", "observers")


def accuracy_figure(
    people: Results, observer: Results | None, participant_means: Mapping[Condition, tuple[float, ...]], *, key: str
) -> None:
    """Draw accuracy per condition, people and an observer side by side. Nothing is drawn where nobody answered."""
    rows = [
        AccuracyRow(
            condition=condition,
            respondents=kind,
            mean=value.mean,
            low=value.wilson[0],
            high=value.wilson[1],
            n_trials=value.n_trials,
            n_participants=value.n_participants,
            participants=participant_means.get(condition, ()) if kind == "people" else (),
        )
        for kind, results in zip(KINDS, (people, observer), strict=True)
        if results is not None
        for condition, value in results.accuracy.items()
    ]
    if rows:
        st.altair_chart(accuracy_chart(rows), width="stretch", key=key)


def reaction_time_figure(people: Results, *, key: str) -> None:
    """Draw mean reaction time per condition."""
    rows = [
        ReactionTimeRow(condition, value.mean, value.two_sem, value.n_trials) for condition, value in people.reaction_time["all"].items()
    ]
    if rows:
        st.altair_chart(reaction_time_chart(rows), width="stretch", key=key)


def confidence_figure(people: Results, *, key: str) -> None:
    """Draw the shares of confidence 1 to 3 per condition."""
    rows = []
    for condition, value in people.confidence["all"].items():
        low, middle, high = (round(share * value.n_trials) for share in value.shares)
        rows.append(ConfidenceRow(condition, (low, middle, high)))
    if rows:
        st.altair_chart(confidence_chart(rows), width="stretch", key=key)


def reaction_time_counts(people: Results) -> str:
    """Return the n of the reaction times."""
    return text.trial_counts({condition: value.n_trials for condition, value in people.reaction_time["all"].items()}, people.n_participants)


def confidence_counts(people: Results) -> str:
    """Return the n of the shares of confidence."""
    return text.trial_counts({condition: value.n_trials for condition, value in people.confidence["all"].items()}, people.n_participants)


def contrast_of(results: Results) -> Contrast | None:
    """Return natural - synthetic, where both were answered."""
    return next((one for one in results.contrasts if (one.a, one.b) == ("natural", "synthetic")), None)


def contrasts_to_natural(results: Results) -> tuple[Contrast, ...]:
    """Return natural - synthetic and natural minus each imported method, where both were answered."""
    return tuple(one for one in results.contrasts if one.a == "natural" and one.b != "none")


def contrast_name(contrast: Contrast) -> str:
    """Return which conditions are compared."""
    return text.CONTRAST_OF.format(a=contrast.a, b=contrast.b)


def contrast_sentence(contrast: Contrast, kind: RespondentKind) -> str:
    """Return the contrast with its interval and n in percentage points."""
    low, high = contrast.interval
    n = text.respondent_count(contrast.n_participants, kind)
    sentence = text.CONTRAST_SENTENCE.format(
        estimate=100 * contrast.estimate,
        low=100 * low,
        high=100 * high,
        respondents=n,
        trials=contrast.n_trials_a + contrast.n_trials_b,
    )
    return sentence.replace("-", "−")


def accuracy_table(people: Results, observer: Results | None) -> list[dict[str, Any]]:
    """Return the numbers behind the accuracy figure, one row a condition and kind of respondents."""
    return [
        {
            text.TABLE["kind"]: text.RESPONDENTS[kind],
            text.TABLE["condition"]: condition,
            text.TABLE["accuracy"]: f"{value.mean:.1%}",
            text.TABLE["two_sem"]: "" if value.two_sem is None else f"{value.two_sem:.1%}",
            text.TABLE["wilson"]: text.WILSON.format(low=value.wilson[0], high=value.wilson[1]),
            text.TABLE["trials"]: value.n_trials,
            text.TABLE["n"]: value.n_participants,
        }
        for kind, results in zip(KINDS, (people, observer), strict=True)
        if results is not None
        for condition in in_order(results.accuracy)
        for value in [results.accuracy[condition]]
    ]
