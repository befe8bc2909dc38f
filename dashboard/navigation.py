"""The list of pages, and the way to a page by its name in the address."""

from __future__ import annotations

from functools import cache

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard import text


@cache
def render_functions() -> dict[str, object]:
    """Return each page's render function; imported on first use, since pages link to each other through this module."""
    from dashboard.pages import compare, feature_maps, image, overview, results, review, self_test

    return {
        "overview": overview.render,
        "feature-maps": feature_maps.render,
        "image": image.render,
        "compare": compare.render,
        "review": review.render,
        "self-test": self_test.render,
        "results": results.render,
    }


def pages() -> list[StreamlitPage]:
    """Return all pages, the overview first and default."""
    return [link(name) for name in text.PAGE_TITLES]


def link(name: str) -> StreamlitPage:
    """Return the page of this name, for the navigation or to switch to."""
    render = render_functions()[name]
    return st.Page(render, title=text.PAGE_TITLES[name], url_path=name, default=name == "overview", help=text.PAGE_HELP[name])  # type: ignore[arg-type]
