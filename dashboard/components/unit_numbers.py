"""A unit's numbers: the histogram of its activations, with the images that explain it as marks, and its top classes."""

from __future__ import annotations

from typing import Final

import streamlit as st

from core.domain import EXTREMES, ActivationSummary
from core.percentile_bands import PERCENTILES
from core.services.units.units import RenderSet, UnitView
from dashboard import render_text, text, unit_text
from dashboard.components.charts import ActivationMarks, BandMark, activation_histogram

N_MARKED: Final = 9


def histogram(view: UnitView, chosen: RenderSet | None) -> None:
    """Draw the distribution of the unit's activation over all images."""
    st.subheader(text.HISTOGRAM)
    activation = view.activation
    marks = []
    for extreme in EXTREMES:
        natural = tuple(one.activation for one in view.exemplars(extreme)[:N_MARKED])
        marks.append(ActivationMarks("natural", text.NATURAL_MARK.format(extreme=extreme), natural))
        if chosen is not None:
            synthetic = tuple(one.activation for one in chosen.of(extreme)[:N_MARKED])
            word = text.SYNTHETIC_MARK if chosen.method is None else render_text.IMPORTED_MARK
            label = word.format(extreme=extreme, method=chosen.method)
            marks.append(ActivationMarks(chosen.method or "synthetic", label, synthetic))
    bands = () if activation.is_constant else _bands(activation)
    chart = activation_histogram(activation.counts, activation.bin_low, activation.bin_width, marks, bands=bands)
    st.altair_chart(chart, width="stretch", key=f"histogram/{view.study}/{view.unit}")
    note = text.HISTOGRAM_NOTE.format(n=activation.n)
    st.caption(f"{note} {unit_text.BANDS_NOTE}" if bands else note)


def _bands(activation: ActivationSummary) -> list[BandMark]:
    """Return the percentiles of the bands at both ends."""
    known = dict(activation.percentiles)
    places = [(percent, band) for band, at_max in PERCENTILES.items() for percent in (at_max, 100 - at_max)]
    return [BandMark(percent, known[percent], unit_text.BAND.format(percent=percent, band=band)) for percent, band in sorted(places)]


def top_classes(view: UnitView) -> None:
    """Draw which labels the most activating images have."""
    st.subheader(text.TOP_CLASSES)
    st.caption(text.TOP_CLASSES_NOTE.format(n=min(100, len(view.max_exemplars))))
    rows = [{"class": label, "images": count} for label, count in view.top_classes]
    st.dataframe(rows, hide_index=True, width="stretch", key=f"classes/{view.study}/{view.unit}")
