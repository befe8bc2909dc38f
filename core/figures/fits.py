"""What is fitted on demand: the difference by every method side by side, and how precisely more participants would know it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt

from core.figures import captions
from core.figures.encoding import data, layered, number, over, places_y, word
from core.figures.figure import Figure, Row
from core.figures.theme import DASHED, HEIGHT_PX, INK, LABEL_PX, PALE
from core.inference import Results
from core.inference.models import Models
from core.inference.power import ASSURANCE, PowerPlan

METHODS_TITLE: Final = "The difference by method"
POWER_TITLE: Final = "How precisely more participants would know it"
NOT_CONVERGED: Final = "mixed model, not converged"
ROW_PX: Final = 34
POINTS: Final = "datum.value ? format(100 * datum.value, '+.0f') : '0'"
MOST_SHOWN: Final = 4  # times the participants there are, or what is needed for the narrowest half-width that is asked for
Fit = tuple[str, float, float, float]


def models_figures(results: Results, models: Models) -> tuple[Figure, ...]:
    """Return the figures of fitted models: the difference by method, and the plan where there is one."""
    found = (difference_figure(results, models), None if models.power is None else power_figure(models.power))
    return tuple(one for one in found if one is not None)


def difference_figure(results: Results, models: Models) -> Figure | None:
    """Return A - B with the 95 % interval of each method; None where there is none."""
    fits = list(_fits(results, models))
    if not fits:
        return None
    rows: tuple[Row, ...] = tuple({"method": name, "difference": value, "low": low, "high": high} for name, value, low, high in fits)
    names = [name for name, *_ in fits]
    caption = (
        f"Difference of proportions correct, {models.a} − {models.b}, with 95 % intervals; n = {models.n_answers:,} answers of "
        f"{captions.respondents(results.n_participants, 'people')}. The mixed model is about participants and units in general, the "
        f"others about participants with these units; only the anytime interval holds however often one looks.{_warning(models)}"
    )
    return Figure("difference", METHODS_TITLE, caption, _forest(fits, names, f"{models.a} − {models.b} (points)"), rows)


def power_figure(plan: PowerPlan) -> Figure:
    """Return the half-width of the 95 % interval by number of participants, beside what is needed for the half-widths asked for."""
    rows = tuple(
        {"participants": one.n_participants, "half_width": one.half_width, "half_width_assured": one.half_width_assured, "power": one.power}
        for one in plan.rows
    )
    needed = "; ".join(f"± {100 * one.within:g} points: {one.n_participants:,}" for one in plan.needed)
    so_far = "" if plan.half_width is None else f" Now ± {100 * plan.half_width:.1f} points in the median study."
    assumed = "from the answers" if plan.source == "answers" else "assumed, before any answer"
    sd = ", how little these participants tell of the sd being counted" if plan.source == "answers" else ""
    caption = (
        f"Half-width of the 95 % t interval of {plan.a} − {plan.b} over participants with {plan.n_trials:g} trials in each condition; n = "
        f"{plan.n_participants:,} participants so far, variation {assumed}. Line: in the median study; dashed: not exceeded in "
        f"{ASSURANCE:.0%} of studies{sd}.{so_far} Participants needed, assured: {needed}."
    )
    return Figure("power", POWER_TITLE, caption, _plan(plan), rows)


def _fits(results: Results, models: Models) -> Iterator[Fit]:
    name = f"{models.a}_minus_{models.b}"
    contrast, sequence = results.contrast.get(name), results.confidence_sequence.get(name)
    if contrast is not None:
        yield "fixed n", contrast.estimate, *contrast.interval
    if sequence is not None:
        yield "any time", sequence.estimate, *sequence.interval
    if models.effect_sizes is not None and models.effect_sizes.difference.interval is not None:
        low, high = models.effect_sizes.difference.interval
        if low is not None and high is not None:
            yield "bootstrap", models.effect_sizes.difference.estimate, low, high
    if models.mixed_model is not None:
        yield (
            "mixed model" if models.mixed_model.is_converged else NOT_CONVERGED,
            models.mixed_model.difference,
            *models.mixed_model.difference_interval,
        )
    if models.bayesian is not None:
        yield "Bayesian", models.bayesian.difference, *models.bayesian.interval


def _warning(models: Models) -> str:
    is_bad = models.mixed_model is not None and not models.mixed_model.is_converged
    return " The mixed model's fit did not converge: its numbers are not to be relied on." if is_bad else ""


def _forest(fits: Sequence[Fit], names: Sequence[str], title: str) -> alt.LayerChart:
    ends = [0.0, *(end for _, _, low, high in fits for end in (low, high))]
    room = 0.08 * (max(ends) - min(ends) or 1.0)
    scale = alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False, zero=False)
    x = alt.X("value:Q", title=title, scale=scale, axis=alt.Axis(labelExpr=POINTS, tickCount=7))
    y = places_y(names)
    values = [{"method": name, "y": place, "value": value, "low": low, "high": high} for place, (name, value, low, high) in enumerate(fits)]
    tooltip = [word("method"), *(number(name, label, "+.1%") for name, label in (("value", "difference"), ("low", "from"), ("high", "to")))]
    base = alt.Chart(data(values)).encode(y=y, tooltip=tooltip, key=alt.Key("method:N"))
    zero = alt.Chart(data([{"value": 0}])).mark_rule(color=INK, opacity=0.6, strokeDash=list(DASHED)).encode(x=x)
    rule = base.mark_rule(strokeWidth=2, color=INK).encode(x=over(x, "low"), x2=alt.X2("high:Q"))
    return layered([zero, rule, base.mark_circle(size=80, color=INK, opacity=1).encode(x=x)], height_px=ROW_PX * len(names) + 20)


def _plan(plan: PowerPlan) -> alt.LayerChart:
    last = max(10, MOST_SHOWN * plan.n_participants, *(one.n_participants for one in plan.needed[1:]))
    rows = [one for one in plan.rows if one.n_participants <= last]
    top = 1.05 * (rows[1] if len(rows) > 1 else rows[0]).half_width_assured
    scale = alt.Scale(type="log", domain=[rows[0].n_participants, rows[-1].n_participants * 1.25], nice=False)
    x = alt.X("n:Q", title="Participants", scale=scale, axis=alt.Axis(grid=False, values=[one.n_participants for one in rows], format="d"))
    axis = alt.Axis(labelExpr="'± ' + format(100 * datum.value, '.0f')", tickCount=6)
    y = alt.Y("value:Q", title="Half-width (points)", scale=alt.Scale(domain=[0, top], nice=False), axis=axis)
    values = [{"n": one.n_participants, "value": one.half_width, "assured": one.half_width_assured, "power": one.power} for one in rows]
    tooltip = [number("n", "participants", ","), number("value", "half-width", ".1%"), number("assured", "assured", ".1%")]
    base = alt.Chart(data(values)).encode(x=x, y=y)
    line, dashed = base.mark_line(strokeWidth=1.8, color=INK, clip=True), base.mark_line(strokeDash=list(DASHED), color=INK, clip=True)
    dot = base.mark_circle(size=36, color=INK, opacity=1, clip=True).encode(tooltip=[*tooltip, number("power", "power", ".0%")])
    return layered([line, dashed.encode(y=over(y, "assured")), dot, *_now(plan, x, y)], height_px=HEIGHT_PX)


def _now(plan: PowerPlan, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    """Return a mark at the participants there are."""
    if plan.half_width is None:
        return []
    values: list[dict[str, Any]] = [{"n": plan.n_participants, "value": plan.half_width, "label": f"now, {plan.n_participants:,}"}]
    base = alt.Chart(data(values)).encode(x=x, y=y)
    name = base.mark_text(align="right", dx=-5, dy=14, fontSize=LABEL_PX, color=INK, opacity=PALE).encode(text=alt.Text("label:N"))
    return [base.mark_circle(size=110, color=INK, opacity=1), name]
