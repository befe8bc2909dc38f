"""Colours of conditions and extremes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core.design_spec import CONDITIONS
from core.domain import EXTREMES
from dashboard.components.palette import CONDITION_COLOURS, EXTREME_COLOURS, METHOD_COLOURS, condition_colours

CONFIG = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
GROUNDS = [CONFIG["theme"][theme]["backgroundColor"] for theme in ("light", "dark")]
COLOURS = {**CONDITION_COLOURS, **EXTREME_COLOURS, **dict(enumerate(METHOD_COLOURS))}


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_condition_and_extreme_has_a_colour_of_its_own() -> None:
    """No two words share a colour."""
    assert set(CONDITION_COLOURS) == set(CONDITIONS)
    assert set(EXTREME_COLOURS) == set(EXTREMES)
    assert len(set(COLOURS.values())) == len(COLOURS)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", COLOURS.values())
def test_colours_stand_out_on_both_page_backgrounds(colour: str, ground: str) -> None:
    """Contrast of at least 3:1, what WCAG asks of graphical objects."""
    assert contrast(colour, ground) >= 3


def test_imported_methods_get_colours_in_turn() -> None:
    """By name, whatever the order they come in; a fifth one begins again, and the conditions that are always there keep theirs."""
    found = condition_colours(["c", "natural", "b", "a", "e", "d"])
    assert [found[name] for name in "abcde"] == [*METHOD_COLOURS, METHOD_COLOURS[0]]
    assert {name: found[name] for name in CONDITIONS} == dict(CONDITION_COLOURS) == condition_colours(())


def deuteranope(colour: str) -> tuple[float, ...]:
    """Return linear RGB as a deuteranope sees it (Vienot, Brettel & Mollon 1999)."""
    r, g, b = [(int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)]
    long, short = 17.8824 * r + 43.5161 * g + 4.11935 * b, 0.0299566 * r + 0.184309 * g + 1.46709 * b
    medium = 0.494207 * long + 1.24827 * short
    red = 0.0809444479 * long - 0.130504409 * medium + 0.116721066 * short
    green = -0.0102485335 * long + 0.0540193266 * medium - 0.113614708 * short
    blue = -0.000365296938 * long - 0.00412161469 * medium + 0.693511405 * short
    return red, green, blue


@pytest.mark.parametrize(("one", "other"), [("natural", "synthetic"), ("max", "min")])
def test_pairs_that_are_compared_differ_for_a_deuteranope(one: str, other: str) -> None:
    """The two conditions of the main comparison, and the two extremes, do not collapse without medium-wavelength cones."""
    a, b = deuteranope(COLOURS[one]), deuteranope(COLOURS[other])
    assert sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) ** 0.5 > 0.05


@pytest.mark.parametrize(("theme", "on_white"), [("light", True), ("dark", False)])
def test_body_text_and_buttons_are_readable(theme: str, on_white: bool) -> None:
    """Text has 7:1 on its page; the white word on a primary button has 4:1."""
    section = CONFIG["theme"][theme]
    assert contrast(section["textColor"], section["backgroundColor"]) >= 7
    assert contrast(section["primaryColor"], "#FFFFFF") >= 4
    assert (luminance(section["backgroundColor"]) > 0.5) is on_white
