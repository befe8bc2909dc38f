"""What every browser session runs: the list of pages and the page that is asked for.

It lies in a folder of its own because Streamlit takes a folder `pages` beside the script for pages in its old style, and would answer
the first deep link after a start with "Page not found".
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from core.errors import ExemplaryError
from dashboard import access, state, text
from dashboard.components.keyboard_help import keyboard_help_sign
from dashboard.keyboard_text import keyboard_help, place_of
from dashboard.navigation import pages

ASSETS: Final = Path(__file__).parents[1] / "assets"
LOGO: Final = ASSETS / "logo.svg"
ICON: Final = ASSETS / "icon.svg"
STYLE: Final = ASSETS / "style.css"


def run() -> None:
    """Draw the navigation and the current page; an error of ours becomes its sentence, and the navigation stays."""
    st.set_page_config(page_title=text.TITLE, page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    st.logo(LOGO, size="large")
    st.html(STYLE)
    try:
        page = st.navigation(pages(), position="top")
        _keyboard_help(page.url_path)
        if page.url_path != "self-test":  # nothing stirs while trials are timed
            access.watch()
        page.run()
    except ExemplaryError as error:
        st.error(str(error))


def _keyboard_help(page: str) -> None:
    """Draw the way to the page's keys; a self-test under way says its own in every step, and nothing lies over its trials."""
    if page == "self-test" and state.session_id() is not None:
        return
    place = place_of(page, is_unit=state.UNIT in st.query_params)
    keyboard_help_sign(keyboard_help(place, state.language()))


run()
