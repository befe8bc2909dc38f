"""Units side by side: what an address asks for stands there, on one axis, and what is not there is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.services.studies import choose_study
from core.services.units.units import unit_view
from core.settings import WORKSPACE_VARIABLE
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace
from dashboard import caching, state, unit_text
from dashboard.components import side_by_side
from tests.core.services.checked import change
from tests.dashboard.apptest import open_page, words_of
from tests.studies import MAIN_UNITS, Workplace, put_synthetic, tiny_study


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what the page's grids (by key) and charts were given."""
    found: dict[str, Any] = {"charts": [], "marks": []}
    draw = side_by_side.activation_histogram

    def chart(*given: Any, **options: Any) -> Any:
        found["charts"].append(options["domain"])
        found["marks"].append(given[3])
        return draw(*given, **options)

    monkeypatch.setattr(side_by_side, "exemplar_grid", lambda cells, *, key, **layout: found.update({key: list(cells)}))
    monkeypatch.setattr(side_by_side, "activation_histogram", chart)
    return found


def test_units_stand_side_by_side_on_one_axis(served: Workplace, drawn: dict[str, Any]) -> None:
    """Each column shows its unit's own images; all charts have the range of all of them."""
    units = MAIN_UNITS[0], MAIN_UNITS[5]
    page = open_page("compare", units=",".join(map(str, units)))
    assert not page.exception and not page.warning
    views = [unit_view(CatalogueReader(served.workspace), served.study, unit) for unit in units]
    for view in views:
        (cells,) = [found for key, found in drawn.items() if key.startswith("Natural") and f"/max/{view.unit}/" in key]
        assert [cell.address for cell in cells] == [one.address for one in view.max_exemplars[:9]]
    values = [one.activation for view in views for one in (*view.max_exemplars, *view.min_exemplars)]
    values += [one.activation for view in views for one in (*view.render_sets[0].max_images, *view.render_sets[0].min_images)]
    assert drawn["charts"] == [(min(values), max(values))] * 2
    assert unit_text.SAME_SCALE in words_of(page)


def test_one_unit_with_two_sets_of_images(served: Workplace, drawn: dict[str, Any]) -> None:
    """The same unit may stand twice, with another set of synthetic images each."""
    unit = MAIN_UNITS[0]
    put_synthetic(served.workspace, served.study.network, [unit], n_images=4, seed=5)
    first, second = unit_view(CatalogueReader(served.workspace), served.study, unit).render_sets
    open_page("compare", units=f"{unit}~{first.spec_digest},{unit}~{second.spec_digest}")
    for one in (first, second):
        (cells,) = [found for key, found in drawn.items() if key.startswith("Synthetic") and f"/max/{unit}~{one.spec_digest}" in key]
        assert [cell.address for cell in cells] == [image.address for image in one.max_images]


def test_what_is_not_there_is_said(served: Workplace, drawn: dict[str, Any]) -> None:
    """An unknown unit, study or set gets a sentence each, and the others are shown."""
    page = open_page("compare", units="mixed3a:1,mixed3a:99,mixed3a:2@no/study,mixed3a:0~0000")
    assert not page.exception
    said = " ".join(one.value for one in page.warning)
    assert "mixed3a:99" in said and "no/study" in said and "0000" in said
    assert len(drawn["charts"]) == 2
    assert unit_text.COMPARE_NONE in words_of(open_page("compare"))


def test_units_are_added_and_taken_out(served: Workplace, drawn: dict[str, Any]) -> None:
    """The address follows what is added and removed."""
    page = open_page("compare", units="mixed3a:1")
    page.text_input[0].set_value("mixed4a:2")
    page = next(one for one in page.button if one.label == unit_text.ADD).click().run()
    assert page.query_params[state.COMPARED] == "mixed3a:1,mixed4a:2"
    page = next(one for one in page.button if one.label == unit_text.REMOVE).click().run()
    assert page.query_params[state.COMPARED] == "mixed4a:2"


def test_two_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: dict[str, Any]) -> None:
    """The same unit of two studies with the same weights stands twice, each with its own images, on one axis."""
    for name in ("older", "newer"):
        tiny_study(tmp_path, network=name, observed=False)
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(tmp_path / "workspace"))
    reader, unit = CatalogueReader(Workspace(tmp_path / "workspace")), MAIN_UNITS[0]
    caching.forget_all()
    page = open_page("compare", units=f"{unit}@older/shapes,{unit}@newer/shapes")
    assert not page.exception and not page.warning
    for key in ("older/shapes", "newer/shapes"):
        expected = [one.address for one in unit_view(reader, choose_study(reader, key=key), unit).max_exemplars[:9]]
        (cells,) = [cells for name, cells in drawn.items() if name.startswith("Natural") and f"/max/{unit}@{key}/" in name]
        assert [cell.address for cell in cells] == expected
        assert key in words_of(page)
    assert len(set(drawn["charts"])) == 1 and None not in drawn["charts"] and unit_text.SAME_SCALE in words_of(page)
    caching.forget_all()


def test_maxima_have_no_scale_with_means(served: Workplace, drawn: dict[str, Any]) -> None:
    """Beside a study by maxima charts have their own scales, and synthetic images, which are measured by means, are not marked in it."""
    unit, key = MAIN_UNITS[0], f"{served.study.key}+max"
    tables = ("mined_layers", "units", "exemplars")
    for table in tables:
        change(served, f"INSERT INTO {table} SELECT * REPLACE ('{key}' AS study) FROM {table} WHERE study = ?", served.study.key)
    spec = """replace(spec, '"reduction":"mean"', '"reduction":"max"')"""
    change(served, f"UPDATE mined_layers SET spec = {spec} WHERE study = ?", key)
    page = open_page("compare", units=f"{unit},{unit}@{key}")
    assert not page.exception and not page.warning
    assert drawn["charts"] == [None, None] and unit_text.OWN_SCALES in words_of(page)
    conditions = [{mark.condition for mark in marks if mark.activations} for marks in drawn["marks"]]
    assert conditions == [{"natural", "synthetic"}, {"natural"}]
