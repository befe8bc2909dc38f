"""Whether synthetic images take the path of natural ones through the network, layer by layer (Geirhos et al. 2023)."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain import PathSimilarity, Unit
from dashboard import render_text
from dashboard.components.render_charts import PATH_LIMITS, PathLine, path_chart


def path_section(paths: Sequence[PathSimilarity], *, layers: Sequence[str], unit: Unit, command: str, key: str) -> None:
    """Draw the paths of a set's images; layers: the network's, in order. Where none is known, name the command that computes it."""
    st.subheader(render_text.PATH)
    if not paths:
        st.caption(render_text.NO_PATH)
        st.code(command, language="bash", wrap_lines=True)
        return
    lines = [PathLine(one.extreme, index, one.at_layers, one.normalised) for index, one in enumerate(paths)]
    known = [name for name in layers if any(name in one.at_layers for one in paths)]
    st.altair_chart(path_chart(lines, layers=known, own_layer=unit.layer), width="stretch", key=f"path/{key}")
    low, high = PATH_LIMITS
    reaches_out = any(not low <= value <= high for line in lines for value in line.normalised if value == value)
    st.caption(f"{render_text.PATH_NOTE} {render_text.PATH_EDGE}" if reaches_out else render_text.PATH_NOTE)
