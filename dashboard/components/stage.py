"""What a participant's components share: how their scripts are put together, and the stage on which they play (assets/stage.js)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.components.palette import CONDITION_COLOURS, CORRECT_COLOUR, EXTREME_COLOURS

ASSETS: Final = Path(__file__).parent / "assets"
COLOURS: Final[dict[str, str]] = dict((*EXTREME_COLOURS.items(), *CONDITION_COLOURS.items(), ("correct", CORRECT_COLOUR)))


def stage_component(name: str, *scripts: str) -> Any:
    """Return the mount function of a component of this name: its scripts after the shared ones, its style after the stage's."""
    script = "\n".join(_asset(f"{one}.js") for one in ("new_key", "post_queue", "stage", *scripts))
    style = "\n".join(_asset(f"{one}.css") for one in ("stage", scripts[-1]))
    markup = f'<div class="{name.replace("_", "-")} wide"></div>'
    return st.components.v2.component(f"exemplary_{name}", html=markup, css=style, js=script)


def component_key(name: str) -> str:
    """Return a component's key: Streamlit refuses two underscores in a row, which a session's id may hold."""
    return name.replace("_", ".")


def no_callback() -> None:
    """Declares a trigger: without a callback the result lacks its name until it first fires."""


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
