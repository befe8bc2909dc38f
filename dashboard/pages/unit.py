"""A unit's own view: max and min, natural beside synthetic, the histogram of its activations, its top classes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import EXTREMES, Exemplar, Extreme, Render, Study, Unit
from core.services.units import RenderSet, UnitView
from dashboard import resources, state, text
from dashboard.components.charts import ActivationMarks, activation_histogram
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.routes import IMAGE_URL

N_SHOWN: Final = 9
GRID_PX: Final = 160


def render_unit(study: Study, unit: Unit) -> None:
    """Draw the view of one unit."""
    view = resources.unit_view(study, unit)
    _header(study, view)
    chosen = view.render_sets[0] if view.render_sets else None
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
    right.button(text.BACK, on_click=_close, width="stretch")
    activation = view.activation
    relu = "pre-ReLU" if view.pre_relu else "post-ReLU"
    st.caption(
        f"{study.key} · branch {view.branch} · {relu} spatial mean over {activation.n:,} images: "
        f"mean {activation.mean:.3g}, sd {activation.sd:.3g}, from {activation.min:.3g} to {activation.max:.3g}"
    )


def _extreme(study: Study, view: UnitView, extreme: Extreme, chosen: RenderSet | None) -> None:
    st.subheader(text.EXTREME_TITLES[extreme])
    natural, synthetic = st.columns(2, gap="medium")
    key = f"{study.key}/{view.unit}/{extreme}"
    with natural:
        st.caption(text.NATURAL)
        cells = [_natural_cell(one) for one in view.exemplars(extreme)[:N_SHOWN]]
        exemplar_grid(cells, columns=3, image_url=IMAGE_URL, key=f"natural/{key}", image_px=GRID_PX)
    with synthetic:
        st.caption(text.SYNTHETIC)
        if chosen is None:
            st.info(text.NOT_RENDERED)
            st.code(f"exemplary synthesize --network {study.network.name} --units {view.unit}", language="bash")
            return
        cells = [_synthetic_cell(one) for one in chosen.of(extreme)[:N_SHOWN]]
        exemplar_grid(cells, columns=3, image_url=IMAGE_URL, key=f"synthetic/{key}", image_px=GRID_PX)


def _natural_cell(one: Exemplar) -> ImageCell:
    return ImageCell(
        one.address,
        caption=f"{one.activation:.3g}",
        alt=f"{one.extreme} exemplar, rank {one.rank}, {one.label}",
        detail=f"{one.extreme} exemplar, rank {one.rank} · {one.label} · activation {one.activation:.4g}",
    )


def _synthetic_cell(one: Render) -> ImageCell:
    return ImageCell(
        one.address,
        caption=f"{one.activation:.3g}",
        alt=f"synthetic {one.extreme} image {one.index}",
        detail=f"synthetic {one.extreme} image {one.index} · preset {one.preset} · activation {one.activation:.4g}",
    )


def _histogram(view: UnitView, chosen: RenderSet | None) -> None:
    st.subheader(text.HISTOGRAM)
    activation = view.activation
    marks = []
    for extreme in EXTREMES:
        natural = tuple(one.activation for one in view.exemplars(extreme)[:N_SHOWN])
        marks.append(ActivationMarks("natural", f"natural {extreme}", natural))
        if chosen is not None:
            synthetic = tuple(one.activation for one in chosen.of(extreme)[:N_SHOWN])
            marks.append(ActivationMarks("synthetic", f"synthetic {extreme}", synthetic))
    chart = activation_histogram(activation.counts, activation.min, activation.max, marks)
    st.altair_chart(chart, width="stretch", key=f"histogram/{view.study}/{view.unit}")
    st.caption(text.HISTOGRAM_NOTE.format(n=activation.n))


def _top_classes(view: UnitView) -> None:
    st.subheader(text.TOP_CLASSES)
    n = min(100, len(view.max_exemplars))
    st.caption(text.TOP_CLASSES_NOTE.format(n=n))
    rows = [{"class": label, "images": count} for label, count in view.top_classes]
    st.dataframe(rows, hide_index=True, width="stretch", key=f"classes/{view.study}/{view.unit}")


def _close() -> None:
    st.query_params.pop(state.UNIT, None)
