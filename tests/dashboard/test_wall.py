"""The wall of units as its address asks for it: images, ranges, groups, reviews, what is asked ahead."""

from __future__ import annotations

import pytest
import streamlit as st

from core.domain import Unit
from core.services.reviewing import Reviewer
from core.services.unit_finding import Range
from dashboard import resources
from dashboard.components import wall_tiles
from dashboard.components.image_grid import UnitTile
from dashboard.components.network_map import MapLayer
from dashboard.components.wall_controls import range_of
from dashboard.components.wall_filters import FilterGroup
from dashboard.pages import feature_maps
from tests.dashboard.apptest import open_page
from tests.studies import LAYERS, Workplace


class Drawn:
    """What the page asked its components to draw last."""

    tiles: list[UnitTile]
    ahead: list[str]
    layers: list[MapLayer]
    groups: list[FilterGroup]


@pytest.fixture
def drawn(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    found = Drawn()

    def grid(tiles: list[UnitTile], *, ahead: list[str], **_: object) -> None:
        found.tiles, found.ahead = tiles, ahead

    def filters(groups: list[FilterGroup], *_: object, **__: object) -> None:
        found.groups = groups

    monkeypatch.setattr(feature_maps, "unit_grid", grid)
    monkeypatch.setattr(feature_maps, "network_map", lambda layers, **_: setattr(found, "layers", layers))
    monkeypatch.setattr("dashboard.components.wall_controls.wall_filters", filters)
    return found


def test_the_guise_chooses_images(drawn: Drawn) -> None:
    """Of the same unit the max or the min images, one kind or both."""
    both = (open_page("feature-maps"), drawn.tiles[0])[1]
    least = (open_page("feature-maps", guise="Min"), drawn.tiles[0])[1]
    one = (open_page("feature-maps", guise="Natural"), drawn.tiles[0])[1]
    assert (both.kinds, one.kinds, one.natural) == (("natural", "synthetic"), ("natural",), both.natural)
    assert least.unit == both.unit and least.natural != both.natural and least.synthetic not in (None, both.synthetic)
    assert "min" in least.subtitle and "max" in both.subtitle


def test_ranges_narrow_from_the_address(drawn: Drawn) -> None:
    """Only units within the range are left; one of an unknown measure or that is written wrongly narrows nothing."""
    page = open_page("feature-maps", rendered="false", where="selectivity:0.9..", sort="Class selectivity")
    assert not page.exception and drawn.tiles
    told = [int(tile.score.split("%")[0].rsplit(" ", 1)[1]) for tile in drawn.tiles]
    assert told == sorted(told, reverse=True) and told[-1] >= 90 and len(told) < 20
    assert not open_page("feature-maps", rendered="false", where="nothing:1..2").exception and len(drawn.tiles) == 20


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("high:1..2", Range("high", 1, 2)),
        ("high:..", Range("high")),
        ("high:-1e3..", Range("high", -1000)),
        ("high:a..2", None),
        ("high", None),
    ],
)
def test_ranges_as_the_address_writes_them(asked: str, expected: Range | None) -> None:
    """measure:least..most, either end left out."""
    assert range_of(asked) == expected


def test_groups_follow_the_network(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer has its heading, in the network's order and within groups; each branch too where branches have a few units each."""
    open_page("feature-maps", rendered="false")
    assert list(dict.fromkeys(tile.group for tile in drawn.tiles)) == [layer.name for layer in LAYERS]
    open_page("feature-maps", rendered="false", sort="Highest activation", grouped="true")
    assert list(dict.fromkeys(tile.group for tile in drawn.tiles)) == [layer.name for layer in LAYERS]
    monkeypatch.setattr(wall_tiles, "FEW", 1)
    open_page("feature-maps", rendered="false")
    headings = list(dict.fromkeys(tile.group for tile in drawn.tiles))
    assert headings == ["conv2d2", *(f"{layer.name} · {branch.name}" for layer in LAYERS[1:] for branch in layer.branches)]
    open_page("feature-maps", rendered="false", sort="Highest activation")
    assert {tile.group for tile in drawn.tiles} == {""}


def test_the_next_page_is_asked_ahead(drawn: Drawn, monkeypatch: pytest.MonkeyPatch) -> None:
    """The images that are fetched ahead are those of the next page's tiles; after the last page there are none."""
    monkeypatch.setattr(feature_maps, "PAGE_SIZE", 12)
    open_page("feature-maps", rendered="false", guise="Natural")
    ahead = drawn.ahead
    open_page("feature-maps", rendered="false", guise="Natural", page="2")
    assert ahead == [tile.natural for tile in drawn.tiles] and drawn.ahead == []


def test_the_map_counts_what_fits(drawn: Drawn) -> None:
    """Every layer's places say how many of their units fit the other filters, and which is chosen."""
    open_page("feature-maps", layer="mixed3a", branch="3x3")
    assert [layer.name for layer in drawn.layers] == [layer.name for layer in LAYERS]
    chosen = [place for layer in drawn.layers for place in layer.places if place.is_chosen]
    assert [one.words.split(":")[0] for one in chosen] == ["mixed3a, branch 3x3"]
    assert sum(place.n_found for layer in drawn.layers for place in layer.places) == 10  # with synthetic images


def test_reviews_are_filters_and_searched(drawn: Drawn, served: Workplace) -> None:
    """Tags and statuses have their counts as soon as somebody reviews; a note's words find the unit."""
    open_page("feature-maps")
    assert [group.name for group in drawn.groups] == ["life"]
    reviewer = Reviewer(resources.responses(), served.study, Unit("mixed3a", 2), "Ada")
    reviewer.tag("edges")
    reviewer.note("Seems to like kites")
    page = open_page("feature-maps", tag="edges")
    assert not page.exception and [tile.unit for tile in drawn.tiles] == ["mixed3a:2"]
    assert {group.name: [(one.value, one.n) for one in group.options] for group in drawn.groups}["tag"] == [("edges", 1)]
    open_page("feature-maps", search="KITES")
    assert [tile.unit for tile in drawn.tiles] == ["mixed3a:2"]


def test_filters_that_fit_nothing_can_be_cleared(drawn: Drawn) -> None:
    """An empty wall says so and its button shows all units again, whatever the address narrowed."""
    page = open_page("feature-maps", life="dead", layer="mixed4a", search="gold")
    assert not page.exception and len(page.info) == 1
    page.button[0].click().run()
    assert not page.exception and not page.info and len(drawn.tiles) == 20
    st.query_params.clear()
