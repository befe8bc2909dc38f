"""Two to four units side by side (?units=a,b,c), also one unit in several studies or with several sets of synthetic images."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.compared import MOST, Compared, added, parse_compared, written
from core.domain import EXTREMES, Study
from core.errors import UsageError
from core.services.renders import export_source
from core.services.units.unit_names import parse_unit
from core.services.units.units import RenderSet, UnitView
from dashboard import render_text, resources, state, text, unit_resources, unit_text
from dashboard.components import empty
from dashboard.components.recipe import set_labels
from dashboard.components.side_by_side import Column, column_images, column_numbers, common_range
from dashboard.components.unit_strip import strip_unit, unit_strip
from dashboard.navigation import link
from dashboard.routes import IMAGE_URL, THUMB_URL

N_SOME: Final = 20  # units to begin with
WIDE: Final = 2  # columns in which natural and synthetic images stand beside each other


def render() -> None:
    """Draw the page."""
    study = resources.current_study()
    if study is None:
        empty.no_study(link("overview"))
        return
    st.title(unit_text.COMPARE_TITLE)
    asked = parse_compared(st.query_params.get(state.COMPARED, ""))
    _choice(study, asked)
    found = [column for one in asked if (column := _column(study, one)) is not None]
    if not found:
        _some(study, asked)
        return
    _drawn(found, asked)


def _choice(study: Study, asked: tuple[Compared, ...]) -> None:
    """Draw the way to add a unit, of any study."""
    keys = [one.key for one in resources.all_studies()]
    with st.form("compare", border=False):
        left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
        unit = left.text_input(unit_text.COMPARE_UNIT, placeholder=unit_text.COMPARE_HINT)
        of = middle.selectbox(text.STUDY, keys, index=keys.index(study.key))
        is_sent = right.form_submit_button(unit_text.ADD, width="stretch", disabled=len(asked) >= MOST)
    if is_sent and unit.strip():
        _go((*asked, Compared(unit.strip(), None if of == study.key else of)))


def _some(study: Study, asked: tuple[Compared, ...]) -> None:
    """Draw units to begin with."""
    st.caption(unit_text.COMPARE_NONE)
    units = unit_resources.some_units(study, N_SOME)
    small = unit_resources.previews(study, units)
    shown = [strip_unit(small, one, small[one].branch) for one in units]
    chosen = unit_strip(shown, study=study.key, thumb_url=THUMB_URL, key=f"some/{study.key}")
    if chosen is not None:
        _go((*asked, Compared(chosen)))


def _column(study: Study, one: Compared) -> Column | None:
    """Return a column; where its unit, study or set is not there that is said, and there is none."""
    try:
        of = study if one.study is None else resources.study(one.study)
        view = resources.unit_view(of, parse_unit(of.network, one.unit))
    except UsageError as error:
        st.warning(str(error))
        return None
    sets = {found.spec_digest: found for found in view.render_sets}
    if one.render_set is not None and one.render_set not in sets:
        st.warning(unit_text.NO_SET.format(unit=one.unit, digest=one.render_set))
    fullest = export_source.choose_set(view) if sets else None
    return Column(one, of, view, sets.get(one.render_set or "", fullest))


def _drawn(found: list[Column], asked: tuple[Compared, ...]) -> None:
    common = common_range(found)
    places = st.columns(len(found), gap="medium")
    for place, column in zip(places, found, strict=True):
        with place:
            _head(column, asked)
    for extreme in EXTREMES:
        st.subheader(text.EXTREME_TITLES[extreme])
        for place, column in zip(st.columns(len(found), gap="medium"), found, strict=True):
            with place:
                column_images(column, extreme, is_wide=len(found) <= WIDE, image_url=IMAGE_URL, key=f"{column.asked}/{len(found)}")
    st.subheader(text.HISTOGRAM)
    st.caption(unit_text.OWN_SCALES if common is None else unit_text.SAME_SCALE)
    for place, column in zip(st.columns(len(found), gap="medium"), found, strict=True):
        with place:
            column_numbers(column, common, key=str(column.asked))


def _head(column: Column, asked: tuple[Compared, ...]) -> None:
    """Draw what a column is of: the way to its unit, its study, its set of images, and how to take it out."""
    query = {state.STUDY: column.study.key, state.UNIT: str(column.view.unit)}
    rest = tuple(one for one in asked if one != column.asked)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.page_link(link("feature-maps"), label=f"**{column.view.unit}**", query_params=query, width="content")
        st.button(unit_text.REMOVE, on_click=_write, args=(rest,), type="tertiary", key=f"remove/{column.asked}")
    st.caption(unit_text.COLUMN_LINE.format(study=column.study.key, branch=column.view.branch))
    _set_choice(column, column.view, column.chosen, asked)


def _set_choice(column: Column, view: UnitView, chosen: RenderSet | None, asked: tuple[Compared, ...]) -> None:
    if chosen is None or len(view.render_sets) < 2:
        return
    sizes = {one.spec_digest: render_text.set_size(len(one.max_images), len(one.min_images)) for one in view.render_sets}
    labels = set_labels({digest: resources.render_spec(digest) for digest in sizes}, sizes)
    other = st.selectbox(
        render_text.RENDER_SETS,
        list(labels),
        index=list(labels).index(chosen.spec_digest),
        format_func=labels.__getitem__,
        key=f"set/{column.asked}",
    )
    if other != chosen.spec_digest:
        changed = Compared(column.asked.unit, column.asked.study, other)
        _go(tuple(changed if one == column.asked else one for one in asked))


def _write(compared: tuple[Compared, ...]) -> None:
    state.remember_compared(compared)
    st.query_params[state.COMPARED] = written(compared)


def _go(compared: tuple[Compared, ...]) -> None:
    _write(compared)
    st.rerun()


def add_button(study: Study, view: UnitView) -> None:
    """Draw the button on a unit's page that puts it beside those that were compared before, of whatever study."""
    if st.button(unit_text.COMPARE, help=unit_text.COMPARE_HELP, key=f"compare/{study.key}/{view.unit}"):
        kept = added(state.compared(), Compared(str(view.unit), study.key))
        state.remember_compared(kept)
        st.switch_page(link("compare"), query_params={state.STUDY: study.key, state.COMPARED: written(kept)})
