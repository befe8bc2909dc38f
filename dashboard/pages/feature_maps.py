"""The wall of units with its filters and map; a unit's own view when the address names one (?unit=mixed4b:465)."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from core.domain import Study
from core.errors import StoreError, UsageError
from core.services.unit_finding import Filters, Found, Order, UnitFinder
from core.services.unit_names import parse_unit
from core.services.unit_opinions import SCORE
from core.services.unit_scores import UnitScores
from dashboard import browse_text, resources, score_resources, score_text, state, text, wall_resources
from dashboard.components import empty, wall_controls, wall_map
from dashboard.components.image_grid import unit_grid
from dashboard.components.network_map import network_map
from dashboard.components.unit_scores import judge_choice
from dashboard.components.wall_tiles import TILE_PX, addresses, unit_tiles
from dashboard.navigation import link
from dashboard.pages.unit import render_unit
from dashboard.pages.unit_jobs import render_these_units
from dashboard.routes import IMAGE_URL, THUMB_URL
from dashboard.score_resources import Judge

PAGE_SIZE: Final = 48


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    name = st.query_params.get(state.UNIT)
    if name:
        _unit(study, name)
    else:
        _wall(study)


def _unit(study: Study, name: str) -> None:
    try:
        view = resources.unit_view(study, parse_unit(study.network, name))
    except UsageError as error:
        st.error(str(error))
        st.button(text.BACK, on_click=state.close_unit)
        return
    render_unit(study, view)


def _wall(study: Study) -> None:
    aside, main = st.columns([1, 4.4], gap="medium")
    with aside:
        search = wall_controls.search()
        sorted_in, judged_in = st.container(), st.container()
        with judged_in:
            judge, scores, finder = _finder(study)
        with sorted_in:
            order = wall_controls.order_choice(finder, wall_controls.order_labels(finder, scores))
        if judge is not None and order.measure is not None and order.measure.startswith(SCORE):
            judged_in.caption(score_text.judge_note(judge.card))
        layer, branch = wall_controls.places(study)
        made_only = wall_controls.made_choice(
            st.container(),
            n=int(finder.table.is_made.sum()),
            has_methods=bool(resources.methods(study)),
            default=bool(finder.table.is_rendered.any()),
        )
    filters = wall_controls.filters_of(layer=layer, branch=branch, search=search, made_only=made_only)
    found = finder.find(filters, order)
    with aside:
        wall_controls.facets(finder, filters, found, key=f"facets/{study.key}")
        render_these_units(study, finder.table, found)
    with main:
        _map(study, finder, filters, found, order)
        _tiles(study, finder, found, order=order, scores=scores)


def _finder(study: Study) -> tuple[Judge | None, UnitScores | None, UnitFinder]:
    """Draw the choice of who judges units, where anybody has answered; return that, the scores, and what searches the units."""
    judges = score_resources.judges(study)
    if not judges:
        return None, None, wall_resources.finder(study, None)
    judge = judges[judge_choice([one.card for one in judges])]
    try:
        return judge, score_resources.unit_scores(judge), wall_resources.finder(study, judge)
    except StoreError as error:
        st.warning(str(error))
        return None, None, wall_resources.finder(study, None)


def _map(study: Study, finder: UnitFinder, filters: Filters, found: Found, order: Order) -> None:
    line, colour = st.columns([3, 1], vertical_alignment="bottom")
    line.caption(text.study_line(study))
    with colour:
        measured = wall_map.colour_choice(finder, order)
    columns, legend = wall_map.map_of(finder, filters, found, measured)
    choose = partial(wall_controls.choose_place, study)
    network_map(columns, title=browse_text.MAP_TITLE, legend=legend, key=f"map/{study.key}", on_choose=choose)


def _tiles(study: Study, finder: UnitFinder, found: Found, *, order: Order, scores: UnitScores | None) -> None:
    n_pages = max(1, -(-len(found.rows) // PAGE_SIZE))
    page = min(state.wall_page(), n_pages)
    if page != state.wall_page():
        st.session_state[state.WALL_PAGE] = page
    if not len(found.rows):
        st.info(text.NO_UNITS)
        st.button(text.CLEAR_FILTERS, on_click=wall_controls.clear)
        return
    left, middle, right = st.columns([2, 3, 4], vertical_alignment="center")
    left.markdown(browse_text.N_UNITS.format(found=text.unit_count(len(found.rows)), of=len(finder.table)))
    with middle:
        guise = wall_controls.guise_choice()
    if n_pages > 1:
        with right:
            st.pagination(n_pages, key=state.WALL_PAGE, bind="query-params")
    rows = found.rows[(page - 1) * PAGE_SIZE : (page + 1) * PAGE_SIZE].tolist()
    tiles = unit_tiles(finder, rows, guise=guise, order=order, scores=scores)
    ahead = [address for tile in tiles[PAGE_SIZE:] for address in addresses(tile)]
    unit = unit_grid(
        tiles[:PAGE_SIZE],
        image_url=IMAGE_URL,
        thumb_url=THUMB_URL,
        key=f"wall/{study.key}",
        tile_px=TILE_PX[guise],
        ahead=ahead,
    )
    if unit is not None:
        state.open_unit(study.key, unit)
        st.rerun()
