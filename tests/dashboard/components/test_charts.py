"""The histogram of activations."""

from __future__ import annotations

from typing import Any

import pytest
import vl_convert

from dashboard.components import charts
from dashboard.components.charts import ActivationMarks, activation_histogram
from dashboard.components.palette import CONDITION_COLOURS, METHOD_COLOURS


def layers(specification: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the chart's single views, however deep."""
    inner = specification.get("layer")
    return [view for layer in inner for view in layers(layer)] if inner else [specification]


def encodings(specification: dict[str, Any], channel: str) -> list[dict[str, Any]]:
    return [view["encoding"][channel] for view in layers(specification) if channel in view.get("encoding", {})]


def texts(chart: Any) -> str:
    """Return the chart drawn as SVG: what a person sees."""
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))


def test_conditions_keep_their_colours_in_every_chart() -> None:
    """The same scale as everywhere, also when a condition is missing."""
    chart = activation_histogram([1, 2], 0, 1, [ActivationMarks("synthetic", "synthetic max", (3.0,))])
    for colour in encodings(chart.to_dict(), "color"):
        assert dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True)) == CONDITION_COLOURS


def test_imported_methods_have_colours_of_their_own() -> None:
    """After the conditions that are always there, by name; the same for every layer."""
    marks = [ActivationMarks(condition, f"{condition} max", (3.0,)) for condition in ("zebra", "natural", "grad")]
    chart = activation_histogram([1, 2], 0, 1, marks)
    for colour in encodings(chart.to_dict(), "color"):
        found = dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True))
        assert found == {**CONDITION_COLOURS, "grad": METHOD_COLOURS[0], "zebra": METHOD_COLOURS[1]}
    assert "zebra max" in texts(chart)


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


@pytest.mark.parametrize("low", [-6.0, -2.2, 0.0, 2.5])
@pytest.mark.parametrize("apart", [0.3, 2.0, 3.6, 6.0, 9.0])
def test_labels_of_a_lane_do_not_meet(low: float, apart: float) -> None:
    """Wherever two marks of a lane lie on the axis, their labels do not run into each other."""
    ends = {"lane": 0.9, "from": -6.3, "to": -6.0}, {"lane": 0.9, "from": 4.0, "to": 4.2}
    high = min(low + apart, 4.0)
    values = [*ends, {"lane": 0.8, "from": low, "to": low + 0.1}, {"lane": 0.8, "from": high, "to": high + 0.1}]
    room, spans = charts.LABEL * 10.5, []
    for value in values[2:]:
        match charts._label_place(value, values, -1.0):
            case "above":
                spans.append((value["from"], value["from"] + room))
            case "above, inwards":
                spans.append((value["to"] - room, value["to"]))
            case _:  # beside its mark, lower than the labels above
                spans.append((100.0, 100.0 + room))
    (_, first_ends), (second_begins, _) = sorted(spans)
    assert first_ends <= second_begins + 1e-9
