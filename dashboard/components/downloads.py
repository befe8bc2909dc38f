"""Buttons that download a file: it is made when it is asked for, and the page does not run again for it."""

from __future__ import annotations

import itertools
import logging
import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st
from streamlit import runtime

from dashboard import access, render_text

N_HELD: Final = 8  # files: what was made last
UNKNOWN_TYPE: Final = "application/octet-stream"
WITHOUT_SESSION: Final = "streamlit.runtime.scriptrunner_utils.script_run_context"
_places: Final = itertools.count()

# A file is held outside of any session, of which Streamlit warns in the log at each download.
logging.getLogger(WITHOUT_SESSION).addFilter(lambda record: "missing ScriptRunContext" not in record.getMessage())


@dataclass(frozen=True, slots=True)
class Download:
    """One file: its button's words, its name, and what makes its content."""

    label: str
    file_name: str
    make: Callable[[], bytes | str]


def downloads_popover(files: Sequence[Download], *, key: str) -> None:
    """Draw a button that opens what can be downloaded."""
    with st.popover(render_text.DOWNLOADS, key=key):
        for one in files:
            download_button(one, key=f"{key}/{one.file_name}", width="stretch")


def download_button(
    file: Download, *, key: str, width: Literal["content", "stretch"] = "content", explained: str | None = None, disabled: bool = False
) -> None:
    """Draw the button of a file, which is only for whoever looks at the page, as long as their log-in is good."""
    mime = mimetypes.guess_type(file.file_name)[0] or UNKNOWN_TYPE
    st.download_button(
        file.label,
        access.for_them(lambda: held(file, mime)),
        file_name=file.file_name,
        mime=mime,
        on_click="ignore",
        width=width,
        help=explained,
        disabled=disabled,
        key=key,
    )


def held(file: Download, mime: str) -> bytes:
    """Return a file's content, which Streamlit then keeps until others were made.

    It would drop what it made after the session's next two runs, which on pages that look for news can come before the browser asks.
    """
    made = file.make()
    content = made.encode() if isinstance(made, str) else made
    place = f"download-{next(_places) % N_HELD}"
    runtime.get_instance().media_file_mgr.add(content, mime, place, file.file_name, is_for_static_download=True)
    return content
