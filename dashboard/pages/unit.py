"""A unit's own view: natural beside synthetic images, how far to trust these, the unit's numbers, the course and path of its images."""

from __future__ import annotations

from functools import partial
from typing import Final

import streamlit as st

from core.domain import EXTREMES, Study
from core.render_spec import RenderSpec
from core.services import export_source, exporting
from core.services.unit_balance import unit_balance
from core.services.units import RenderSet, UnitView
from core.unit_neighbours import neighbours
from dashboard import render_text, resources, score_resources, state, text, unit_resources
from dashboard.components.class_spread import class_spread
from dashboard.components.course import course_section
from dashboard.components.downloads import Download, downloads_popover
from dashboard.components.extreme_images import extreme_images
from dashboard.components.neighbours import neighbour_buttons
from dashboard.components.network_path import path_section
from dashboard.components.recipe import recipe_popover, set_labels
from dashboard.components.response_view import requests_of, response_row
from dashboard.components.similar_units import similar_section
from dashboard.components.unit_numbers import histogram, top_classes
from dashboard.components.unit_scores import score_section
from dashboard.pages.compare import add_button
from dashboard.pages.unit_jobs import render_this_unit
from dashboard.pages.unit_review import review_section
from dashboard.routes import IMAGE_URL, MAP_URL, THUMB_URL

WIDTHS: Final = (9, 4)  # of images and numbers


def render_unit(study: Study, view: UnitView) -> None:
    """Draw the view of one unit."""
    _header(study, view)
    chosen = _render_set(study, view)
    images, numbers = st.columns(WIDTHS, gap="large")
    with images:
        look = response_row(requests_of(study, view, chosen), resources.map_desk(), url=MAP_URL, key=state.SHOW)
        for extreme in EXTREMES:
            extreme_images(study, view, extreme, chosen, look=look, image_url=IMAGE_URL)
        if chosen is not None:
            _course(study, view, chosen)
    with numbers:
        review_section(study, view.unit)
        histogram(view, chosen)
        score_section(score_resources.scores_of_unit(study, view.unit))
        if chosen is not None:
            _path(study, view, chosen)
        top_classes(view)
        class_spread(unit_balance(study, view.unit, (*view.max_exemplars, *view.min_exemplars)))
    _similar(study, view)


def _similar(study: Study, view: UnitView) -> None:
    previews = partial(unit_resources.previews, study)
    unit = similar_section(study, view.unit, unit_resources.likeness(study), previews, thumb_url=THUMB_URL)
    if unit is not None:
        state.open_unit(study.key, unit)
        st.rerun()


def _header(study: Study, view: UnitView) -> None:
    left, middle, right = st.columns([5, 4, 2], vertical_alignment="bottom")
    left.title(f"{view.unit}")
    with middle:
        neighbour_buttons(neighbours(study, view.unit, state.remembered_order(study.key)), study.key)
    right.button(text.BACK, on_click=state.close_unit, width="stretch")
    activation = view.activation
    line, add = st.columns([9, 2])
    with add:
        add_button(study, view)
    line.caption(
        text.UNIT_HEADER.format(
            study=study.key,
            branch=view.branch,
            relu=text.PRE_RELU if view.pre_relu else text.POST_RELU,
            n=activation.n,
            mean=activation.mean,
            sd=activation.sd,
            low=activation.min,
            high=activation.max,
        )
    )


def _render_set(study: Study, view: UnitView) -> RenderSet | None:
    """Draw the choice of synthetic images and how they were made; return the set to show, None where there is none."""
    if not view.render_sets:
        render_this_unit(study, view.unit)
        return None
    specs = {one.spec_digest: resources.render_spec(one.spec_digest) for one in view.render_sets}
    left, buttons = st.columns(WIDTHS, gap="large", vertical_alignment="bottom")
    how, files = buttons.columns([3, 2])
    with left:
        chosen = _choice(view, specs)
    key = f"{view.study}/{view.unit}/{chosen.spec_digest}"
    with how:
        recipe_popover(specs[chosen.spec_digest], chosen.courses, digest=chosen.spec_digest, key=f"recipe/{key}")
    with files:
        downloads_popover(_downloads(study, view, chosen), key=f"downloads/{key}")
    return chosen


def _downloads(study: Study, view: UnitView, chosen: RenderSet) -> list[Download]:
    """Return what can be had as a file; nothing is made before it is asked for."""
    where, reader, stem = resources.workspace(), resources.reader(), export_source.file_stem(study, view.unit)
    courses = {one.extreme: one for one in reversed(chosen.courses) if len(one.snapshots) >= exporting.FEWEST_SNAPSHOTS}
    sheet = Download(render_text.SHEET, f"{stem}_sheet.png", partial(exporting.sheet_png, where, reader, study, view, chosen))
    films = [
        Download(
            render_text.COURSE_GIF.format(extreme=extreme), f"{stem}_{extreme}_course.gif", partial(exporting.course_gif_bytes, where, one)
        )
        for extreme in EXTREMES
        if (one := courses.get(extreme)) is not None
    ]
    archive = Download(render_text.ZIP, f"{stem}.zip", partial(exporting.renders_zip, where, reader, study, view, chosen))
    return [sheet, *films, archive]


def _choice(view: UnitView, specs: dict[str, RenderSpec]) -> RenderSet:
    """Return the set with most images (of these the newest), or the one that is chosen."""
    sets = {one.spec_digest: one for one in view.render_sets}
    labels = set_labels(specs, {digest: render_text.set_size(len(one.max_images), len(one.min_images)) for digest, one in sets.items()})
    if len(sets) == 1:
        st.caption(render_text.RENDER_SET_ALONE.format(name=labels[view.render_sets[0].spec_digest]))
        return view.render_sets[0]
    fullest = export_source.choose_set(view)
    chosen = st.segmented_control(
        render_text.RENDER_SETS,
        list(sets),
        default=fullest.spec_digest,
        required=True,
        format_func=labels.__getitem__,
        help=render_text.SET_HELP.format(names=", ".join(f"`{digest}`" for digest in sets)),
        key=f"renders/{view.study}/{view.unit}",
    )
    return sets.get(chosen or "", fullest)


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
