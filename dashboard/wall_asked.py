"""What the wall's address asks for: filters, order, images, page. Names are those of state.py; what is written wrongly narrows nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain import Study
from core.services.units.unit_finding import Filters, Order, Range, UnitFinder
from core.services.units.unit_opinions import SCORE, score_name
from core.services.units.unit_scores import ScoreOrder, UnitScores
from dashboard import browse_text, score_text, state
from dashboard.browse_text import Guise

Address = Mapping[str, Sequence[str]]  # the values of each parameter
Orders = Mapping[str, str | None]  # the name of a measure by the label that is chosen
YES: Final = "true"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shown. `sorted_by`: the label of the order; `colour`: the words of the measure that colours the map, None: that of the
    order."""

    filters: Filters
    order: Order
    sorted_by: str
    guise: Guise
    colour: str | None
    page: int


def asked(address: Address, study: Study, finder: UnitFinder, orders: Orders) -> Asked:
    """Return what an address asks for of a study."""
    label = one(address, state.SORT)
    sorted_by = label if label in orders else next(iter(orders))
    measure = orders[sorted_by]
    colour = one(address, state.COLOUR)
    return Asked(
        filters=_filters(address, study, finder),
        order=Order(measure, lowest_first=_is_on(address, state.LOWEST_FIRST), grouped=_is_on(address, state.GROUPED)),
        sorted_by=sorted_by,
        guise=browse_text.GUISES.get(one(address, state.GUISE), "both"),
        colour=colour if any(colour == known.measure.words for known in finder.measures.values()) else None,
        page=_page(one(address, state.WALL_PAGE)),
    )


def one(address: Address, name: str) -> str:
    """Return the value of a parameter, empty where the address has none."""
    return next(iter(address.get(name, ())), "")


def is_of_wall(address: Address) -> bool:
    """Return whether an address says anything about the wall."""
    return any(address.get(name) for name in state.WALL)


def order_labels(finder: UnitFinder, scores: UnitScores | None) -> Orders:
    """Return the measure of every order that can be chosen, by its label: the network's order, scores, then everything else."""
    orders: Sequence[ScoreOrder] = () if scores is None else scores.orders()
    by_scores = {score_text.sort_label(one): score_name(one) for one in orders if score_name(one) in finder.measures}
    others = {one.measure.words: name for name, one in finder.measures.items() if not name.startswith(SCORE)}
    return {score_text.sort_label(None): None, **by_scores, **others}


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


def _filters(address: Address, study: Study, finder: UnitFinder) -> Filters:
    lives, statuses, tags = (frozenset(address.get(name, ())) for name in (state.LIFE, state.STATUS, state.TAG))
    layers = {layer.name for layer in study.network.all_layers}
    layer, branch = one(address, state.LAYER), one(address, state.BRANCH)
    return Filters(
        layer if layer in layers else None,
        branch if branch in finder.table.branches else None,
        one(address, state.SEARCH),
        _is_on(address, state.RENDERED) if address.get(state.RENDERED) else bool(finder.table.is_rendered.any()),
        lives,
        statuses,
        tags,
        tuple(found for text in address.get(state.WHERE, ()) if (found := range_of(text)) is not None),
    )


def _is_on(address: Address, name: str) -> bool:
    return one(address, name).lower() == YES


def _page(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else 1
