"""Units that fit filters, in an order, with the number that each choice would leave."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain import Unit
from core.reviews import ReviewSummary
from core.services.units.unit_finding import Filters, Order, Range, UnitFinder
from core.services.units.unit_opinions import review_columns, score_measures
from core.services.units.unit_scores import UnitScore, UnitScores
from core.services.units.unit_table import UnitTable, unit_table
from core.store import unit_read
from core.store.publication import CatalogueReader
from tests.studies import DEAD_UNIT, LABELS, LAYERS, MAIN_UNITS, RESERVED_UNITS, Workplace

SUMMARIES = {
    "mixed3a:2": ReviewSummary(Unit("mixed3a", 2), 2, "disputed", {"interpretable": 3.5}, ("edge", "dog"), "Sees EDGES", frozenset()),
    "mixed4a:1": ReviewSummary(Unit("mixed4a", 1), 1, "reviewed", {"interpretable": 5.0}, ("dog",), "fur", frozenset()),
}
SCORES = UnitScores(
    ("natural", "synthetic"),
    {str(unit): {"natural": UnitScore(0.9, 10, 1), "synthetic": UnitScore(place / 10, 10, 1)} for place, unit in enumerate(MAIN_UNITS)},
)


@pytest.fixture(scope="module")
def finder(built_study: Workplace) -> UnitFinder:
    table = unit_table(CatalogueReader(built_study.workspace), built_study.study)
    return UnitFinder(table, scores=score_measures(table, SCORES), reviews=review_columns(table, SUMMARIES))


def all_units() -> list[str]:
    return [f"{layer.name}:{channel}" for layer in LAYERS for channel in range(layer.n_channels)]


def names(table: UnitTable, rows: object) -> list[str]:
    return [str(table.unit(row)) for row in np.asarray(rows).tolist()]


def found(finder: UnitFinder, order: Order = Order(), **filters: object) -> list[str]:  # noqa: B008
    return names(finder.table, finder.find(Filters(**filters), order).rows)  # type: ignore[arg-type]


def branch_of(name: str) -> str:
    layer, channel = name.split(":")
    return next(one for one in LAYERS if one.name == layer).branch_of(int(channel))


def test_without_filters_it_is_every_unit_in_the_networks_order(finder: UnitFinder) -> None:
    """Layers come in the network's order, not the alphabet's, channels in theirs."""
    assert found(finder) == all_units()


@pytest.mark.parametrize(("layer", "branch"), list(product([None, "conv2d2", "mixed3a", "nowhere"], [None, "1x1", "pool", "all"])))
def test_filters_by_layer_and_branch(finder: UnitFinder, layer: str | None, branch: str | None) -> None:
    """Those that have both are left; the map's counts are those of every place, whichever is chosen."""
    fit = [one for one in all_units() if layer in (None, one.split(":")[0]) and branch in (None, branch_of(one))]
    assert found(finder, layer=layer, branch=branch) == fit
    counts = finder.find(Filters(layer=layer, branch=branch), Order()).by_place
    table = finder.table
    assert {(table.layers[a].name, table.branches[b]): n for (a, b), n in counts.items()} == {
        (layer.name, branch.name): branch.stop - branch.start for layer in LAYERS for branch in layer.branches
    }


@pytest.mark.parametrize("search", [*LABELS, "GOLD", "a", "no such thing", "%", "_", " mixed4A:3 ", "mixed3"])
def test_search_by_unit_and_class(finder: UnitFinder, built_study: Workplace, search: str) -> None:
    """Part of a unit's name finds it, and a class that three of its nine most activating images have."""
    cursor, words = CatalogueReader(built_study.workspace).cursor(), search.strip().lower()
    expected = []
    for name in all_units():
        layer, channel = name.split(":")
        shown = unit_read.exemplars(cursor, built_study.study, [Unit(layer, int(channel))], limit=9)
        top = [one for one in shown if one.extreme == "max"]
        if sum(words in one.label.lower() for one in top) >= 3 or words in name:
            expected.append(name)
    reviewless = UnitFinder(finder.table)
    assert found(reviewless, search=search) == expected


def test_search_by_tag_and_note(finder: UnitFinder) -> None:
    """Words of tags and notes find a unit, in any case."""
    assert found(finder, search="edges") == ["mixed3a:2"]
    assert found(finder, search="DOG") == ["mixed3a:2", "mixed4a:1"]


def test_a_class_of_two_images_needs_both(finder: UnitFinder) -> None:
    """Where a set has fewer than three images of a class, all of them count; one alone is chance."""
    labels = finder.table.labels
    place, codes, n_images = labels.names.index("daisy"), labels.codes.copy(), labels.n_images.copy()
    codes[:2], codes[0, :2], codes[1, :1] = -1, place, place  # two of the first unit's images, one of the second's
    many = UnitFinder(replace(finder.table, labels=replace(labels, codes=codes)))
    n_images[place] = 2
    few = UnitFinder(replace(finder.table, labels=replace(labels, codes=codes, n_images=n_images)))
    assert not {"conv2d2:0", "conv2d2:1"} & set(found(many, search="daisy"))
    assert {"conv2d2:0", "conv2d2:1"} & set(found(few, search="daisy")) == {"conv2d2:0"}


def test_dead_and_made_units(finder: UnitFinder) -> None:
    """Each filter leaves its own; its count is what it would leave, also while another choice of it is made."""
    made = [one for one in all_units() if Unit(one.split(":")[0], int(one.split(":")[1])) in {*MAIN_UNITS, *RESERVED_UNITS}]
    assert found(finder, made_only=True) == made
    assert found(finder, lives=frozenset({"dead"})) == [str(DEAD_UNIT)]
    told = finder.find(Filters(lives=frozenset({"dead"})), Order())
    assert (told.lives, told.n_made) == ({"live": 19, "constant": 0, "dead": 1}, 0)


def test_review_filters_and_their_counts(finder: UnitFinder) -> None:
    """Statuses and tags narrow; several choices of one filter add up, filters among each other cut."""
    assert found(finder, tags=frozenset({"dog"}), statuses=frozenset({"disputed"})) == ["mixed3a:2"]
    assert len(found(finder, statuses=frozenset({"disputed", "reviewed"}))) == 2
    told = finder.find(Filters(tags=frozenset({"edge"})), Order())
    assert told.statuses == {"unreviewed": 0, "reviewed": 0, "disputed": 1} and told.tags == {"dog": 2, "edge": 1}


filters = st.builds(
    Filters,
    layer=st.sampled_from([None, "mixed3a", "mixed4a"]),
    made_only=st.booleans(),
    lives=st.frozensets(st.sampled_from(["live", "dead", "constant"])),
    statuses=st.frozensets(st.sampled_from(["unreviewed", "reviewed"])),
    ranges=st.lists(st.builds(Range, st.sampled_from(["high", "rating-interpretable"]), st.floats(-1, 3), st.floats(3, 9)), max_size=1).map(
        tuple
    ),
)


@given(filters=filters, measure=st.sampled_from([None, "high", "score-synthetic", "selectivity"]), low=st.booleans(), grouped=st.booleans())
@settings(max_examples=60)
def test_orders_and_counts_agree_with_a_slow_search(
    finder: UnitFinder, filters: Filters, measure: str | None, low: bool, grouped: bool
) -> None:
    """Sorted by value, equals in the network's order, units without a value last, in groups where asked; counts are of what one gets."""
    told = finder.find(filters, Order(measure, lowest_first=low, grouped=grouped))
    rows = told.rows.tolist()
    table = finder.table

    def rank(row: int) -> tuple[object, ...]:
        value = float("nan") if measure is None else float(finder.measures[measure].values[row])
        key = (np.isnan(value), 0.0 if np.isnan(value) else value if low else -value)
        return (*((int(table.layer[row]), int(table.branch[row])) if grouped and measure else ()), *(key if measure else ()), row)

    assert rows == sorted(rows, key=rank)
    for life, n in told.lives.items():
        assert n == len(finder.find(replace(filters, lives=frozenset({life})), Order()).rows)
    for status, n in told.statuses.items():
        assert n == len(finder.find(replace(filters, statuses=frozenset({status})), Order()).rows)
    assert told.n_made == len(finder.find(replace(filters, made_only=True), Order()).rows)
    for one in filters.ranges:
        values = finder.measures[one.measure].values[rows]
        assert np.all((values >= one.low) & (values <= one.high))
        assert sum(told.bins[one.measure].counts) >= len(rows)


def test_the_map_is_coloured_by_the_mean_of_a_place(finder: UnitFinder) -> None:
    """The mean of a measure over the units of a layer's branch that have it; a place without any has no colour."""
    table, colours = finder.table, finder.colours("score-synthetic")
    by_place: dict[tuple[int, int], list[float]] = {}
    for row, value in enumerate(finder.measures["score-synthetic"].values.tolist()):
        if not np.isnan(value):
            by_place.setdefault((int(table.layer[row]), int(table.branch[row])), []).append(value)
    assert colours == pytest.approx({place: float(np.mean(values)) for place, values in by_place.items()})
