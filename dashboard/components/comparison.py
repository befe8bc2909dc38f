"""The comparison of conditions as charts, cards and a table, from a Comparison record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.contrasts import Contrast
from core.domain import CONDITIONS, Condition, RespondentKind
from core.inference import Results
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


def accuracy_figure(people: Results, observers: Results, participant_means: Mapping[Condition, tuple[float, ...]], *, key: str) -> None:
    """Draw accuracy per condition, people and observers side by side. Nothing is drawn where nobody answered."""
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
        for kind, results in zip(KINDS, (people, observers), strict=True)
        for condition, value in results.accuracy.items()
    ]
    if rows:
        st.altair_chart(accuracy_chart(rows), width="stretch", key=key)


def reaction_time_figure(people: Results, *, key: str) -> None:
    """Draw mean reaction time per condition."""
    rows = [
        ReactionTimeRow(condition, value.mean, value.mean - (value.two_sem or 0.0), value.mean + (value.two_sem or 0.0), value.n_trials)
        for condition, value in people.reaction_time["all"].items()
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


def contrast_of(results: Results) -> Contrast | None:
    """Return natural - synthetic, where both were answered."""
    return next((one for one in results.contrasts if (one.a, one.b) == ("natural", "synthetic")), None)


def contrast_sentence(contrast: Contrast, kind: RespondentKind) -> str:
    """Return the contrast with its interval and n in percentage points."""
    low, high = contrast.interval
    n = text.respondent_count(contrast.n_participants, kind)
    trials = f"{contrast.n_trials_a + contrast.n_trials_b:,} trials"
    points = f"{100 * contrast.estimate:+.1f} points, 95 % interval {100 * low:+.1f} to {100 * high:+.1f}"
    return f"{points.replace('-', '−')} ({n}, {trials})"


def accuracy_table(people: Results, observers: Results) -> list[dict[str, Any]]:
    """Return the numbers behind the accuracy figure, one row a condition and kind of respondents."""
    return [
        {
            "Answered by": text.RESPONDENTS[kind],
            "Condition": condition,
            "Accuracy": f"{value.mean:.1%}",
            "± 2 SEM": "" if value.two_sem is None else f"{value.two_sem:.1%}",
            "95 % Wilson": f"{value.wilson[0]:.1%} to {value.wilson[1]:.1%}",
            "Trials": value.n_trials,
            "n": value.n_participants,
        }
        for kind, results in zip(KINDS, (people, observers), strict=True)
        for condition in CONDITIONS
        if (value := results.accuracy.get(condition)) is not None
    ]
