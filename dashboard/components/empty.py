"""Empty states that explain themselves and offer the next step."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import text


def no_study(overview: StreamlitPage) -> None:
    """Say that nothing is mined yet and lead to where that can be changed."""
    st.title(text.EMPTY_TITLE)
    st.markdown(text.EMPTY_BODY)
    if st.button(text.TO_OVERVIEW, type="primary"):
        st.switch_page(overview)
