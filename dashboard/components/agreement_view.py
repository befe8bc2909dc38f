"""Machine observers beside people: what each observer is, what it says by condition, and how far it agrees with people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.design_spec import in_order
from core.inference import Results
from core.inference.agreement import Agreement
from core.services.observer_results import ObserverResults
from core.store.observations import ObserverCard
from dashboard import results_text, text
from dashboard.components import comparison


def observers_beside_people(people: Results | None, observers: Sequence[ObserverResults]) -> None:
    """Draw people and every observer as rows of one table, then each observer's agreement with people."""
    if not observers:
        st.info(text.NOBODY_YET["observers"])
        return
    st.markdown(results_text.AGREEMENT_NOTE)
    rows = [_row(results_text.PEOPLE, "", people)] if people is not None and people.n_main_answers else []
    rows += [_row(one.card.name, label_of(one.card), one.results) for one in observers]
    st.dataframe(rows, hide_index=True, width="stretch", height="content", key="observers-beside-people")
    for one in observers:
        with st.container(border=True):
            st.markdown(f"**{one.card.name}** · {label_of(one.card)}")
            st.caption(one.card.description)
            _agreement(one.agreement, key=one.card.name)


def label_of(card: ObserverCard) -> str:
    """Return what an observer is to be taken for."""
    if card.kind == "baseline":
        return results_text.BASELINE
    calibrated = results_text.UNCALIBRATED
    if card.temperature is not None:
        calibrated = results_text.CALIBRATED.format(temperature=card.temperature, lapse=100 * card.lapse)
    return "; ".join([*([results_text.BIASED] if card.is_biased else []), calibrated])


def _row(name: str, label: str, results: Results) -> dict[str, Any]:
    shares = {condition: _share(results.accuracy[condition].mean, results.accuracy[condition].wilson) for condition in _conditions(results)}
    contrast = comparison.contrast_of(results)
    difference = "" if contrast is None else _points(contrast.estimate, contrast.interval)
    return {results_text.ANSWERED_BY: name, **shares, text.CONTRAST: difference, results_text.LABEL: label}


def _conditions(results: Results) -> tuple[str, ...]:
    return in_order(results.accuracy)


def _agreement(found: Agreement | None, *, key: str) -> None:
    if found is None:
        st.caption(results_text.NO_AGREEMENT)
        return
    rows = [_by_condition(found, condition) for condition in in_order(found.by_condition)]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch", height="content", key=f"agreement/{key}")
    lines = [line for name, one in {**found.by_unit, **found.difference_by_unit}.items() if (line := _correlation(name, one))]
    if found.all_trials is not None:
        lines.append(
            results_text.SAME_CHOICE.format(
                share=100 * found.all_trials.same_choice,
                interval=_interval(found.all_trials.same_choice_interval, 100),
                trials=found.all_trials.n_trials,
            )
        )
    if found.fit is not None and found.fit.temperature is not None:
        lines.append(results_text.FITTED.format(temperature=found.fit.temperature, lapse=100 * found.fit.lapse, trials=found.fit.n_trials))
    st.markdown("\n".join(f"- {line}" for line in lines))
    methods = {one.method for one in found.by_condition.values()}
    st.caption("; ".join(sorted(methods)))


def _by_condition(found: Agreement, condition: str) -> Mapping[str, Any]:
    one = found.by_condition[condition]
    return {
        results_text.CONDITION: condition,
        results_text.OBSERVER: f"{100 * one.observer:.1f} %",
        results_text.PEOPLE: f"{100 * one.people:.1f} %",
        results_text.DIFFERENCE: _points(one.difference, one.interval),
        results_text.N_UNITS: one.n_units,
        results_text.N_TRIALS: one.n_trials,
    }


def _correlation(name: str, one: Any) -> str | None:
    if one.spearman is None:
        return None
    return results_text.CORRELATION.format(
        name=name.replace("_minus_", " − "), value=one.spearman.estimate, interval=_interval(one.spearman.interval), n=one.n_units
    )


def _interval(interval: tuple[float | None, float | None] | None, scale: float = 1) -> str:
    if interval is None or interval[0] is None or interval[1] is None:
        return results_text.NO_INTERVAL
    digits = 0 if scale == 100 else 2
    return results_text.INTERVAL.format(low=f"{scale * interval[0]:.{digits}f}", high=f"{scale * interval[1]:.{digits}f}")


def _share(mean: float, interval: tuple[float, float]) -> str:
    return f"{100 * mean:.1f} % ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _points(estimate: float, interval: tuple[float, float]) -> str:
    return f"{100 * estimate:+.1f} ({100 * interval[0]:+.1f} to {100 * interval[1]:+.1f})".replace("-", "−")
