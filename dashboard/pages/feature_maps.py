"""The wall of units with its filters and map; a unit's own view when the address names one (?unit=mixed4b:465)."""

from __future__ import annotations

from urllib.parse import parse_qs

import streamlit as st

from core.domain import Study
from core.errors import UsageError
from core.services.units.unit_names import parse_unit
from dashboard import access, resources, state, text
from dashboard.components import empty
from dashboard.components.job_list import tell_started
from dashboard.components.wall import wall
from dashboard.navigation import link
from dashboard.pages.unit import render_unit
from dashboard.pages.unit_jobs import render_these_units
from dashboard.routes import WALL
from dashboard.wall_asked import Address, is_of_wall
from dashboard.wall_routes import script_address
from dashboard.wall_view import found_units


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
    address = {key: st.query_params.get_all(key) for key in st.query_params}
    if is_of_wall(address):
        _remember(study, address)
    render_unit(study, view)


def _wall(study: Study) -> None:
    """Draw the wall, which asks for what it shows by itself; a unit that is chosen is opened, and the wall's address kept."""
    tell_started()
    chosen = wall(
        study.key,
        script_url=script_address(WALL),
        reader=access.person().name or "",
        may_render=access.may("run_jobs"),
        key=f"wall/{study.key}",
    )
    if chosen is None:
        return
    address = parse_qs(chosen.address)
    if chosen.unit is None:
        found = found_units(study, address, access.person())
        render_these_units(study, found.table, found.rows)
        return
    _remember(study, address)
    st.query_params.from_dict(address)
    state.open_unit(study.key, chosen.unit)
    st.rerun()


def _remember(study: Study, address: Address) -> None:
    """Remember the wall's order, so that a unit's neighbours are those on the wall."""
    state.remember_order(study.key, found_units(study, address, access.person()).names)
