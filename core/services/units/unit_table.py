"""All units of a study as columns: where they are, their measures, what the wall shows of them. Built once a catalogue. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from core.domain import Extreme, Layer, Study, Unit
from core.services.units.unit_measures import OF_TABLE, Measured, by_name
from core.store import render_read, unit_table_read
from core.store.publication import CatalogueReader
from core.store.unit_table_read import KEY, FirstMade, Floats, Labels, Statistics

N_TOP: Final = 9  # most activating images that make a class a top class: as many as a participant sees
Codes = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Addresses = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The addresses of every unit's first images, None where there is none; of imported methods those at max: (method, address)."""

    natural: Mapping[Extreme, Addresses]
    synthetic: Mapping[Extreme, Addresses]
    by_methods: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class TopLabels:
    """The image set's labels by name with their images, and the labels of each unit's nine most activating images: codes
    (n, 9), -1: none."""

    names: tuple[str, ...]
    n_images: npt.NDArray[np.int64]
    codes: Codes

    def of(self, row: int) -> tuple[tuple[str, int], ...]:
        """Return a unit's classes with their numbers of images, the most frequent first, equals by name."""
        codes, counts = np.unique(self.codes[row][self.codes[row] >= 0], return_counts=True)
        order = np.argsort(-counts, kind="stable")
        return tuple((self.names[codes[at]], int(counts[at])) for at in order)


@dataclass(frozen=True, eq=False)
class UnitTable:
    """The mined units of a study, a row each in the network's order; `layer` and `branch` are places in `layers` and `branches`."""

    study: str
    layers: tuple[Layer, ...]
    branches: tuple[str, ...]
    layer: Codes
    branch: Codes
    channel: Codes
    is_constant: Bools
    is_dead: Bools
    is_rendered: Bools
    is_made: Bools  # rendered here or imported
    labels: TopLabels
    pictures: Pictures
    measures: Mapping[str, Measured]

    def __len__(self) -> int:
        return len(self.channel)

    def unit(self, row: int) -> Unit:
        """Return the unit of a row."""
        return Unit(self.layers[self.layer[row]].name, int(self.channel[row]))

    @cached_property
    def names(self) -> npt.NDArray[np.str_]:
        """Return every unit as "layer:channel"."""
        return np.array(
            [f"{self.layers[layer].name}:{channel}" for layer, channel in zip(self.layer, self.channel, strict=True)], dtype=np.str_
        )

    @cached_property
    def rows(self) -> Mapping[str, int]:
        """Return the row of every unit by "layer:channel"."""
        return {name: row for row, name in enumerate(self.names.tolist())}


def unit_table(reader: CatalogueReader, study: Study) -> UnitTable:
    """Return the table of a study as its catalogue is now."""
    cursor, layers = reader.cursor(), study.network.all_layers
    order = [layer.name for layer in layers]
    found = unit_table_read.statistics(cursor, study, order)
    made = unit_table_read.first_made(cursor, study, order)
    rows = _Rows(found)
    labels = _top_labels(unit_table_read.labels(cursor, study, order, n_ranks=N_TOP), rows)
    layer, channel = (found.key // KEY).astype(np.int32), (found.key % KEY).astype(np.int32)
    branches, branch = _branches(layers, layer, channel)
    own = [one for one in made if one.method is None]
    comparable = _comparable(reader, study, own)
    measures = {**_activation_measures(found), **_synthetic_measures(comparable, rows, found), **_label_measures(labels)}
    return UnitTable(
        study=study.key,
        layers=layers,
        branches=branches,
        layer=layer,
        branch=branch,
        channel=channel,
        is_constant=found.is_constant,
        is_dead=found.is_dead,
        is_rendered=rows.mask(own),
        is_made=rows.mask(made),
        labels=labels,
        pictures=_pictures(unit_table_read.first_natural(cursor, study, order), made, rows),
        measures=by_name([Measured(one, measures[one.name]) for one in OF_TABLE]),
    )


class _Rows:
    """The rows of units by their keys."""

    def __init__(self, found: Statistics) -> None:
        self.n = len(found.key)
        self._keys = found.key
        self._row_of = {key: row for row, key in enumerate(found.key.tolist())}

    def of(self, key: int) -> int:
        return self._row_of[key]

    def all_of(self, keys: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.searchsorted(self._keys, keys)

    def mask(self, made: list[FirstMade] | tuple[FirstMade, ...]) -> Bools:
        found = np.zeros(self.n, dtype=bool)
        found[[self.of(one.key) for one in made]] = True
        return found


def _branches(layers: tuple[Layer, ...], layer: Codes, channel: Codes) -> tuple[tuple[str, ...], Codes]:
    """Return the names of all branches in the order of first appearance, and each unit's."""
    names = tuple(dict.fromkeys(branch.name for one in layers for branch in one.branches))
    codes = np.zeros(len(layer), dtype=np.int32)
    for place, one in enumerate(layers):
        for branch in one.branches:
            codes[(layer == place) & (channel >= branch.start) & (channel < branch.stop)] = names.index(branch.name)
    return names, codes


def _top_labels(found: Labels, rows: _Rows) -> TopLabels:
    codes = np.full((rows.n, N_TOP), -1, dtype=np.int32)
    codes[rows.all_of(found.key), found.rank] = found.code
    return TopLabels(found.names, found.n_images, codes)


def _pictures(natural: list[tuple[int, Extreme, str]], made: tuple[FirstMade, ...], rows: _Rows) -> Pictures:
    extremes: tuple[Extreme, Extreme] = ("max", "min")
    first: dict[Extreme, list[str | None]] = {one: [None] * rows.n for one in extremes}
    synthetic: dict[Extreme, list[str | None]] = {one: [None] * rows.n for one in extremes}
    methods: list[list[tuple[str, str]]] = [[] for _ in range(rows.n)]
    for key, extreme, address in natural:
        first[extreme][rows.of(key)] = address
    for one in made:
        if one.method is None:
            synthetic[one.extreme][rows.of(one.key)] = one.address
        elif one.extreme == "max":
            methods[rows.of(one.key)].append((one.method, one.address))
    return Pictures(
        {one: tuple(first[one]) for one in extremes}, {one: tuple(synthetic[one]) for one in extremes}, tuple(map(tuple, methods))
    )


def _comparable(reader: CatalogueReader, study: Study, own: list[FirstMade]) -> list[FirstMade]:
    """Return the images that are measured as the study's natural ones are."""
    if study.mining.reduction != "mean":
        return []
    cursor = reader.cursor()
    fit = {digest for digest in {one.spec_digest for one in own} if render_read.render_spec(cursor, digest).shows_activation}
    return [one for one in own if one.spec_digest in fit]


def _activation_measures(found: Statistics) -> dict[str, Floats]:
    return {"high": found.high, "low": found.low, "mean": found.mean, "sd": found.sd}


def _synthetic_measures(made: list[FirstMade], rows: _Rows, found: Statistics) -> dict[str, Floats]:
    percent: dict[Extreme, Floats] = {"max": np.full(rows.n, np.nan), "min": np.full(rows.n, np.nan)}
    activation = np.full(rows.n, np.nan)
    for one in made:
        row = rows.of(one.key)
        percent[one.extreme][row] = one.percent_below
        if one.extreme == "max":
            activation[row] = one.activation
    margin = np.full(rows.n, np.nan)
    np.divide(activation - found.high, found.sd, out=margin, where=found.sd > 0)
    return {"synthetic-percentile": percent["max"], "synthetic-margin": margin, "synthetic-min-percentile": percent["min"]}


def _label_measures(labels: TopLabels) -> dict[str, Floats]:
    """Return the share of the most frequent label, and how many labels there are, among each unit's top images; NaN without labels."""
    same = (labels.codes[:, :, None] == labels.codes[:, None, :]) & (labels.codes >= 0)[:, :, None]  # (n, 9, 9)
    n_same = same.sum(axis=2)  # images of the label of each
    n_labelled = (labels.codes >= 0).sum(axis=1).astype(np.float64)
    n_labelled[n_labelled == 0] = np.nan
    n_different = np.divide(1.0, n_same, out=np.zeros(n_same.shape), where=n_same > 0).sum(axis=1)
    n_different[np.isnan(n_labelled)] = np.nan
    return {"selectivity": n_same.max(axis=1, initial=0) / n_labelled, "classes": np.round(n_different)}
