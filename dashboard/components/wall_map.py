"""The map of a study's network as the wall knows it: how many units fit in each place, coloured by a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.domain import Layer
from core.services.units.unit_finding import Filters, Found, UnitFinder
from core.services.units.unit_measures import Measured, words_of
from dashboard import browse_text

NO_LEGEND: Final = ("", "", "")


@dataclass(frozen=True, slots=True)
class MapPlace:
    """A branch of a layer, or a layer that has no branches. `shade`: where its value lies between the lowest (0) and the highest (1), None
    where it has none; `n_found`: units that fit the filters; `words`: what it is, for a person."""

    branch: str
    n_found: int
    shade: float | None
    words: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class MapLayer:
    """A column of the map."""

    name: str
    words: str
    places: tuple[MapPlace, ...]
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class NetworkMap:
    """Layers as columns, branches as lanes; `legend`: the lowest value, what it is a value of, the highest."""

    layers: tuple[MapLayer, ...]
    legend: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Colours:
    """The mean of a measure in each (layer, branch) of a table, and where it lies among them."""

    measured: Measured
    values: Mapping[tuple[int, int], float]

    @property
    def ends(self) -> tuple[float, float]:
        return min(self.values.values()), max(self.values.values())

    def shade(self, place: tuple[int, int]) -> float | None:
        low, high = self.ends
        return None if place not in self.values else (self.values[place] - low) / (high - low) if high > low else 1.0

    def words(self, value: float) -> str:
        return words_of(value, self.measured.measure.kind)


def map_of(finder: UnitFinder, filters: Filters, found: Found, colour: str) -> NetworkMap:
    """Return the map with how many units fit in each place, coloured by the measure of these words; layers that were not mined are left
    out."""
    measured = next((one for one in finder.measures.values() if one.measure.words == colour), None)
    values = {} if measured is None else finder.colours(measured.measure.name)
    colours = None if measured is None or not values else _Colours(measured, values)
    layers = []
    for at, layer in enumerate(finder.table.layers):
        own = [(at, finder.table.branches.index(branch.name)) for branch in layer.branches]
        if any(one in found.by_place for one in own):
            layers.append(_layer(layer, [(one, found.by_place.get(one, 0)) for one in own], filters, colours))
    return NetworkMap(tuple(layers), _legend(colours))


def _layer(layer: Layer, own: Sequence[tuple[tuple[int, int], int]], filters: Filters, colours: _Colours | None) -> MapLayer:
    is_chosen = filters.layer == layer.name
    places = []
    for (place, n), branch in zip(own, layer.branches, strict=True):
        words = browse_text.MAP_PLACE.format(layer=layer.name, branch=branch.name, n=n, of=branch.stop - branch.start)
        if colours is not None and place in colours.values:
            said = colours.words(colours.values[place])
            words = browse_text.MAP_MEAN.format(place=words, measure=colours.measured.measure.words, value=said)
        is_place_chosen = filters.branch == branch.name and filters.layer in (None, layer.name)
        shade = None if colours is None else colours.shade(place)
        places.append(MapPlace(branch.name, n, shade, words, is_place_chosen or (len(own) == 1 and is_chosen)))
    whole = browse_text.MAP_WHOLE.format(layer=layer.name, n=sum(n for _, n in own), of=layer.n_channels)
    return MapLayer(layer.name, whole, tuple(places), is_chosen)


def _legend(colours: _Colours | None) -> tuple[str, str, str]:
    if colours is None:
        return NO_LEGEND
    low, high = colours.ends
    return colours.words(low), colours.measured.measure.words, colours.words(high)
