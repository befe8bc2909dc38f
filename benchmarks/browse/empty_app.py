"""An app that shows one heading: the least that a page of Streamlit takes, the reference of compare.py."""

from __future__ import annotations

import streamlit as st

st.title("Empty")
