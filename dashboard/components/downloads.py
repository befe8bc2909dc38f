"""A button that opens what can be downloaded; each file is made when it is clicked, and the page does not run again for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboard import access, render_text


@dataclass(frozen=True, slots=True)
class Download:
    """One file: its button's words, its name, and what makes its bytes."""

    label: str
    file_name: str
    make: Callable[[], bytes]


def downloads_popover(files: Sequence[Download], *, key: str) -> None:
    """Draw the button."""
    with st.popover(render_text.DOWNLOADS, key=key):
        for one in files:
            name = f"{key}/{one.file_name}"
            st.download_button(
                one.label, data=access.for_them(one.make), file_name=one.file_name, on_click="ignore", width="stretch", key=name
            )
