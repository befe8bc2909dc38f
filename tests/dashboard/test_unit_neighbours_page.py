"""A unit's page between its neighbours, and the percentile bands on its histogram."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.domain import Unit
from core.services.units.unit_names import parse_unit
from core.store import unit_read
from core.store.publication import CatalogueReader
from dashboard import state, unit_text
from dashboard.components import unit_numbers
from tests.dashboard.apptest import open_page, words_of
from tests.studies import DEAD_UNIT, Workplace


def button(page: AppTest, label: str) -> Any:
    (found,) = [one for one in page.button if one.label == label]
    return found


def test_buttons_lead_to_the_units_beside(served: Workplace) -> None:
    """Next goes over the end of a layer, Previous comes back, and at the network's first unit there is none before."""
    page = open_page("feature-maps", unit="mixed3a:7")
    assert "12 of 20" in words_of(page)
    page = button(page, unit_text.NEXT).click().run()
    assert page.query_params["unit"] == "mixed4a:0" and page.title[0].value == "mixed4a:0"
    page = button(page, unit_text.PREVIOUS).click().run()
    assert page.query_params["unit"] == "mixed3a:7"
    assert button(open_page("feature-maps", unit="conv2d2:0"), unit_text.PREVIOUS).disabled


def test_the_walls_order_is_followed(served: Workplace) -> None:
    """Where the wall found this unit among others, its neighbours are those of the wall."""
    page = open_page("feature-maps", unit="mixed3a:1")
    page.session_state[state.ORDER] = (served.study.key, ("mixed4a:3", "mixed3a:1", "conv2d2:0"))
    page.run()
    assert "2 of 3 on the wall" in words_of(page)
    assert button(page, unit_text.NEXT).click().run().query_params["unit"] == "conv2d2:0"


@pytest.fixture
def bands(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the bands that histograms were drawn with."""
    found: list[Any] = []
    draw = unit_numbers.activation_histogram
    monkeypatch.setattr(unit_numbers, "activation_histogram", lambda *a, **k: found.extend(k["bands"]) or draw(*a, **k))
    return found


def test_bands_are_numpys_percentiles(served: Workplace, bands: list[Any]) -> None:
    """Each band's line stands at the percentile of the unit's activations, to a bin of the stored histogram."""
    unit = parse_unit(served.study.network, "mixed4a:2")
    page = open_page("feature-maps", unit=str(unit))
    assert unit_text.BANDS_NOTE in words_of(page)
    reader = CatalogueReader(served.workspace)
    values = unit_read.unit_activations(reader.workspace, reader.cursor(), served.study, Unit("mixed4a", 2))
    assert values is not None
    assert [one.percent for one in bands] == [1, 5, 15, 85, 95, 99]
    expected = np.percentile(values, [one.percent for one in bands], method="inverted_cdf")
    np.testing.assert_allclose([one.activation for one in bands], expected, atol=np.ptp(values) / 500)
    assert "hard85" in bands[2].label and "hard99" in bands[5].label


def test_a_constant_unit_has_no_bands(served: Workplace, bands: list[Any]) -> None:
    """A unit that every image activates alike has no percentiles to mark."""
    assert unit_text.BANDS_NOTE not in words_of(open_page("feature-maps", unit=str(DEAD_UNIT)))
    assert bands == []
