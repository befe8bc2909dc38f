"""The wall of units with its filters; a unit's own view when the address names one (?unit=mixed4b:465)."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import Study
from core.services.unit_names import parse_unit
from core.services.units import Wall
from dashboard import resources, state, text
from dashboard.components import empty
from dashboard.components.image_grid import UnitTile, unit_grid
from dashboard.pages.unit import render_unit
from dashboard.routes import IMAGE_URL, THUMB_URL

PAGE_SIZE: Final = 48


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study()
        return
    name = st.query_params.get(state.UNIT)
    if name:
        render_unit(study, parse_unit(study.network, name))
    else:
        _wall(study)


def _wall(study: Study) -> None:
    layer, branch, search, rendered_only = _filters(study)
    chosen = f"{study.key}/{layer}/{branch}/{search}/{rendered_only}"
    first = resources.wall(study, layer=layer, branch=branch, search=search, rendered_only=rendered_only, page=0, page_size=PAGE_SIZE)
    if not first.tiles:
        st.info(text.NO_UNITS)
        st.button(text.CLEAR_FILTERS, on_click=_clear)
        return
    page = _pager(first, key=chosen)
    found = resources.wall(study, layer=layer, branch=branch, search=search, rendered_only=rendered_only, page=page, page_size=PAGE_SIZE)
    tiles = [
        UnitTile(str(row.unit), str(row.unit), f"{row.branch} · max {row.high:.3g}", row.best_natural, row.best_synthetic)
        for row in found.tiles
    ]
    unit = unit_grid(tiles, image_url=IMAGE_URL, thumb_url=THUMB_URL, key=f"wall/{chosen}/{page}")
    if unit is not None:
        st.query_params[state.UNIT] = unit
        st.rerun()


def _filters(study: Study) -> tuple[str | None, str | None, str, bool]:
    layers = [layer.name for layer in study.network.layers]
    branches = list(dict.fromkeys(branch.name for layer in study.network.layers for branch in layer.branches))
    columns = st.columns([2, 3, 3, 2], vertical_alignment="bottom")
    layer = columns[0].selectbox("Layer", [text.ALL_LAYERS, *layers], key=state.LAYER, bind="query-params", persist_state="session")
    branch = columns[1].segmented_control("Branch", branches, key=state.BRANCH, bind="query-params") if len(branches) > 1 else None
    search = columns[2].text_input(text.SEARCH, placeholder=text.SEARCH_HINT, key=state.SEARCH, bind="query-params")
    has_renders = resources.counts(study).n_rendered_units > 0
    rendered_only = columns[3].toggle(text.RENDERED_ONLY, value=has_renders, key=state.RENDERED, bind="query-params")
    return (None if layer == text.ALL_LAYERS else layer), branch, search, rendered_only


def _pager(wall: Wall, *, key: str) -> int:
    n_pages = -(-wall.n_found // PAGE_SIZE)
    left, right = st.columns([3, 2], vertical_alignment="center")
    left.caption(f"{wall.n_found:,} unit{'s' if wall.n_found != 1 else ''}")
    if n_pages == 1:
        return 0
    with right:
        return int(st.pagination(n_pages, key=f"pages/{key}") or 1) - 1 if hasattr(st, "pagination") else _page_number(n_pages, key)


def _page_number(n_pages: int, key: str) -> int:
    return int(st.number_input(f"Page of {n_pages}", 1, n_pages, 1, key=f"pages/{key}")) - 1


def _clear() -> None:
    st.session_state[state.LAYER] = text.ALL_LAYERS
    st.session_state[state.BRANCH] = None
    st.session_state[state.SEARCH] = ""
    st.session_state[state.RENDERED] = False
