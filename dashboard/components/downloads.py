"""Buttons that download a file: it is made when it is asked for, and the page does not run again for it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from dashboard import access, held_files, render_text

UNKNOWN_TYPE: Final = "application/octet-stream"


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
        access.for_them(lambda: made(file, mime)),
        file_name=file.file_name,
        mime=mime,
        on_click="ignore",
        width=width,
        help=explained,
        disabled=disabled,
        key=key,
    )


def made(file: Download, mime: str) -> bytes:
    """Return a file's content, once it is held until the browser has fetched it."""
    found = file.make()
    content = found.encode() if isinstance(found, str) else found
    held_files.hold(content, mime, file.file_name)
    return content
