"""Who looks at a page: a name where one is known, and a role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from dashboard import state

Role = Literal["viewer", "reviewer", "participant", "admin"]


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever looks. `name`: a pseudonym, None until one was chosen."""

    name: str | None
    role: Role


def person() -> Person:
    """Return who looks: on localhost everybody may do everything, under the name that this browser session chose."""
    name = st.session_state.get(state.REVIEWER)
    return Person(str(name) if name else None, "admin")
