"""The wall of units with its filters; a unit's own view when the address names one (?unit=mixed4b:465)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.domain import Study
from core.errors import StoreError, UsageError
from core.services.unit_names import parse_unit
from core.services.unit_scores import ScoreOrder, UnitScores
from core.services.units import Wall
from dashboard import resources, score_resources, score_text, state, text
from dashboard.components import empty
from dashboard.components.image_grid import UnitTile, unit_grid
from dashboard.components.unit_scores import judge_choice, order_choice
from dashboard.navigation import link
from dashboard.pages.unit import render_unit
from dashboard.routes import IMAGE_URL, THUMB_URL

PAGE_SIZE: Final = 48


@dataclass(frozen=True, slots=True)
class Filters:
    """What the wall is narrowed to."""

    layer: str | None
    branch: str | None
    search: str
    rendered_only: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """What the wall is sorted by."""

    scores: UnitScores
    order: ScoreOrder


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
    st.caption(text.study_line(study))
    filters = _filters(study)
    sorting = _sorting(study)
    page, found = _asked_page(study, filters, sorting)
    if not found.tiles:
        st.info(text.NO_UNITS)
        st.button(text.CLEAR_FILTERS, on_click=_clear)
        return
    _pager(found)
    tiles = [
        UnitTile(
            str(row.unit),
            str(row.unit),
            text.TILE_SUBTITLE.format(branch=row.branch, high=row.high),
            row.best_natural,
            row.best_synthetic,
            row.by_methods,
            "" if sorting is None else score_text.tile_score(sorting.scores.of(row.unit), sorting.order),
        )
        for row in found.tiles
    ]
    key = f"wall/{study.key}/{filters}/{'' if sorting is None else sorting.order}/{page}"
    unit = unit_grid(tiles, image_url=IMAGE_URL, thumb_url=THUMB_URL, key=key)
    if unit is not None:
        state.open_unit(study.key, unit)
        st.rerun()


def _asked_page(study: Study, filters: Filters, sorting: Sorting | None) -> tuple[int, Wall]:
    """Return the page that the address or the pager asks for, from 1, and its units; past the end it is the last page."""
    page = state.wall_page()
    found = _page(study, filters, sorting, page)
    if found.tiles or page == 1:
        return page, found
    last = max(1, _n_pages(_page(study, filters, sorting, 1)))
    st.session_state[state.WALL_PAGE] = last
    return last, _page(study, filters, sorting, last)


def _page(study: Study, filters: Filters, sorting: Sorting | None, page: int) -> Wall:
    return resources.wall(
        study,
        layer=filters.layer,
        branch=filters.branch,
        search=filters.search,
        rendered_only=filters.rendered_only,
        ranking=None if sorting is None else sorting.scores.ranking(sorting.order),
        page=page - 1,
        page_size=PAGE_SIZE,
    )


def _filters(study: Study) -> Filters:
    layers = [layer.name for layer in study.network.layers]
    branches = list(dict.fromkeys(branch.name for layer in study.network.layers for branch in layer.branches))
    columns = st.columns([2, 3, 3, 2], vertical_alignment="bottom")
    turn = state.first_wall_page
    layer = columns[0].selectbox(
        text.LAYER, [text.ALL_LAYERS, *layers], key=state.LAYER, bind="query-params", persist_state="session", on_change=turn
    )
    branch = None
    if len(branches) > 1:
        branch = columns[1].segmented_control(text.BRANCH, branches, key=state.BRANCH, bind="query-params", on_change=turn)
    search = columns[2].text_input(text.SEARCH, placeholder=text.SEARCH_HINT, key=state.SEARCH, bind="query-params", on_change=turn)
    has_renders = resources.counts(study).n_rendered_units > 0
    label = text.MADE_ONLY if resources.methods(study) else text.RENDERED_ONLY
    rendered = columns[3].toggle(label, value=has_renders, key=state.RENDERED, bind="query-params", on_change=turn)
    return Filters(None if layer == text.ALL_LAYERS else layer, branch, search, rendered)


def _sorting(study: Study) -> Sorting | None:
    """Draw the choice of an order by scores, where anybody has answered; return it, None for the network's order."""
    found = score_resources.judges(study)
    if not found:
        return None
    left, middle, right = st.columns([3, 3, 4], vertical_alignment="bottom")
    with middle:
        judge = found[judge_choice([one.card for one in found])]
    try:
        scores = score_resources.unit_scores(judge)
    except StoreError as error:
        st.warning(str(error))
        return None
    with left:
        order = order_choice(scores.orders())
    if order is None:
        return None
    right.caption(score_text.judge_note(judge.card))
    return Sorting(scores, order)


def _pager(wall: Wall) -> None:
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.caption(text.unit_count(wall.n_found))
    if _n_pages(wall) > 1:
        with right:
            st.pagination(_n_pages(wall), key=state.WALL_PAGE, bind="query-params")


def _n_pages(wall: Wall) -> int:
    return -(-wall.n_found // PAGE_SIZE)


def _clear() -> None:
    st.session_state[state.LAYER] = text.ALL_LAYERS
    st.session_state[state.BRANCH] = None
    st.session_state[state.SEARCH] = ""
    st.session_state[state.RENDERED] = False
    state.first_wall_page()
