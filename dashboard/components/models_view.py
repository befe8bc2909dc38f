"""The models of the answers: asked for by a button, fitted beside the page, shown with n, method and seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from core.inference.models import Models
from core.services.results.model_desk import Fitting
from dashboard import results_text

REFRESH_S: Final = 1.0


def models_view(look: Callable[[], Fitting | None], fit: Callable[[], None], *, n_now: int) -> None:
    """Draw the fit as it stands and the button that asks for one; `n_now`: main answers that count now."""
    st.markdown(results_text.MODELS_NOTE)
    found = look()
    if found is not None and found.is_running:
        _running(look)
        return
    st.button(results_text.FIT if found is None else results_text.FIT_AGAIN, on_click=fit, type="primary", key="fit-models")
    if found is None:
        return
    if found.problem is not None:
        st.error(found.problem)
    if found.n_answers != n_now:
        st.caption(results_text.STALE.format(n=found.n_answers, now=n_now))
    if found.models is not None:
        _drawn(found.models)


def model_rows(models: Models) -> list[dict[str, Any]]:
    """Return what was fitted, one row a number: what it is, the estimate with its interval, n, seconds."""
    rows = []
    effects, mixed, bayes, power = models.effect_sizes, models.mixed_model, models.bayesian, models.power
    if effects is not None:
        n = results_text.N_OVER.format(n=effects.n, over=effects.over)
        rows.append(_row("effect_sizes", results_text.MEAN_DIFFERENCE, effects.difference, n, models, scale=100))
        named = {
            results_text.DZ: effects.cohen_dz,
            results_text.RANK_BISERIAL: effects.rank_biserial,
            results_text.ODDS: effects.odds_ratio,
        }
        rows += [_row("effect_sizes", name, one, n, models) for name, one in named.items() if one is not None]
    if mixed is not None:
        n = results_text.N_CROSSED.format(
            participants=mixed.n_participants, units=mixed.n_units, trials=mixed.n_trials_a + mixed.n_trials_b
        )
        by_name = {
            results_text.MIXED: (100 * mixed.difference, _scaled(mixed.difference_interval, 100)),
            results_text.MIXED_ODDS: (mixed.log_odds_ratio, mixed.log_odds_ratio_interval),
        }
        for name, (estimate, interval) in by_name.items():
            shown = name if mixed.is_converged else results_text.NOT_CONVERGED.format(name=name)
            rows.append(_cells("mixed_model", shown, estimate, interval, n, models))
    if bayes is not None:
        n = results_text.N_CROSSED_TRIALS.format(participants=bayes.n_participants, trials=bayes.n_trials_a + bayes.n_trials_b)
        rows.append(_cells("bayesian", results_text.BAYES, 100 * bayes.difference, _scaled(bayes.interval, 100), n, models))
    if power is not None:
        for one in power.needed:
            words = results_text.NEEDED.format(within=100 * one.within)
            n = results_text.MORE.format(more=one.n_more_participants)
            rows.append(_cells("power", words, one.n_participants, None, n, models, digits=0))
    return rows


def _running(look: Callable[[], Fitting | None]) -> None:
    @st.fragment(run_every=REFRESH_S)
    def draw() -> None:
        now = look()
        if now is None or not now.is_running:
            st.rerun()
        st.info(results_text.FITTING.format(n=now.n_answers, seconds=now.seconds))

    draw()


def _drawn(models: Models) -> None:
    st.dataframe(model_rows(models), hide_index=True, width="stretch", height="content", key="models")
    for name, reason in models.absent.items():
        st.caption(results_text.ABSENT.format(name=results_text.PARTS.get(name, name), reason=reason))
    parts = {"effect_sizes": models.effect_sizes, "mixed_model": models.mixed_model, "bayesian": models.bayesian, "power": models.power}
    with st.expander(results_text.METHODS):
        for name, part in parts.items():
            method = getattr(part, "method", None) or getattr(getattr(part, "difference", None), "method", None)
            if method:
                st.caption(results_text.METHOD_LINE.format(name=results_text.PARTS[name], method=method, seconds=models.seconds[name]))
        st.caption(results_text.SEED.format(seed=models.seed, n=models.n_answers))


def _row(part: str, name: str, one: Any, n: str, models: Models, *, scale: float = 1) -> dict[str, Any]:
    return _cells(part, name, scale * one.estimate, _scaled(one.interval, scale), n, models)


def _cells(
    part: str, name: str, estimate: float, interval: tuple[float | None, float | None] | None, n: str, models: Models, *, digits: int = 2
) -> dict[str, Any]:
    bounds = zip(interval or (), ("-∞", "∞"), strict=False)
    words = " to ".join(infinite if bound is None else f"{bound:.{digits}f}" for bound, infinite in bounds)
    return {
        results_text.PART: results_text.PARTS[part],
        results_text.NUMBER: name,
        results_text.ESTIMATE: f"{estimate:.{digits}f}".replace("-", "−"),
        results_text.INTERVAL_95: words.replace("-", "−"),
        results_text.N: n,
        results_text.SECONDS: f"{models.seconds[part]:.2f}",
    }


def _scaled(interval: tuple[float | None, float | None] | None, scale: float) -> tuple[float | None, float | None] | None:
    if interval is None:
        return None
    low, high = interval
    return None if low is None else scale * low, None if high is None else scale * high
