"""What the wall shows for an address: images, ranges, groups, pages, orders, the map, reviews."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from core.domain import Unit
from core.roles import Person
from core.services.reviews.reviewing import Reviewer
from dashboard import resources, state, wall_view
from dashboard.components import wall_tiles
from dashboard.wall_view import WallView, found_units
from tests.dashboard.conftest import session_in
from tests.dashboard.test_pages import serve
from tests.studies import LAYERS, MAIN_UNITS, OBSERVER, Workplace, response_to, tiny_study, trials_of

SOMEBODY = Person("Ada", "admin")
ALL = [f"{layer.name}:{channel}" for layer in LAYERS for channel in range(layer.n_channels)]


def shown(served: Workplace, **address: str | list[str]) -> WallView:
    """Return what somebody sees; rendered or not, unless the address says otherwise."""
    values = {name: value if isinstance(value, list) else [value] for name, value in ({state.RENDERED: "false"} | address).items()}
    return wall_view.wall_view(served.study, values, SOMEBODY)


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ({}, 20),
        ({"layer": "mixed3a"}, 8),
        ({"search": "conv2d2:1"}, 1),
        ({"rendered": "true"}, 10),
        ({"branch": "pool"}, 2),
        ({"layer": "mixed4a", "branch": "1x1"}, 2),
        ({"layer": "mixed4a", "search": "no such thing"}, 0),
    ],
)
def test_filters_come_from_the_address(served: Workplace, query: dict[str, str], n: int) -> None:
    """A link to a filtered wall shows what was filtered, and says how many units those are."""
    view = shown(served, **query)
    assert len(view.tiles) == n and view.count == f"{n} unit{'s' if n != 1 else ''} of 20"
    assert [tile.unit for tile in view.tiles] == list(found_units(served.study, {"rendered": ["false"]} | as_lists(query), SOMEBODY).names)


def as_lists(query: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in query.items()}


def test_it_becomes_json(served: Workplace) -> None:
    """The whole view is written and read again as it is."""
    view = asdict(shown(served, where="selectivity:0.5..", sort="Class selectivity"))
    assert json.loads(json.dumps(view, allow_nan=False))["tiles"][0]["unit"] == view["tiles"][0]["unit"]


def test_the_guise_chooses_images(served: Workplace) -> None:
    """Of the same unit the max or the min images, one kind or both."""
    both, least, one = (shown(served, rendered="true", guise=guise).tiles[0] for guise in ("Both", "Min", "Natural"))
    assert (both.kinds, one.kinds, one.natural) == (("natural", "synthetic"), ("natural",), both.natural)
    assert least.unit == both.unit and least.natural != both.natural and least.synthetic not in (None, both.synthetic)
    assert "min" in least.subtitle and "max" in both.subtitle


def test_ranges_narrow(served: Workplace) -> None:
    """Only units within the range are left; one of an unknown measure narrows nothing."""
    tiles = shown(served, where="selectivity:0.9..", sort="Class selectivity").tiles
    told = [int(tile.score.split("%")[0].rsplit(" ", 1)[1]) for tile in tiles]
    assert told == sorted(told, reverse=True) and told[-1] >= 90 and 0 < len(told) < 20
    assert len(shown(served, where="nothing:1..2").tiles) == 20


def test_groups_follow_the_network(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each layer has its heading, in the network's order and within groups; each branch too where branches have a few units each."""
    layers = [layer.name for layer in LAYERS]
    assert list(dict.fromkeys(tile.group for tile in shown(served).tiles)) == layers
    assert list(dict.fromkeys(tile.group for tile in shown(served, sort="Highest activation", grouped="true").tiles)) == layers
    monkeypatch.setattr(wall_tiles, "FEW", 1)
    headings = list(dict.fromkeys(tile.group for tile in shown(served).tiles))
    assert headings == ["conv2d2", *(f"{layer.name} · {branch.name}" for layer in LAYERS[1:] for branch in layer.branches)]
    assert {tile.group for tile in shown(served, sort="Highest activation").tiles} == {""}


def test_pages_are_parts_of_what_was_found(served: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other they are all units; past the end is the last; each asks ahead for the images of the next."""
    monkeypatch.setattr(wall_view, "PAGE_SIZE", 8)
    views = [shown(served, guise="Natural", page=str(page)) for page in (1, 2, 3, 99)]
    assert [tile.unit for view in views[:3] for tile in view.tiles] == ALL
    assert [(view.page, view.n_pages) for view in views] == [(1, 3), (2, 3), (3, 3), (3, 3)] and views[2].tiles == views[3].tiles
    for view, following in itertools.pairwise(views[:3]):
        assert set(view.ahead) == {tile.natural for tile in following.tiles}
    assert views[2].ahead == ()


def test_the_map_counts_what_fits(served: Workplace) -> None:
    """Every layer's places say how many of their units fit the other filters, and which is chosen."""
    layers = shown(served, rendered="true", layer="mixed3a", branch="3x3").map.layers
    assert [layer.name for layer in layers] == [layer.name for layer in LAYERS]
    assert [one.words.split(":")[0] for layer in layers for one in layer.places if one.is_chosen] == ["mixed3a, branch 3x3"]
    assert sum(place.n_found for layer in layers for place in layer.places) == 10


def test_the_map_is_coloured_by_the_order_or_by_choice(served: Workplace) -> None:
    """Unless a measure is chosen it is the one that is sorted by; the shades span its means."""
    assert shown(served).map.legend[1] == shown(served, sort="Highest activation").map.legend[1] == "Highest activation"
    assert shown(served, sort="Lowest activation").map.legend[1] == "Lowest activation"
    chosen = shown(served, sort="Lowest activation", colour="Mean activation").map
    shades = [place.shade for layer in chosen.layers for place in layer.places if place.shade is not None]
    assert chosen.legend[1] == "Mean activation" and min(shades) == 0 and max(shades) == 1


def test_who_judged_sorts(served: Workplace) -> None:
    """The address names order and judge; each tile says the scores with their n, and units without any come last."""
    view = shown(served, sort="Most explained by nature, least by synthesis")
    assert OBSERVER in view.note and OBSERVER in view.choices[state.JUDGE].chosen
    assert [tile.score for tile in view.tiles] == ["natural 100\u00a0% of 2 · synthetic 50\u00a0% of 2"] * 8 + ["not answered yet"] * 12
    assert {tile.unit for tile in view.tiles[:8]} == set(map(str, MAIN_UNITS))
    assert "People" not in view.choices[state.JUDGE].options
    store = resources.responses()
    store.add_session(session_in(served), trials_of())
    for trial in trials_of():
        store.add_response("session-0", response_to(trial, right=trial.unit == MAIN_UNITS[6]))
    view = shown(served, sort="Most explained by nature", judge="People")
    assert "people" in view.note
    assert (view.tiles[0].unit, view.tiles[0].score) == (str(MAIN_UNITS[6]), "natural 100\u00a0% of 1")
    assert [tile.score for tile in view.tiles[1:5]] == [*["natural 0\u00a0% of 1"] * 3, "not answered yet"]


def test_where_nobody_judged_no_order_by_scores_is_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without answers nobody is offered as a judge."""
    tiny_study(tmp_path, observed=False)
    serve(tmp_path, monkeypatch)
    choices = wall_view.wall_view(resources.all_studies()[0], {}, SOMEBODY).choices
    assert state.JUDGE not in choices and not any("explained" in label for label in choices[state.SORT].options)


def test_reviews_are_filters_and_searched(served: Workplace) -> None:
    """Tags and statuses have their counts as soon as somebody reviews; a note's words find the unit."""
    assert [group.name for group in shown(served).facets.groups] == ["life"]
    reviewer = Reviewer(resources.responses(), served.study, Unit("mixed3a", 2), "Ada")
    reviewer.tag("edges")
    reviewer.note("Seems to like kites")
    view = shown(served, tag=["edges"])
    assert [tile.unit for tile in view.tiles] == ["mixed3a:2"]
    assert {group.name: [(one.value, one.n) for one in group.options] for group in view.facets.groups}["tag"] == [("edges", 1)]
    assert [tile.unit for tile in shown(served, search="KITES").tiles] == ["mixed3a:2"]


def test_what_is_not_rendered_is_offered(served: Workplace) -> None:
    """How many of the found units have no synthetic images is said; nothing where all have."""
    assert shown(served, rendered="true").render == ""
    assert "10" in shown(served).render
    assert "conv2d2:1" in shown(served, search="conv2d2:1").render
