"""The gallery: which figures there are, that each draws in every theme, and that what is said and tabled are the record's numbers."""

from __future__ import annotations

import io
import math
import re
from dataclasses import replace

import pytest
from PIL import Image

from core.figures import export
from core.figures.figure import SELECT, Figure
from core.figures.gallery import figures
from core.figures.theme import INK, THEMES
from core.inference import Results, results
from core.palette import CONDITION_COLOURS
from tests.core.figures.charts import encodings, simulated, views

NAMES = [
    "accuracy",
    "accuracy-by-layer",
    "accuracy-by-branch",
    "accuracy-by-scheme",
    "accuracy-by-expertise",
    "reaction-time",
    "confidence",
    "calibration",
    "type-two-roc",
    "sensitivity",
    "learning",
    "intuitiveness",
    "sequence",
    "units",
]
FIGURES = {figure.name: figure for figure in figures(simulated(), published=simulated(seed=1))}


def test_every_figure_is_there_once_and_in_order() -> None:
    """Answers of every kind have all figures; those of none have none."""
    assert list(FIGURES) == NAMES
    assert figures(results([])) == ()
    assert [one.name for one in figures(simulated(), units=False)] == NAMES[:-1]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_draws_in_both_themes(name: str) -> None:
    """Offline, without a warning: a picture on dark ground, and SVG in light ink and in that of the page."""
    picture = Image.open(io.BytesIO(export.png(FIGURES[name], theme="dark", scale=1)))
    assert picture.width > 400
    assert "#{:02X}{:02X}{:02X}".format(*picture.convert("RGB").getpixel((1, 1))) == THEMES["dark"].background
    light, on_page = export.svg(FIGURES[name], theme="light"), export.svg(FIGURES[name], theme=None)
    assert THEMES["light"].ink in light
    assert INK not in light
    assert INK in on_page
    assert not set(re.findall(r'(?:fill|stroke)="(#[0-9A-Fa-f]{6})"', on_page)) - set(CONDITION_COLOURS.values())


@pytest.mark.parametrize("name", NAMES)
def test_captions_say_n_interval_and_method(name: str) -> None:
    """Whoever reads the caption knows of how many it is, and what the bars are."""
    caption = FIGURES[name].caption
    assert re.search(r"n = \d", caption)
    assert "interval" in caption or "± 2 standard errors" in caption or "score interval" in caption
    assert caption.endswith(".")
    assert "  " not in caption


@pytest.mark.parametrize("name", NAMES)
def test_layers_share_their_scales(name: str) -> None:
    """No layer has a domain of its own: the axes would be lost."""
    for channel in ("x", "y"):
        domains = [one["scale"]["domain"] for one in encodings(FIGURES[name].specification(), channel) if "scale" in one]
        assert domains
        assert all(domain == domains[0] for domain in domains)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "sequence"])
def test_marks_can_be_selected_by_what_they_show(name: str) -> None:
    """There is one point selection of the known name, and its fields are among the data of its marks."""
    figure, specification = FIGURES[name], FIGURES[name].specification()
    (parameter,) = specification["params"]
    assert (parameter["name"], figure.select) == (SELECT, SELECT)
    assert tuple(parameter["select"]["fields"]) == figure.select_fields
    (view,) = [one for one in views(specification) if one.get("name") in parameter["views"]]
    rows = specification["datasets"][view["data"]["name"]]
    assert all(field in row for row in rows for field in figure.select_fields)


@pytest.mark.parametrize("name", NAMES)
def test_tables_hold_plain_numbers(name: str) -> None:
    """A figure's rows have the same columns, words or finite numbers, and survive CSV."""
    rows = FIGURES[name].rows
    assert rows
    assert len({tuple(row) for row in rows}) == 1
    assert all(value is None or isinstance(value, str) or math.isfinite(value) for row in rows for value in row.values())
    assert export.csv(rows).count("\n") == len(rows) + 1


def test_conditions_keep_their_colours_in_every_figure() -> None:
    """The same scale everywhere, whatever is drawn."""
    for figure in FIGURES.values():
        for colour in encodings(figure.specification(), "color"):
            if colour.get("field") == "condition":
                assert dict(zip(colour["scale"]["domain"], colour["scale"]["range"], strict=True)) == CONDITION_COLOURS


def test_a_rerun_moves_nothing() -> None:
    """Figures are a function of the results: jitter is drawn from a hash."""
    again = {figure.name: figure for figure in figures(simulated(), published=simulated(seed=1))}
    assert {name: one.specification() for name, one in again.items()} == {name: one.specification() for name, one in FIGURES.items()}


@pytest.mark.parametrize("sparse", ["one participant", "one condition", "observer"])
def test_sparse_results_have_figures(sparse: str) -> None:
    """From one participant, one condition or an observer without times and confidence on, what there is can be drawn."""
    found: Results = {
        "one participant": simulated(n_people=1),
        "one condition": simulated(conditions=("grad",)),
        "observer": replace(simulated(n_people=1), reaction_time={}, confidence={}, confidence_chi2={}, calibration={}, type_two={}),
    }[sparse]
    drawn: tuple[Figure, ...] = figures(found, kind="observers" if sparse == "observer" else "people")
    assert drawn[0].name == "accuracy"
    assert all("<svg" in export.svg(figure) for figure in drawn)


def test_the_published_answers_have_every_figure(published: object) -> None:
    """Both experiments as the authors released them."""
    from pathlib import Path

    from core.services.results.answer_results import published_results

    assert isinstance(published, Path)
    experiments = published_results(published).experiments
    first, second = (figures(experiments[name].results) for name in ("experiment-1", "experiment-2"))
    assert [one.name for one in second if one.name != "units-curve"] == NAMES
    assert {one.name for one in first} == {*NAMES, "units-curve"} - {"accuracy-by-scheme", "accuracy-by-expertise"}
    (accuracy,) = [one for one in first if one.name == "accuracy"]
    assert [round(float(row["accuracy"] or 0), 3) for row in accuracy.rows] == [0.922, 0.82, 0.431]
