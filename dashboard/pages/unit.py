"""A unit's own view: natural beside synthetic images, how far to trust these, the unit's numbers, the course and path of its images."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.domain import EXTREMES, Study
from core.services.units.unit_balance import unit_balance
from core.services.units.units import RenderSet, UnitView
from core.unit_neighbours import neighbours
from dashboard import render_text, resources, score_resources, state, text, unit_resources
from dashboard.components.class_spread import class_spread
from dashboard.components.course import course_section
from dashboard.components.extreme_images import extreme_images
from dashboard.components.neighbours import neighbour_buttons
from dashboard.components.network_path import path_section
from dashboard.components.response_view import requests_of, response_row
from dashboard.components.similar_units import similar_section
from dashboard.components.unit_numbers import histogram, top_classes
from dashboard.components.unit_scores import score_section
from dashboard.pages.compare import add_button
from dashboard.pages.unit_review import review_section
from dashboard.pages.unit_sets import set_buttons, set_choice
from dashboard.routes import IMAGE_URL, MAP_URL, THUMB_URL

WIDTHS: Final = (9, 4)  # of images and numbers


def render_unit(study: Study, view: UnitView) -> None:
    """Draw the view of one unit."""
    buttons = _header(study, view)
    images, numbers = st.columns(WIDTHS, gap="large")
    with images:
        left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
        with right:
            chosen = set_choice(study, view)
        with left:
            look = response_row(requests_of(study, view, chosen), resources.map_desk(), url=MAP_URL, key=state.SHOW)
        for extreme in EXTREMES:
            extreme_images(study, view, extreme, chosen, look=look, image_url=IMAGE_URL)
        if chosen is not None:
            _course(study, view, chosen)
    with numbers:
        _numbers(study, view, chosen)
    if chosen is not None:
        with buttons:
            set_buttons(study, view, chosen)
    _similar(study, view)


def _numbers(study: Study, view: UnitView, chosen: RenderSet | None) -> None:
    review_section(study, view.unit)
    histogram(view, chosen)
    score_section(score_resources.scores_of_unit(study, view.unit))
    if chosen is not None:
        _path(study, view, chosen)
    top_classes(view)
    class_spread(unit_balance(study, view.unit, (*view.max_exemplars, *view.min_exemplars)))


def _similar(study: Study, view: UnitView) -> None:
    previews = partial(unit_resources.previews, study)
    unit = similar_section(study, view.unit, unit_resources.likeness(study), previews, thumb_url=THUMB_URL)
    if unit is not None:
        state.open_unit(study.key, unit)
        st.rerun()


def _header(study: Study, view: UnitView) -> DeltaGenerator:
    """Draw the unit's name, the ways from it and a line on it; return where buttons about its images belong."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.title(str(view.unit), width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            neighbour_buttons(neighbours(study, view.unit, state.remembered_order(study.key)), study.key)
            st.button(text.BACK, on_click=state.close_unit)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(_line(study, view), width="content")
        buttons = st.container(horizontal=True, width="content")
    with buttons:
        add_button(study, view)
    return buttons


def _line(study: Study, view: UnitView) -> str:
    activation = view.activation
    return text.UNIT_HEADER.format(
        study=study.key,
        branch=view.branch,
        relu=text.PRE_RELU if view.pre_relu else text.POST_RELU,
        n=activation.n,
        mean=activation.mean,
        sd=activation.sd,
        low=activation.min,
        high=activation.max,
    )


def _course(study: Study, view: UnitView, chosen: RenderSet) -> None:
    natural = {extreme: found[0].activation for extreme in EXTREMES if chosen.shows_activation and (found := view.exemplars(extreme))}
    native_px = study.network.preprocessing.crop_px
    key = f"{view.study}/{view.unit}/{chosen.spec_digest}"
    course_section(chosen.courses, natural, image_url=IMAGE_URL, native_px=native_px, key=key)


def _path(study: Study, view: UnitView, chosen: RenderSet) -> None:
    paths = [found for extreme in EXTREMES for one in chosen.of(extreme) if (found := view.path(one)) is not None]
    layers = [layer.name for layer in study.network.all_layers]
    command = render_text.path_command(study.network.name, view.unit, resources.render_spec(chosen.spec_digest))
    path_section(paths, layers=layers, unit=view.unit, command=command, key=f"{view.study}/{view.unit}/{chosen.spec_digest}")
