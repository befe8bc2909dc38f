"""Any figure of core.figures on a page: its chart, caption, numbers and downloads; clicking a mark says what it stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from core.figures import export
from core.figures.figure import Figure
from dashboard import results_text, state
from dashboard.components.downloads import Download, downloads_popover

Part = Mapping[str, Any]
AS_HIGH_AS_DRAWN: Final = {"type": "fit-x", "contains": "padding"}  # as wide as its place, as in a file otherwise
TABLE_ROWS: Final = 12  # that a table shows before it scrolls
TABLE_WIDTH_PX: Final = 620


def figure_view(figure: Figure, specification: Mapping[str, Any], *, key: str, selectable: bool) -> tuple[Part, ...]:
    """Draw a figure by its specification; return what the selected marks stand for, one part a mark. `key` names whose numbers it has.

    An unchanged figure keeps its place on the page, whatever else is drawn anew.
    """
    name = f"{key}/{figure.name}"
    with st.container(border=True, key=f"figure-{figure.name}"):
        st.markdown(f"**{figure.title}**", help=results_text.SELECT_HELP if selectable and figure.select else None)
        parts = _chart(figure, specification, name, selectable=selectable)
        st.caption(figure.caption)
        with st.container(horizontal=True, gap="small"):
            _numbers(figure, name)
            _downloads(figure, name)
    return parts


def specification_on_page(figure: Figure) -> dict[str, Any]:
    """Return a figure's specification with its data apart, under names that do not change with them: new data then move the marks of the
    chart that stands on the page, instead of drawing it anew."""
    specification = figure.chart.to_dict(validate=False)
    datasets = specification.pop("datasets", {})
    names = {name: f"data-{place}" for place, name in enumerate(datasets)}
    renamed: dict[str, Any] = _renamed(specification, names)
    return {**renamed, "autosize": AS_HIGH_AS_DRAWN, "datasets": {names[name]: rows for name, rows in datasets.items()}}


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _renamed(inner, names) for key, inner in part.items()}
    if isinstance(part, list):
        return [_renamed(inner, names) for inner in part]
    return names.get(part, part) if isinstance(part, str) else part


def _chart(figure: Figure, specification: Mapping[str, Any], name: str, *, selectable: bool) -> tuple[Part, ...]:
    spec = dict(specification)
    if not selectable or figure.select is None:
        st.vega_lite_chart(spec=spec, width="stretch", key=name, alt=figure.title)
        return ()
    key = f"{name}/{state.n_closed(figure.name)}"
    event = st.vega_lite_chart(spec=spec, width="stretch", key=key, on_select="rerun", selection_mode=figure.select, alt=figure.title)
    found: Sequence[Part] = event["selection"].get(figure.select, ())
    return tuple({field: part.get(field) for field in figure.select_fields} for part in found)


def _numbers(figure: Figure, name: str) -> None:
    with st.popover(results_text.NUMBERS, key=f"numbers/{name}"):
        st.dataframe(
            [dict(row) for row in figure.rows],
            hide_index=True,
            width=TABLE_WIDTH_PX,
            height="content" if len(figure.rows) <= TABLE_ROWS else 36 * TABLE_ROWS,
            key=f"table/{name}",
        )


def _downloads(figure: Figure, name: str) -> None:
    files = (
        Download(results_text.PNG, f"{figure.name}.png", lambda: export.png(figure)),
        Download(results_text.SVG, f"{figure.name}.svg", lambda: export.svg(figure)),
        Download(results_text.CSV, f"{figure.name}.csv", lambda: export.csv(figure.rows)),
    )
    downloads_popover(files, key=f"downloads/{name}")
