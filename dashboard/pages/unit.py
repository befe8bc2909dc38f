"""A unit's own view: max and min, natural beside synthetic, the histogram of its activations, its top classes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import EXTREMES, Exemplar, Extreme, Render, Study
from core.services.units import RenderSet, UnitView
from dashboard import state, text
from dashboard.components.charts import ActivationMarks, activation_histogram
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.routes import IMAGE_URL

N_SHOWN: Final = 9
GRID_PX: Final = 160


def render_unit(study: Study, view: UnitView) -> None:
    """Draw the view of one unit."""
    _header(study, view)
    chosen = _choose_render_set(view)
    images, numbers = st.columns([9, 4], gap="large")
    with images:
        for extreme in EXTREMES:
            _extreme(study, view, extreme, chosen)
    with numbers:
        _histogram(view, chosen)
        _top_classes(view)


def _header(study: Study, view: UnitView) -> None:
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.title(f"{view.unit}")
    right.button(text.BACK, on_click=state.close_unit, width="stretch")
    activation = view.activation
    st.caption(
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


def _choose_render_set(view: UnitView) -> RenderSet | None:
    """Return the set of synthetic images to show: the one with most images (of these the newest), or the one that is chosen."""
    sets = {one.spec_digest: one for one in view.render_sets}
    if len(sets) < 2:
        return next(iter(sets.values()), None)
    fullest = max(view.render_sets, key=lambda one: len(one.max_images) + len(one.min_images))
    chosen = st.segmented_control(
        text.RENDER_SETS,
        list(sets),
        default=fullest.spec_digest,
        required=True,
        format_func=lambda digest: text.RENDER_SET.format(preset=sets[digest].preset, digest=digest),
        key=f"renders/{view.study}/{view.unit}",
    )
    return sets.get(chosen or "", fullest)


def _extreme(study: Study, view: UnitView, extreme: Extreme, chosen: RenderSet | None) -> None:
    st.subheader(text.EXTREME_TITLES[extreme])
    natural, synthetic = st.columns(2, gap="medium")
    key = f"{study.key}/{view.unit}/{extreme}"
    with natural:
        st.caption(text.NATURAL)
        cells = [_natural_cell(one) for one in view.exemplars(extreme)[:N_SHOWN]]
        _grid(study, cells, key=f"natural/{key}", where_empty=text.NO_NATURAL)
    with synthetic:
        st.caption(text.SYNTHETIC)
        if chosen is None:
            st.info(text.NOT_RENDERED)
            st.code(f"exemplary synthesize --network {study.network.name} --units {view.unit}", language="bash")
            return
        cells = [_synthetic_cell(one) for one in chosen.of(extreme)[:N_SHOWN]]
        _grid(study, cells, key=f"synthetic/{key}/{chosen.spec_digest}", where_empty=text.NO_SYNTHETIC)


def _grid(study: Study, cells: list[ImageCell], *, key: str, where_empty: str) -> None:
    if not cells:
        st.info(where_empty)
        return
    native_px = study.network.preprocessing.crop_px
    exemplar_grid(cells, columns=3, image_url=IMAGE_URL, key=key, image_px=GRID_PX, native_px=native_px)


def _natural_cell(one: Exemplar) -> ImageCell:
    return ImageCell(
        one.address,
        caption=f"{one.activation:.3g}",
        alt=text.NATURAL_ALT.format(extreme=one.extreme, rank=one.rank, label=one.label),
        detail=text.NATURAL_DETAIL.format(extreme=one.extreme, rank=one.rank, label=one.label, activation=one.activation),
    )


def _synthetic_cell(one: Render) -> ImageCell:
    return ImageCell(
        one.address,
        caption=f"{one.activation:.3g}",
        alt=text.SYNTHETIC_ALT.format(extreme=one.extreme, index=one.index),
        detail=text.SYNTHETIC_DETAIL.format(extreme=one.extreme, index=one.index, preset=one.preset, activation=one.activation),
    )


def _histogram(view: UnitView, chosen: RenderSet | None) -> None:
    st.subheader(text.HISTOGRAM)
    activation = view.activation
    marks = []
    for extreme in EXTREMES:
        natural = tuple(one.activation for one in view.exemplars(extreme)[:N_SHOWN])
        marks.append(ActivationMarks("natural", text.NATURAL_MARK.format(extreme=extreme), natural))
        if chosen is not None:
            synthetic = tuple(one.activation for one in chosen.of(extreme)[:N_SHOWN])
            marks.append(ActivationMarks("synthetic", text.SYNTHETIC_MARK.format(extreme=extreme), synthetic))
    chart = activation_histogram(activation.counts, activation.min, activation.max, marks)
    st.altair_chart(chart, width="stretch", key=f"histogram/{view.study}/{view.unit}")
    st.caption(text.HISTOGRAM_NOTE.format(n=activation.n))


def _top_classes(view: UnitView) -> None:
    st.subheader(text.TOP_CLASSES)
    n = min(100, len(view.max_exemplars))
    st.caption(text.TOP_CLASSES_NOTE.format(n=n))
    rows = [{"class": label, "images": count} for label, count in view.top_classes]
    st.dataframe(rows, hide_index=True, width="stretch", key=f"classes/{view.study}/{view.unit}")
