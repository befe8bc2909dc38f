"""The sets of synthetic images of a unit: which one is shown, how it was made, what can be had as a file."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.domain import EXTREMES, Study
from core.render_spec import RenderSpec
from core.services.renders import export_source, exporting
from core.services.units.units import RenderSet, UnitView
from dashboard import render_text, resources
from dashboard.components.downloads import Download, downloads_popover
from dashboard.components.recipe import recipe_popover, set_labels
from dashboard.pages.unit_jobs import render_this_unit


def set_choice(study: Study, view: UnitView) -> RenderSet | None:
    """Draw the choice of synthetic images; return the set to show, None where there is none yet: then the way to some is drawn."""
    if not view.render_sets:
        render_this_unit(study, view.unit)
        return None
    return _choice(view, {one.spec_digest: resources.render_spec(one.spec_digest) for one in view.render_sets})


def set_buttons(study: Study, view: UnitView, chosen: RenderSet) -> None:
    """Draw how the set was made, and its files."""
    key = f"{view.study}/{view.unit}/{chosen.spec_digest}"
    recipe_popover(resources.render_spec(chosen.spec_digest), chosen.courses, digest=chosen.spec_digest, key=f"recipe/{key}")
    downloads_popover(downloads(study, view, chosen), key=f"downloads/{key}")


def downloads(study: Study, view: UnitView, chosen: RenderSet) -> list[Download]:
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
