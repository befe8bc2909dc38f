"""The map of a study's network as the wall knows it: how many units fit in each place, coloured by a measure."""

from __future__ import annotations

import streamlit as st

from core.domain import Layer
from core.services.unit_finding import Filters, Found, Order, UnitFinder
from core.services.unit_measures import Measured, words_of
from dashboard import browse_text, state
from dashboard.components.network_map import MapLayer, MapPlace


def colour_choice(finder: UnitFinder, order: Order) -> Measured | None:
    """Draw the choice of the measure that colours the map; unless chosen, it is the one that units are sorted by."""
    labels = {one.measure.words: one for one in finder.measures.values()}
    if not labels:
        return None
    first = next(iter(labels))
    sorted_by = first if order.measure is None else finder.measures[order.measure].measure.words
    chosen = st.selectbox(browse_text.COLOUR, list(labels), index=None, placeholder=sorted_by, key=state.COLOUR, bind="query-params")
    return labels[chosen or sorted_by]


def map_of(finder: UnitFinder, filters: Filters, found: Found, measured: Measured | None) -> tuple[list[MapLayer], tuple[str, str, str]]:
    """Return the map's columns, and its legend: lowest value, words, highest value."""
    values = {} if measured is None else finder.colours(measured.measure.name)
    low, high = (min(values.values()), max(values.values())) if values else (0.0, 0.0)
    table, columns = finder.table, []
    for place, layer in enumerate(table.layers):
        own = [(place, table.branches.index(branch.name)) for branch in layer.branches]
        if not any(one in found.by_place for one in own):
            continue
        places = []
        for one, branch in zip(own, layer.branches, strict=True):
            n = found.by_place.get(one, 0)
            words = browse_text.MAP_PLACE.format(layer=layer.name, branch=branch.name, n=n, of=branch.stop - branch.start)
            if measured is not None and one in values:
                value = words_of(values[one], measured.measure.kind)
                words = browse_text.MAP_MEAN.format(place=words, measure=measured.measure.words, value=value)
            shade = None if one not in values else (values[one] - low) / (high - low) if high > low else 1.0
            is_chosen = filters.layer in (None, layer.name) and filters.branch == branch.name
            places.append(MapPlace(branch.name, n, shade, words, is_chosen or (len(own) == 1 and filters.layer == layer.name)))
        columns.append(MapLayer(layer.name, _whole(layer, sum(one.n_found for one in places)), tuple(places), filters.layer == layer.name))
    if measured is None or not values:
        return columns, ("", "", "")
    kind = measured.measure.kind
    return columns, (words_of(low, kind), measured.measure.words, words_of(high, kind))


def _whole(layer: Layer, n: int) -> str:
    return browse_text.MAP_WHOLE.format(layer=layer.name, n=n, of=layer.n_channels)
