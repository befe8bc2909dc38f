"""How a set of synthetic images was made: its spec in words and as JSON, and the facts of the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import streamlit as st

from core.domain import RenderCourse
from core.render_json import spec_content
from core.render_spec import RenderSpec
from core.render_words import recipe
from dashboard import render_text


def recipe_popover(spec: RenderSpec, courses: Sequence[RenderCourse], *, digest: str, key: str) -> None:
    """Draw a button that opens the recipe."""
    with st.popover(render_text.HOW, key=key):
        st.markdown("\n".join(f"- {line}" for line in (*recipe(spec), *render_text.machine(courses))))
        named = render_text.HOW_JSON if spec.imported is None else render_text.IMPORTED_JSON
        with st.expander(named.format(digest=digest)):
            st.code(json.dumps(spec_content(spec), indent=1, ensure_ascii=False), language="json", height=320)


def set_labels(specs: Mapping[str, RenderSpec], counts: Mapping[str, str]) -> dict[str, str]:
    """Return a name for each render spec by its digest: preset, images, steps; its seed, then its digest only where names are alike."""
    plain = {digest: render_text.set_name(spec, counts[digest]) for digest, spec in specs.items()}
    seeded = {digest: f"{label} · {render_text.SEED.format(seed=specs[digest].seed)}" for digest, label in plain.items()}
    named = {digest: f"{label} · {digest[:6]}" for digest, label in seeded.items()}
    candidates = (plain, seeded, named)
    return {digest: next((labels[digest] for labels in candidates if _is_alone(digest, labels)), digest) for digest in specs}


def _is_alone(digest: str, labels: Mapping[str, str]) -> bool:
    return list(labels.values()).count(labels[digest]) == 1
