"""The comparison of conditions as a chart and in sentences, from a Comparison record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

from core.design_spec import Condition
from core.experiment import RespondentKind
from core.inference import Results
from core.inference.contrasts import Contrast
from dashboard import text
from dashboard.components.charts import AccuracyRow, accuracy_chart

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
