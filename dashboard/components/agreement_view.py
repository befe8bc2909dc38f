"""Machine observers beside people: what each observer is, what it says by condition, and how far it agrees with people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import streamlit as st

from core.design_spec import in_order
from core.figures import captions
from core.inference import Results
from core.inference.agreement import Agreement, UnitCorrelation
from core.inference.bootstrap import Bootstrapped
from core.inference.choices import narrowed_by
from core.inference.scope import Scope
from core.services.observers.agreement_words import agreement_lines, calibration_line
from core.services.observers.observer_results import ObserverResults
from dashboard import results_text, text
from dashboard.components import comparison

Row = dict[str, Any]


def observers_beside_people(name: str, people: Results, observers: Sequence[ObserverResults], *, scope: Scope) -> None:
    """Draw people (of this name) and every observer as rows of one table, then each observer's agreement with people; both of a scope."""
    if not observers:
        st.info(results_text.NO_OBSERVER_LEFT if scope.conditions else text.NOBODY_YET["observers"])
        return
    st.markdown(results_text.AGREEMENT_NOTE)
    for line in _narrowed(scope):
        st.caption(line)
    rows = [_row(name, people)] if people.n_main_answers else []
    rows += [_row(one.card.name, one.results) for one in observers]
    st.dataframe(rows, hide_index=True, width="content", height="content", key="observers-beside-people")
    for one in observers:
        with st.container(border=True):
            st.markdown(f"**{one.card.name}** · {_signed(label_of(one))}")
            st.caption(one.card.description)
            _agreement(one.agreement, name=one.card.name)


def label_of(one: ObserverResults) -> str:
    """Return what an observer is to be taken for."""
    if one.card.kind == "baseline":
        return results_text.BASELINE
    calibration = calibration_line(one.card, one.agreement)
    return f"{results_text.BIASED}; {calibration}" if one.card.is_biased else calibration


def _narrowed(scope: Scope) -> list[str]:
    """Return what each filter that is set narrows: people and observers, or people alone."""
    of_people = [word for word in narrowed_by(scope) if word != "condition"]
    names = ", ".join(scope.conditions)
    both = [results_text.BOTH_NARROWED.format(s="s" * (len(scope.conditions) > 1), names=names)] if names else []
    return both + ([results_text.PEOPLE_NARROWED.format(filters=", ".join(of_people))] if of_people else [])


def _row(name: str, results: Results) -> Row:
    shares = {one: _share(results.accuracy[one].mean, results.accuracy[one].wilson) for one in in_order(results.accuracy)}
    contrast = comparison.contrast_of(results)
    difference = "" if contrast is None else _points(contrast.estimate, contrast.interval)
    return {results_text.ANSWERED_BY: name, **shares, text.CONTRAST: difference}


def _agreement(found: Agreement | None, *, name: str) -> None:
    if found is None:
        st.caption(results_text.NO_AGREEMENT)
        return
    st.dataframe(_rows(found), hide_index=True, width="content", height="content", key=f"agreement/{name}")
    for line in agreement_lines(found, of_units=False):
        st.markdown(_signed(line[:1].upper() + line[1:]))
    with st.expander(results_text.METHODS):
        for method in dict.fromkeys(_methods(found)):
            st.caption(method)


def _rows(found: Agreement) -> list[Row]:
    """Return a row for each condition, then for each difference of two: what both say of the same units, and how far units correlate."""
    rows: list[Row] = [
        {
            results_text.SAME_UNITS: condition,
            results_text.OBSERVER: f"{100 * one.observer:.1f} %",
            results_text.PEOPLE: f"{100 * one.people:.1f} %",
            results_text.DIFFERENCE_POINTS: _points(one.difference, one.interval),
            **_correlated(found.by_unit.get(condition)),
            results_text.N: results_text.N_SAME.format(units=one.n_units, tasks=one.n_tasks, trials=one.n_trials),
        }
        for condition, one in found.by_condition.items()
    ]
    for pair, of in found.difference_by_unit.items():
        a, b = pair.split("_minus_")
        n = results_text.N_UNITS.format(units=of.n_units)
        empty = dict.fromkeys((results_text.OBSERVER, results_text.PEOPLE, results_text.DIFFERENCE_POINTS), "")
        rows.append({results_text.SAME_UNITS: text.CONTRAST_OF.format(a=a, b=b), **empty, **_correlated(of), results_text.N: n})
    return rows


def _correlated(one: UnitCorrelation | None) -> Row:
    return {} if one is None else {results_text.RANK_CORRELATION: _number(one.spearman), results_text.PEARSON: _number(one.pearson)}


def _number(one: Bootstrapped | None) -> str:
    if one is None:
        return results_text.UNDEFINED
    ends = "" if one.interval is None else f" ({' to '.join(_end(end) for end in one.interval)})"
    return _signed(f"{one.estimate:.2f}{ends}")


def _end(end: float | None) -> str:
    return results_text.OPEN if end is None else f"{end:.2f}"


def _methods(found: Agreement) -> Iterable[str]:
    said = [one.method for one in found.by_condition.values()]
    correlations = [value for one in found.by_unit.values() for value in (one.spearman, one.pearson)]
    said += [one.method for one in correlations if one is not None]
    said += [] if found.all_trials is None else [found.all_trials.method]
    return said + ([] if found.fit is None else [found.fit.method])


def _share(mean: float, interval: tuple[float, float]) -> str:
    return f"{100 * mean:.1f} % ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})"


def _points(estimate: float, interval: tuple[float, float]) -> str:
    return f"{captions.points(estimate)} ({' to '.join(map(captions.points, interval))})"


def _signed(words: str) -> str:
    """Return words with a true minus before numbers."""
    return re.sub(r"-(?=\d)", "−", words)
