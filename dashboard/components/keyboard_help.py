"""What the keys of a page do: a sign in the corner, and `?` opens it from anywhere but a field."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

import streamlit as st

from dashboard.keyboard_text import KeyboardHelp

ASSETS: Final = Path(__file__).parent / "assets"
KEY: Final = "keyboard-help"  # assets/style.css keeps what has this key in the corner


def keyboard_help_sign(words: KeyboardHelp) -> None:
    """Draw the sign; the help itself is a modal dialog: the focus stays in it and returns to where it was, Esc closes it."""
    _component()(data=asdict(words), key=KEY)


@cache
def _component() -> Any:
    script = "\n".join((ASSETS / f"{one}.js").read_text(encoding="utf-8") for one in ("elements", "keyboard_help"))
    style = (ASSETS / "keyboard_help.css").read_text(encoding="utf-8")
    return st.components.v2.component("exemplary_keyboard_help", html='<div class="keyboard-help"></div>', css=style, js=script)
