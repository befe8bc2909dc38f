"""All units of a study as columns, each against what is known of a unit alone."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from core.domain import EXTREMES, Unit
from core.services.units.unit_measures import words_of
from core.services.units.unit_table import UnitTable, unit_table
from core.services.units.units import unit_view
from core.store import render_read
from core.store.publication import CatalogueReader
from tests.core.services.method_folders import put_method
from tests.studies import MAIN_UNITS, Workplace, put_synthetic


def table_of(place: Workplace) -> UnitTable:
    return unit_table(CatalogueReader(place.workspace), place.study)


def test_every_row_is_what_the_units_own_view_says(built_study: Workplace) -> None:
    """Statistics, branch, first images of both kinds and extremes, classes of the top nine, life."""
    reader, table = CatalogueReader(built_study.workspace), table_of(built_study)
    for row in range(len(table)):
        view = unit_view(reader, built_study.study, table.unit(row))
        known = view.activation
        told = [table.measures[name].values[row] for name in ("mean", "sd", "low", "high")]
        assert told == pytest.approx([known.mean, known.sd, known.min, known.max])
        assert table.branches[table.branch[row]] == view.branch
        assert (bool(table.is_dead[row]), bool(table.is_constant[row])) == (known.is_dead, known.is_constant)
        for extreme in EXTREMES:
            made = view.render_sets[0].of(extreme)[0].address if view.render_sets else None
            assert table.pictures.natural[extreme][row] == view.exemplars(extreme)[0].address
            assert table.pictures.synthetic[extreme][row] == made
        counts = Counter(one.label for one in view.max_exemplars[:9])
        assert dict(table.labels.of(row)) == counts and table.labels.of(row)[0][1] == max(counts.values())
        assert table.measures["selectivity"].values[row] == pytest.approx(max(counts.values()) / 9)
        assert table.measures["classes"].values[row] == len(counts)
        assert table.rows[str(table.unit(row))] == row


def test_synthetic_images_stand_as_on_the_units_own_page(built_study: Workplace) -> None:
    """The percentile is that of all stored activations to a bin of the histogram; the margin is exact; others have none."""
    reader, table = CatalogueReader(built_study.workspace), table_of(built_study)
    percentile, margin = table.measures["synthetic-percentile"].values, table.measures["synthetic-margin"].values
    for row in range(len(table)):
        view = unit_view(reader, built_study.study, table.unit(row))
        if not view.render_sets:
            assert np.isnan(percentile[row]) and np.isnan(margin[row])
            continue
        standing = view.standing(view.render_sets[0].max_images[0])
        assert standing is not None
        assert percentile[row] == pytest.approx(standing.percentile, abs=1.0)  # one of 120 images may share the bin
        assert margin[row] == pytest.approx(standing.margin_sd, rel=1e-4)


def test_the_newest_spec_is_shown(study_workspace: Workplace) -> None:
    """Of several specs the newest one's image 0; imported images stand apart, by their method."""
    put_synthetic(study_workspace.workspace, study_workspace.study.network, MAIN_UNITS[:1], n_images=2, seed=5)
    put_method(study_workspace.workspace, study_workspace.study.network, [MAIN_UNITS[1], Unit("conv2d2", 1)])
    reader, table = CatalogueReader(study_workspace.workspace), table_of(study_workspace)
    first = unit_view(reader, study_workspace.study, MAIN_UNITS[0]).render_sets[0].max_images[0]
    assert table.pictures.synthetic["max"][table.rows[str(MAIN_UNITS[0])]] == first.address
    row = table.rows["conv2d2:1"]
    assert [name for name, _ in table.pictures.by_methods[row]] == ["grad"]
    assert table.is_made[row] and not table.is_rendered[row]


def test_images_of_another_objective_are_not_held_against_natural_ones(built_study: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not made to show the unit's activation has no percentile, but is on the wall."""
    monkeypatch.setattr(render_read, "render_spec", lambda *_: SimpleNamespace(shows_activation=False))
    table = table_of(built_study)
    assert table.is_rendered.sum() == 10 and "high" in table.measures and "synthetic-percentile" not in table.measures


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (99.25, "percent", "99.2\u00a0%"),
        (100.0, "percent", "100\u00a0%"),
        (0.333, "share", "33\u00a0%"),
        (-0.05, "difference", "-5 points"),
        (np.nan, "sd", "–"),
    ],
)
def test_values_in_words(value: float, kind: str, words: str) -> None:
    """A value is told with what it is a number of; none is a dash."""
    assert words_of(value, kind) == words  # type: ignore[arg-type]
