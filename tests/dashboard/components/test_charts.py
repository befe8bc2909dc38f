"""Charts of results and activations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import vl_convert

from dashboard.components.charts import (
    AccuracyRow,
    ActivationMarks,
    accuracy_chart,
    activation_histogram,
)
from dashboard.components.palette import CONDITION_COLOURS, METHOD_COLOURS

PEOPLE = AccuracyRow("natural", "people", 0.9, 0.85, 0.94, 200, 3, (0.85, 0.9, 0.95))
OBSERVERS = AccuracyRow("natural", "observers", 0.8, 0.75, 0.84, 400, 1)
SYNTHETIC = AccuracyRow("synthetic", "people", 0.8, 0.74, 0.85, 200, 3)


def layers(specification: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the chart's single views, however deep."""
    inner = specification.get("layer")
    return [view for layer in inner for view in layers(layer)] if inner else [specification]


def encodings(specification: dict[str, Any], channel: str) -> list[dict[str, Any]]:
    return [view["encoding"][channel] for view in layers(specification) if channel in view.get("encoding", {})]


def texts(chart: Any) -> str:
    """Return the chart drawn as SVG: what a person sees."""
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))


def test_accuracy_runs_from_0_to_100_percent_in_every_layer() -> None:
    """No layer shortens the axis: differences are not magnified."""
    domains = [y["scale"]["domain"] for y in encodings(accuracy_chart([PEOPLE, SYNTHETIC]).to_dict(), "y")]
    assert domains
    assert all(domain == [0, 1] for domain in domains)


def test_accuracy_shows_chance_and_the_paper() -> None:
    """Chance is named, and the published 92 and 82 percent stand beside the conditions they belong to."""
    drawn = texts(accuracy_chart([PEOPLE, SYNTHETIC]))
    assert "chance" in drawn
    assert "paper 92 ± 2" in drawn
    assert "paper 82 ± 4" in drawn
    assert "paper" not in texts(accuracy_chart([PEOPLE], show_paper=False))


def test_the_paper_is_shown_only_for_conditions_that_are_drawn() -> None:
    """A chart of natural images alone says nothing of synthetic ones."""
    assert "82" not in texts(accuracy_chart([PEOPLE]))


def test_people_and_observers_are_told_apart_where_both_occur() -> None:
    """A legend appears with the second kind of respondents."""
    assert "observers" in texts(accuracy_chart([PEOPLE, OBSERVERS])).split("</title>")[-1]
    legends = [shape.get("legend") for shape in encodings(accuracy_chart([PEOPLE]).to_dict(), "shape")]
    assert all(legend is None for legend in legends)


def test_a_rerun_moves_no_participant() -> None:
    """Jitter is a function of the participant, not of chance."""
    assert accuracy_chart([PEOPLE]).to_dict() == accuracy_chart([PEOPLE]).to_dict()


@pytest.mark.parametrize("rows", [[], [AccuracyRow("none", "people", 0.0, 0.0, 1.0, 0, 0)]])
def test_no_or_empty_results_are_drawn_without_error(rows: list[AccuracyRow]) -> None:
    """An experiment that nobody has done yet has a chart."""
    assert "<svg" in texts(accuracy_chart(rows))


def test_conditions_keep_their_colours_in_every_chart() -> None:
    """The same scale everywhere, also when a condition is missing."""
    charts = [
        accuracy_chart([PEOPLE]),
        activation_histogram([1, 2], 0, 1, [ActivationMarks("synthetic", "synthetic max", (3.0,))]),
    ]
    for chart in charts:
        for colour in encodings(chart.to_dict(), "color"):
            assert dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True)) == CONDITION_COLOURS


def test_imported_methods_have_colours_of_their_own() -> None:
    """After the conditions that are always there, by name; the same for every layer of a chart, and drawn in the histogram, too."""
    rows = [replace(PEOPLE, condition=condition) for condition in ("zebra", "natural", "grad")]
    chart = accuracy_chart(rows).to_dict()
    for colour in encodings(chart, "color"):
        found = dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True))
        assert found == {**CONDITION_COLOURS, "grad": METHOD_COLOURS[0], "zebra": METHOD_COLOURS[1]}
    assert [x["sort"] for x in encodings(chart, "x") if "sort" in x][-1] == ["natural", "grad", "zebra"]
    assert "zebra max" in texts(activation_histogram([1, 2], 0, 1, [ActivationMarks("zebra", "zebra max", (3.0,))]))


def test_the_histogram_reaches_to_the_synthetic_images() -> None:
    """Synthetic activations far outside the natural range are inside the axis."""
    marks = [ActivationMarks("synthetic", "synthetic max", (50.0, 70.0)), ActivationMarks("synthetic", "synthetic min", (-20.0,))]
    chart = activation_histogram([1, 5, 2], -1.0, 5 / 3, marks)
    domains = [x["scale"]["domain"] for x in encodings(chart.to_dict(), "x")]
    assert all(domain == domains[0] for domain in domains)
    assert domains[0][0] < -20 < 70 < domains[0][1]
    assert "synthetic max" in texts(chart)


@pytest.mark.parametrize(("counts", "low", "width"), [((), 0.0, 0.0), ((3,), 2.0, 2.0**-22), ((0, 0), -1.0, 1.0)])
def test_degenerate_distributions_are_drawn(counts: tuple[int, ...], low: float, width: float) -> None:
    """A dead unit (all activations equal) has a histogram, with and without marks."""
    assert "<svg" in texts(activation_histogram(counts, low, width))
    assert "<svg" in texts(activation_histogram(counts, low, width, [ActivationMarks("natural", "natural max", (low,))]))
