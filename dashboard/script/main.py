"""What every browser session runs: the list of pages and the page that is asked for.

It lies in a folder of its own because Streamlit takes a folder `pages` beside the script for pages in its old style, and would answer
the first deep link after a start with "Page not found".
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from core.errors import ExemplaryError
from dashboard import text
from dashboard.navigation import pages

ASSETS: Final = Path(__file__).parents[1] / "assets"
LOGO: Final = ASSETS / "logo.svg"
ICON: Final = ASSETS / "icon.svg"


def run() -> None:
    """Draw the navigation and the current page; an error of ours becomes its sentence, and the navigation stays."""
    st.set_page_config(page_title=text.TITLE, page_icon=ICON, layout="wide", initial_sidebar_state="collapsed")
    st.logo(LOGO, size="large")
    page = st.navigation(pages(), position="top")
    try:
        page.run()
    except ExemplaryError as error:
        st.error(str(error))


run()
