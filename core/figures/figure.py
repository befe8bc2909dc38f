"""What a figure is: a chart with the words and numbers that belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

Value = str | float | int | None
Row = Mapping[str, Value]
SELECT: Final = "chosen"  # the name of every chart's point selection


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """A chart, its caption (n, interval, method) and its numbers as a table.

    `select` names the chart's point selection; what was clicked has the values of `select_fields` (condition, layer, unit ...).
    `width_px`: of an exported picture; on a page a chart is as wide as its column.
    """

    name: str
    title: str
    caption: str
    chart: alt.LayerChart
    rows: tuple[Row, ...]
    select: str | None = None
    select_fields: tuple[str, ...] = ()
    width_px: int = 640

    def specification(self) -> dict[str, Any]:
        """Return the chart's Vega-Lite specification, described by title and caption for those who cannot see it."""
        return {**self.chart.to_dict(validate=False), "description": f"{self.title}. {self.caption}"}
