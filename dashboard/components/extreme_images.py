"""One extreme of a unit: natural exemplars beside synthetic images, and how far these are to be trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from core.activation_map import MapRequest
from core.domain import Exemplar, Extreme, Render, Study
from core.services.maps.maps import request_maps
from core.services.units.units import RenderSet, UnitView
from core.standing import Standing
from dashboard import render_text, text
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.components.palette import condition_colours
from dashboard.components.response_view import N_SHOWN, Look, legend_of, looked_at
from dashboard.components.unit_strip import image_address

GRID_PX: Final = 160


def extreme_images(study: Study, view: UnitView, extreme: Extreme, chosen: RenderSet | None, *, look: Look, image_url: str) -> None:
    """Draw the extreme's images. Above both grids is one row of words, so that the grids stand on one line however long these are."""
    left, right = st.columns(2, gap="medium", vertical_alignment="bottom")
    with left:
        st.subheader(text.EXTREME_TITLES[extreme])
        st.caption(text.NATURAL)
    with right:
        _trust(view, chosen, extreme)
    natural, synthetic = st.columns(2, gap="medium")
    key = f"{study.key}/{view.unit}/{extreme}"
    with natural:
        exemplars = view.exemplars(extreme)[:N_SHOWN]
        cells = [_linked(_natural_cell(one), study) for one in exemplars]
        request = request_maps(study, view.unit, extreme, exemplars)
        _grid(study, cells, request, look, condition="natural", image_url=image_url, key=f"natural/{key}", where_empty=text.NO_NATURAL)
    with synthetic:
        if chosen is None:
            st.info(text.NOT_RENDERED)
            st.code(f"exemplary synthesize --network {study.network.name} --units {view.unit}", language="bash", wrap_lines=True)
            return
        renders = chosen.of(extreme)[:N_SHOWN]
        cells = [_linked(_synthetic_cell(one, view.standing(one), chosen.method), study) for one in renders]
        request = request_maps(study, view.unit, extreme, renders)
        name = f"synthetic/{key}/{chosen.spec_digest}"
        condition = chosen.method or "synthetic"
        _grid(study, cells, request, look, condition=condition, image_url=image_url, key=name, where_empty=text.NO_SYNTHETIC)


def _trust(view: UnitView, chosen: RenderSet | None, extreme: Extreme) -> None:
    """Say beside "Synthetic images" (or whose images they are) how many beat nature; where they do not on average, flag them."""
    renders = () if chosen is None else chosen.of(extreme)
    title = render_text.IMPORTED.format(method=chosen.method) if chosen is not None and chosen.method else text.SYNTHETIC
    standings = [found for one in renders if (found := view.standing(one)) is not None]
    if not standings:
        st.caption(title)
        return
    flag = render_text.flag(standings)
    if flag is None:
        st.caption(f"{title} · {render_text.beyond(standings)}")
        return
    st.warning(flag)
    st.caption(title)


def _grid(
    study: Study, cells: list[ImageCell], request: MapRequest, look: Look, *, condition: str, image_url: str, key: str, where_empty: str
) -> None:
    if not cells:
        st.info(where_empty)
        return
    native_px = study.network.preprocessing.crop_px
    exemplar_grid(
        looked_at(cells, request, look),
        columns=3,
        image_url=image_url,
        key=key,
        image_px=GRID_PX,
        native_px=native_px,
        legend=legend_of(request, look),
        rule=condition_colours((condition,))[condition],
    )


def _linked(cell: ImageCell, study: Study) -> ImageCell:
    """Return the cell with the way to the units that its image excites."""
    return replace(cell, href=image_address(study.key, cell.address))


def _natural_cell(one: Exemplar) -> ImageCell:
    return ImageCell(
        one.address,
        caption=f"{one.activation:.3g}",
        alt=text.NATURAL_ALT.format(extreme=one.extreme, rank=one.rank, label=one.label),
        detail=text.NATURAL_DETAIL.format(extreme=one.extreme, rank=one.rank, label=one.label, activation=one.activation),
    )


def _synthetic_cell(one: Render, standing: Standing | None, method: str | None) -> ImageCell:
    """Return the image's cell; one that does not beat nature is marked, in its alternative text too. `method`: made it elsewhere."""
    alt, detail = (text.SYNTHETIC_ALT, text.SYNTHETIC_DETAIL) if method is None else (render_text.IMPORTED_ALT, render_text.IMPORTED_DETAIL)
    alt = alt.format(extreme=one.extreme, index=one.index, method=method)
    detail = detail.format(extreme=one.extreme, index=one.index, preset=one.preset, method=method, activation=one.activation)
    caption = f"{one.activation:.3g}"
    if standing is None:
        return ImageCell(one.address, caption, alt, detail)
    detail = f"{detail} · {render_text.standing(standing)}"
    if standing.is_beyond:
        return ImageCell(one.address, caption, alt, detail)
    return ImageCell(one.address, caption, render_text.MARK_ALT.format(alt=alt), detail, render_text.MARK, render_text.MARK_HELP)
