"""The way from a unit to the one before and the one after it, by buttons and by keys."""

from __future__ import annotations

import streamlit as st

from core.unit_neighbours import Neighbours
from dashboard import state, unit_text


def neighbour_buttons(found: Neighbours, study_key: str) -> None:
    """Draw both buttons, which change the address, and where in the order the unit stands."""
    words = unit_text.PLACE_FILTERED if found.is_filtered else unit_text.PLACE
    st.caption(words.format(place=found.place, n=found.n), width="content")
    _button(unit_text.PREVIOUS, found.previous, unit_text.PREVIOUS_KEY, study_key)
    _button(unit_text.NEXT, found.next, unit_text.NEXT_KEY, study_key)


def _button(label: str, unit: str | None, key: str, study_key: str) -> None:
    st.button(
        label,
        on_click=state.open_unit,
        args=(study_key, unit),
        disabled=unit is None,
        shortcut=key,
        help=None if unit is None else unit_text.KEYS.format(key=key, unit=unit),
        key=f"neighbour/{label}",
    )
