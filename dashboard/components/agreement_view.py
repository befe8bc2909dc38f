"""Machine observers beside people: what each observer is, what it says by condition, and how far it agrees with people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.design_spec import in_order
from core.inference import Results
from core.inference.agreement import Agreement
from core.services.agreement_words import agreement_lines, calibration_line
from core.services.observer_results import ObserverResults
from dashboard import results_text, text
from dashboard.components import comparison


def observers_beside_people(people: Results | None, observers: Sequence[ObserverResults]) -> None:
    """Draw people and every observer as rows of one table, then each observer's agreement with people."""
    if not observers:
        st.info(text.NOBODY_YET["observers"])
        return
    st.markdown(results_text.AGREEMENT_NOTE)
    rows = [_row(results_text.PEOPLE, "", people)] if people is not None and people.n_main_answers else []
    rows += [_row(one.card.name, label_of(one), one.results) for one in observers]
    st.dataframe(rows, hide_index=True, width="stretch", height="content", key="observers-beside-people")
    for one in observers:
        with st.container(border=True):
            st.markdown(f"**{one.card.name}** · {label_of(one)}")
            st.caption(one.card.description)
            _agreement(one.agreement)


def label_of(one: ObserverResults) -> str:
    """Return what an observer is to be taken for."""
    if one.card.kind == "baseline":
        return results_text.BASELINE
    calibration = calibration_line(one.card, one.agreement)
    return f"{results_text.BIASED}; {calibration}" if one.card.is_biased else calibration


def _row(name: str, label: str, results: Results) -> dict[str, Any]:
    shares = {condition: _share(results.accuracy[condition].mean, results.accuracy[condition].wilson) for condition in _conditions(results)}
    contrast = comparison.contrast_of(results)
    difference = "" if contrast is None else _points(contrast.estimate, contrast.interval)
    return {results_text.ANSWERED_BY: name, **shares, text.CONTRAST: difference, results_text.LABEL: label}


def _conditions(results: Results) -> tuple[str, ...]:
    return in_order(results.accuracy)


def _agreement(found: Agreement | None) -> None:
    if found is None:
        st.caption(results_text.NO_AGREEMENT)
        return
    st.markdown("\n".join(f"- {line}" for line in agreement_lines(found)).replace(" -", " −"))
    with st.expander(results_text.METHODS):
        for method in dict.fromkeys(_methods(found)):
            st.caption(method)


def _methods(found: Agreement) -> list[str]:
    said = [one.method for one in found.by_condition.values()]
    correlations = [value for one in found.by_unit.values() for value in (one.spearman, one.pearson)]
    said += [one.method for one in correlations if one is not None]
    said += [] if found.all_trials is None else [found.all_trials.method]
    return said + ([] if found.fit is None else [found.fit.method])


def _share(mean: float, interval: tuple[float, float]) -> str:
    return f"{100 * mean:.1f} % ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _points(estimate: float, interval: tuple[float, float]) -> str:
    return f"{100 * estimate:+.1f} ({100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})".replace("-", "−")
