"""The wall of units as the browser draws it: one script, which the page mounts and which an early document runs by itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Final

import streamlit as st

from dashboard import browse_text, job_text, score_text, state, text
from dashboard.components.stage import no_callback

ASSETS: Final = Path(__file__).parent / "assets"
SCRIPTS: Final = ("wall_dom", "network_map", "wall_filters", "wall_controls", "wall_tiles", "wall")
STYLES: Final = ("wall_filters", "network_map", "wall_tiles", "wall")
READER: Final = "reader"  # of a request for what the wall shows: the name by which one reviews
CLEARED: Final = {state.RENDERED: ["false"]}
WORDS: Final = {
    "search": text.SEARCH,
    "search_hint": browse_text.SEARCH_HINT,
    "choices": {
        state.SORT: score_text.SORT,
        state.JUDGE: score_text.JUDGE,
        state.LAYER: text.LAYER,
        state.BRANCH: text.BRANCH,
        state.COLOUR: browse_text.COLOUR,
        state.GUISE: browse_text.GUISE,
    },
    "unchosen": {state.LAYER: text.ALL_LAYERS, state.COLOUR: browse_text.AS_SORTED},
    "map": browse_text.MAP_TITLE,
    "ranges": browse_text.RANGES,
    "add": browse_text.ADD_RANGE,
    "from": browse_text.FROM,
    "to": browse_text.TO,
    "remove": browse_text.REMOVE,
    "no_units": text.NO_UNITS,
    "clear": text.CLEAR_FILTERS,
    "again": browse_text.AGAIN,
    "pages": browse_text.PAGES,
    "page": browse_text.PAGE,
    "previous": browse_text.PREVIOUS_PAGE,
    "next": browse_text.NEXT_PAGE,
    "natural": browse_text.NATURAL,
    "synthetic": browse_text.SYNTHETIC,
    "no_natural": browse_text.NOT_MINED,
    "no_synthetic": browse_text.NOT_RENDERED,
    "render_help": job_text.RENDER_UNITS_HELP,
    "not_drawn": browse_text.NOT_DRAWN,
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen just now: a unit, or (None) that what was found be rendered. `address`: the wall's parameters as they were then."""

    unit: str | None
    address: str


def wall(study: str, *, script_url: str, reader: str, may_render: bool, key: str) -> Chosen | None:
    """Draw the wall of a study, which follows the browser's address; return what was chosen just now, None in every other run.

    `reader`: the name by which whoever looks reviews, empty where they have none; `may_render`: whether rendering what is found is offered.
    """
    data = {"study": study, "reader": reader, "may_render": may_render}
    chosen = _wall(script_url)(data=data, key=key, on_chosen_change=no_callback).chosen
    return None if chosen is None else Chosen(chosen["unit"], str(chosen["address"]))


def wall_script(addresses: Mapping[str, str]) -> str:
    """Return the wall's script with its style and words. `addresses`: where images, thumbnails and what is found are asked for."""
    style = "\n".join(_asset(f"{one}.css") for one in STYLES)
    frame = Template(_asset("wall.html")).substitute(title=text.PAGE_TITLES["feature-maps"], filters=browse_text.FILTERS)
    constants = {
        "WORDS": WORDS,
        "ADDRESSES": dict(addresses),
        "PARAMETERS": list(state.WALL),
        "CLEARED": {name: [] for name in state.WALL} | CLEARED,
        "READER": READER,
        "FRAME": f"<style>{style}</style>{frame}",
    }
    head = "\n".join(f"const {name} = {json.dumps(value)};" for name, value in constants.items())
    return "\n".join((head, *(_asset(f"{one}.js") for one in SCRIPTS)))


def early_markup() -> str:
    """Return what a document has in its body to draw the wall before the dashboard, as a template."""
    return _asset("early.html")


def digest(script: str) -> str:
    """Return what names a script's bytes in its address."""
    return hashlib.sha256(script.encode()).hexdigest()[:16]


@cache
def _wall(script_url: str) -> Callable[..., Any]:
    """Return the mount function of the component."""
    address = f"new URL({json.dumps(script_url)}, window.location.origin).href"  # the component's own script has no address
    script = f"const address = {address};\nexport default async (component) => (await import(address)).mount(component);"
    return st.components.v2.component("exemplary_wall", html='<div class="wall"></div>', js=script)


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
