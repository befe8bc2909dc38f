"""Charts of synthetic images: their course and their path."""

from __future__ import annotations

import math
from typing import Any

import pytest
import vl_convert

from dashboard.components.palette import EXTREME_COLOURS
from dashboard.components.render_charts import PATH_LIMITS, CourseLine, PathLine, course_chart, path_chart

COURSES = (
    CourseLine("max", 0, (0, 10, 20), (0.0, 4.0, 6.0)),
    CourseLine("max", 1, (0, 10), (0.0, 3.0)),
    CourseLine("min", 0, (0, 10, 20), (0.0, -4.0, -5.0)),
)
NATURAL = {"max": 3.5, "min": -9.0}
LAYERS = ("conv2", "mixed4b", "mixed5b")
PATHS = (
    PathLine("max", 0, LAYERS, (1.0, 0.5, math.nan)),
    PathLine("max", 1, LAYERS, (0.8, 0.7, math.nan)),
    PathLine("min", 0, LAYERS, (0.9, 0.1, 0.2)),
)


def views(specification: dict[str, Any]) -> list[dict[str, Any]]:
    return specification["layer"]  # type: ignore[no-any-return]


def values(specification: dict[str, Any], mark: str) -> list[dict[str, Any]]:
    """Return what the marks of this kind draw."""
    found = [view for view in views(specification) if view["mark"]["type"] == mark]
    return [value for view in found for value in specification["datasets"][view["data"]["name"]]]


def svg(chart: Any) -> str:
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))


def domains(specification: dict[str, Any], channel: str) -> list[Any]:
    found = [view["encoding"][channel] for view in views(specification) if channel in view["encoding"]]
    return [one["scale"]["domain"] for one in found if "scale" in one]


def test_the_course_draws_every_step() -> None:
    """Each group is a line of its own through its steps; nature's extremes are rules at their activations."""
    specification = course_chart(COURSES, NATURAL).to_dict()
    drawn = values(specification, "line")
    assert [(one["extreme"], one["group"], one["step"], one["activation"]) for one in drawn] == [
        (line.extreme, line.group, step, activation)
        for line in COURSES
        for step, activation in zip(line.steps, line.activations, strict=True)
    ]
    assert [one["activation"] for one in values(specification, "rule")] == [3.5, -9.0]
    assert next(view for view in views(specification) if view["mark"]["type"] == "line")["encoding"]["detail"]["field"] == "group"


def test_the_course_names_its_lines_and_rules() -> None:
    """Words tell max from min, not colour alone; they stand at the mean of the groups' ends."""
    chart = course_chart(COURSES, NATURAL)
    drawn = svg(chart)
    for word in ("max", "min", "most extreme natural image, max", "most extreme natural image, min"):
        assert f">{word}<" in drawn
    ends = [one for one in values(chart.to_dict(), "text") if "extreme" in one]
    assert [(one["extreme"], one["step"], one["activation"]) for one in ends] == [("max", 20, 4.5), ("min", 20, -5.0)]


def test_the_course_has_one_scale_for_all() -> None:
    """Nature's extremes are inside the axis also where no image comes near them."""
    found = domains(course_chart(COURSES, NATURAL).to_dict(), "y")
    assert all(domain == found[0] for domain in found) and found[0][0] < -9 and found[0][1] > 6


@pytest.mark.parametrize("natural", [{}, NATURAL])
def test_an_empty_course_is_drawn(natural: Any) -> None:
    """No steps and no natural images are no error."""
    assert "<svg" in svg(course_chart((), natural)) and "<svg" in svg(course_chart([CourseLine("max", 0, (0,), (1.0,))], natural))


def test_the_path_draws_means_and_images() -> None:
    """The line is the mean over an extreme's images at each layer; what is not defined is left out of both."""
    specification = path_chart(PATHS, layers=LAYERS, own_layer="mixed4b").to_dict()
    means = {(one["extreme"], one["layer"]): one["similarity"] for one in values(specification, "line")}
    assert means == pytest.approx(
        {("max", "conv2"): 0.9, ("max", "mixed4b"): 0.6, ("min", "conv2"): 0.9, ("min", "mixed4b"): 0.1, ("min", "mixed5b"): 0.2}
    )
    pale, _ = [view for view in views(specification) if view["mark"]["type"] == "circle"]
    assert len(specification["datasets"][pale["data"]["name"]]) == 7


def test_the_path_has_its_references_and_its_own_layer() -> None:
    """0 and 1 are named on the axis, the layers stand in the network's order, the unit's own is marked."""
    chart = path_chart(PATHS, layers=LAYERS, own_layer="mixed4b")
    specification = chart.to_dict()
    assert [one["similarity"] for one in values(specification, "rule") if "similarity" in one] == [0, 1]
    assert [one["layer"] for one in values(specification, "rule") if "layer" in one] == ["mixed4b"]
    assert all(domain == list(LAYERS) for domain in domains(specification, "x"))
    drawn = svg(chart)
    assert "random" in drawn and "exemplars" in drawn and drawn.index(">conv2<") < drawn.index(">mixed4b<") < drawn.index(">mixed5b<")
    assert not [one for one in values(path_chart(PATHS, layers=LAYERS, own_layer="other").to_dict(), "rule") if "layer" in one]


def test_a_wild_value_does_not_flatten_the_path() -> None:
    """Where exemplars are hardly more alike than random images, the ratio explodes: it stands at the edge of an axis that holds 0 and 1."""
    wild = PathLine("max", 0, LAYERS, (40.0, 0.5, -30.0))
    specification = path_chart([wild], layers=LAYERS, own_layer="mixed4b").to_dict()
    low, high = PATH_LIMITS
    for view in views(specification):
        scale = view["encoding"].get("y", {}).get("scale")
        assert scale is None or (scale["clamp"] and low - 1 < scale["domain"][0] < 0 and 1 < scale["domain"][1] < high + 1)


def test_extremes_keep_their_colours_and_dashes() -> None:
    """Both charts colour an extreme alike; in the path the dash says the same."""
    for chart in (course_chart(COURSES, NATURAL), path_chart(PATHS, layers=LAYERS, own_layer="mixed4b")):
        colours = [view["encoding"]["color"]["scale"] for view in views(chart.to_dict()) if "color" in view["encoding"]]
        assert colours and all(dict(zip(one["domain"], one["range"], strict=True)) == EXTREME_COLOURS for one in colours)
    line = next(view for view in views(path_chart(PATHS, layers=LAYERS, own_layer="x").to_dict()) if view["mark"]["type"] == "line")
    assert line["encoding"]["strokeDash"]["field"] == "extreme"
