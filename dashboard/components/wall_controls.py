"""What the wall is narrowed to and sorted by, drawn and read: widgets bound to the address, and the filters that only the address holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain import Study
from core.services.unit_finding import Filters, Found, Order, Range, UnitFinder
from core.services.unit_measures import Measured
from core.services.unit_opinions import SCORE, score_name
from core.services.unit_scores import ScoreOrder, UnitScores
from dashboard import browse_text, score_text, state, text
from dashboard.browse_text import Guise
from dashboard.components.wall_filters import FilterGroup, FilterOption, FilterRange, wall_filters

Orders = Mapping[str, str | None]  # the name of a measure by the label that is chosen


def search() -> str:
    """Draw the search; return what is searched."""
    return st.text_input(
        text.SEARCH, placeholder=browse_text.SEARCH_HINT, key=state.SEARCH, bind="query-params", on_change=state.first_wall_page
    )


def guise_choice() -> Guise:
    """Draw the choice of a unit's images; return it."""
    chosen = st.segmented_control(
        browse_text.GUISE,
        list(browse_text.GUISES),
        default=browse_text.BOTH,
        required=True,
        key=state.GUISE,
        bind="query-params",
        label_visibility="collapsed",
    )
    return browse_text.GUISES[chosen or browse_text.BOTH]


def places(study: Study) -> tuple[str | None, str | None]:
    """Draw the choices of a layer and a branch; return both, None where all are shown."""
    layers = [layer.name for layer in study.network.all_layers]
    branches = list(dict.fromkeys(branch.name for layer in study.network.layers for branch in layer.branches))
    turn = state.first_wall_page
    layer = st.selectbox(
        text.LAYER, [text.ALL_LAYERS, *layers], key=state.LAYER, bind="query-params", persist_state="session", on_change=turn
    )
    branch = None
    if len(branches) > 1:
        branch = st.segmented_control(text.BRANCH, branches, key=state.BRANCH, bind="query-params", on_change=turn)
    return None if layer == text.ALL_LAYERS else layer, branch


def choose_place(study: Study, layer: str, branch: str | None) -> None:
    """Narrow the wall to a layer and branch; to all where it is narrowed to them already."""
    known = sum(len(one.branches) > 1 for one in study.network.layers)
    again = (st.session_state.get(state.LAYER), st.session_state.get(state.BRANCH)) == (layer, branch)
    st.session_state[state.LAYER] = text.ALL_LAYERS if again else layer
    if known:
        st.session_state[state.BRANCH] = None if again else branch
    state.first_wall_page()


def order_labels(finder: UnitFinder, scores: UnitScores | None) -> Orders:
    """Return the measure of every order that can be chosen, by its label: the network's order, scores, then everything else."""
    orders: Sequence[ScoreOrder] = () if scores is None else scores.orders()
    by_scores = {score_text.sort_label(one): score_name(one) for one in orders if score_name(one) in finder.measures}
    others = {one.measure.words: name for name, one in finder.measures.items() if not name.startswith(SCORE)}
    return {score_text.sort_label(None): None, **by_scores, **others}


def order_choice(finder: UnitFinder, orders: Orders) -> Order:
    """Draw the choice of an order; return it."""
    turn = state.first_wall_page
    label = st.selectbox(score_text.SORT, list(orders), key=state.SORT, bind="query-params", on_change=turn, help=score_text.SORT_HELP)
    measured = finder.measures.get(orders.get(label or "") or "")
    if measured is None:
        return Order()
    lowest = st.toggle(browse_text.LOWEST_FIRST, key=state.LOWEST_FIRST, bind="query-params", on_change=turn)
    grouped = st.toggle(browse_text.GROUPED, key=state.GROUPED, bind="query-params", on_change=turn)
    return Order(measured.measure.name, lowest_first=lowest, grouped=grouped)


def made_choice(place: st.delta_generator.DeltaGenerator, *, n: int | None, has_methods: bool, default: bool) -> bool:
    """Draw the filter for units with images that were made, with how many there are where that is known."""
    label = text.MADE_ONLY if has_methods else text.RENDERED_ONLY
    words = label if n is None else browse_text.WITH_COUNT.format(label=label, n=n)
    chosen: bool = place.toggle(words, value=default, key=state.RENDERED, bind="query-params", on_change=state.first_wall_page)
    return chosen


def filters_of(*, layer: str | None, branch: str | None, search: str, made_only: bool) -> Filters:
    """Return what the wall is narrowed to: the widgets' choices and those of the address."""
    lives, statuses, tags = (frozenset(state.asked(name)) for name in (state.LIFE, state.STATUS, state.TAG))
    ranges = tuple(found for one in state.asked(state.WHERE) if (found := range_of(one)) is not None)
    return Filters(layer, branch, search, made_only, lives, statuses, tags, ranges)


def range_of(asked: str) -> Range | None:
    """Return the range that an address writes measure:least..most, either end left out; None where it is not written so."""
    measure, colon, ends = asked.partition(":")
    least, dots, most = ends.partition("..")
    try:
        low, high = (float(end) if end else None for end in (least, most))
    except ValueError:
        return None
    if not colon or not dots or any(end is not None and math.isnan(end) for end in (low, high)):
        return None
    return Range(measure, low, high)


def facets(finder: UnitFinder, filters: Filters, found: Found, *, key: str) -> None:
    """Draw the filters with counts."""
    chosen = {state.LIFE: filters.lives, state.STATUS: filters.statuses, state.TAG: filters.tags}
    titles = {state.LIFE: browse_text.LIFE, state.STATUS: browse_text.STATUS, state.TAG: browse_text.TAGS}
    counts = {state.LIFE: found.lives, state.STATUS: found.statuses, state.TAG: found.tags}
    groups = [
        FilterGroup(name, titles[name], tuple(FilterOption(value, value, n, value in chosen[name]) for value, n in counts[name].items()))
        for name in titles
        if counts[name]
    ]
    ranges = [_filter_range(one, finder.measures[one.measure], found) for one in filters.ranges if one.measure in finder.measures]
    measures = [(name, one.measure.words) for name, one in finder.measures.items()]
    wall_filters(groups, ranges, measures=measures, key=key, on_change=state.ask)


def _filter_range(asked: Range, measured: Measured, found: Found) -> FilterRange:
    bins = found.bins[asked.measure]
    return FilterRange(asked.measure, measured.measure.words, bins.low, bins.high, bins.counts, asked.low, asked.high)


def clear() -> None:
    """Show all units again."""
    st.session_state[state.LAYER] = text.ALL_LAYERS
    st.session_state[state.BRANCH] = None
    st.session_state[state.SEARCH] = ""
    st.session_state[state.RENDERED] = False
    for name in (state.LIFE, state.STATUS, state.TAG, state.WHERE):
        state.ask(name, [])
