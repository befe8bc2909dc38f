"""A column of a comparison: a unit's images at both extremes, and its distribution on the scale that all columns share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from core.compared import Compared
from core.domain import EXTREMES, Exemplar, Extreme, Render, Study
from core.services.units.units import RenderSet, UnitView
from dashboard import text, unit_text
from dashboard.components.charts import ActivationMarks, activation_histogram
from dashboard.components.image_grid import ImageCell, exemplar_grid
from dashboard.components.palette import condition_colours
from dashboard.components.unit_strip import image_address

N_SHOWN: Final = 9
GRID_PX: Final = 130


@dataclass(frozen=True, slots=True)
class Column:
    """What was asked for, and what it is: a unit's view in its study with a set of synthetic images (None: it has none)."""

    asked: Compared
    study: Study
    view: UnitView
    chosen: RenderSet | None


@dataclass(frozen=True, slots=True)
class Common:
    """The range of activations that all columns' charts show."""

    low: float
    high: float


def common_range(columns: Sequence[Column]) -> Common | None:
    """Return what holds every column's activations; None where networks or reductions differ, whose activations have no common unit."""
    kinds = {(one.study.network.network_digest, one.study.mining.reduction) for one in columns}
    if len(kinds) > 1:
        return None
    ends = [value for one in columns for value in (one.view.activation.min, one.view.activation.max)]
    ends += [value for one in columns for mark in _marks(one) for value in mark.activations]
    return Common(min(ends), max(ends))


def column_images(column: Column, extreme: Extreme, *, is_wide: bool, image_url: str, key: str) -> None:
    """Draw the unit's natural and synthetic images at one extreme: beside each other where there is room, else below."""
    px = column.study.network.preprocessing.crop_px
    natural: Sequence[Exemplar | Render] = column.view.exemplars(extreme)[:N_SHOWN]
    synthetic: Sequence[Exemplar | Render] = () if column.chosen is None else column.chosen.of(extreme)[:N_SHOWN]
    method = None if column.chosen is None else column.chosen.method
    titles, conditions = (text.NATURAL, method or text.SYNTHETIC), ("natural", method or "synthetic")
    colours = condition_colours(conditions)
    places = st.columns(2, gap="small") if is_wide else (st.container(), st.container())
    for place, title, condition, images in zip(places, titles, conditions, (natural, synthetic), strict=True):
        with place:
            st.caption(title)
            if images:
                cells = [_cell(one, column.study) for one in images]
                name = f"{title}/{extreme}/{key}"
                exemplar_grid(cells, columns=3, image_url=image_url, image_px=GRID_PX, native_px=px, rule=colours[condition], key=name)
            else:
                st.caption(text.NO_NATURAL if images is natural else unit_text.NOT_MADE)


def column_numbers(column: Column, common: Common | None, *, key: str) -> None:
    """Draw the unit's distribution and top classes."""
    activation = column.view.activation
    domain = None if common is None else (common.low, common.high)
    chart = activation_histogram(activation.counts, activation.bin_low, activation.bin_width, _marks(column), domain=domain)
    st.altair_chart(chart, width="stretch", key=f"compared/{key}")
    st.caption(
        unit_text.COLUMN_NUMBERS.format(n=activation.n, mean=activation.mean, sd=activation.sd, low=activation.min, high=activation.max)
    )
    st.caption(" · ".join(f"{label} {n}" for label, n in column.view.top_classes))


def _marks(column: Column) -> list[ActivationMarks]:
    marks = []
    for extreme in EXTREMES:
        natural = tuple(one.activation for one in column.view.exemplars(extreme)[:N_SHOWN])
        marks.append(ActivationMarks("natural", text.NATURAL_MARK.format(extreme=extreme), natural))
        if column.chosen is not None and column.chosen.shows_activation:
            synthetic = tuple(one.activation for one in column.chosen.of(extreme)[:N_SHOWN])
            condition = column.chosen.method or "synthetic"
            marks.append(ActivationMarks(condition, f"{condition} {extreme}", synthetic))
    return marks


def _cell(one: Exemplar | Render, study: Study) -> ImageCell:
    if isinstance(one, Exemplar):
        words = {"extreme": one.extreme, "rank": one.rank, "label": one.label}
        alt, detail = text.NATURAL_ALT.format(**words), text.NATURAL_DETAIL.format(**words, activation=one.activation)
    else:
        alt = text.SYNTHETIC_ALT.format(extreme=one.extreme, index=one.index)
        detail = text.SYNTHETIC_DETAIL.format(extreme=one.extreme, index=one.index, preset=one.preset, activation=one.activation)
    return ImageCell(one.address, caption=f"{one.activation:.3g}", alt=alt, detail=detail, href=image_address(study.key, one.address))
