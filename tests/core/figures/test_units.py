"""Units ranked by natural − synthetic."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.figures.units import AT_EACH_END, MOST_ROWS, ranked_units, unit_figures
from core.inference import Results
from core.inference.proportions import newcombe, proportion_of
from tests.core.figures.charts import simulated, values, words


def with_units(n: int) -> Results:
    """Return results with n units, of which the first are explained better by natural images."""
    by_unit = {
        condition: {f"mixed4b:{unit}": proportion_of([right(unit)], [10]) for unit in range(n)}
        for condition, right in (("natural", lambda unit: 9), ("synthetic", lambda unit: unit % 10))
    }
    return replace(simulated(), accuracy_by_unit=by_unit)


def test_ranked_by_the_difference() -> None:
    """The largest first, with Newcombe's interval; units of one condition only have no place."""
    found = with_units(12)
    ranked = ranked_units(found)
    assert [one.rank for one in ranked] == list(range(12))
    assert [one.difference for one in ranked] == sorted((one.difference for one in ranked), reverse=True)
    assert (ranked[0].low, ranked[0].high) == newcombe(9, 10, 0, 10)
    only = replace(found, accuracy_by_unit={"natural": found.accuracy_by_unit["natural"]})
    assert unit_figures(only) == ()


@pytest.mark.parametrize("n", [2, MOST_ROWS, MOST_ROWS + 1, 5488])
def test_any_number_of_units_is_shown(n: int) -> None:
    """All of a few; of more both ends, how many lie between, and a curve of all. The table has every one."""
    drawn = unit_figures(with_units(n))
    assert all(len(figure.rows) == n for figure in drawn)
    assert len(values(drawn[0].specification(), "circle")) == (n if n <= MOST_ROWS else 2 * AT_EACH_END)
    if n <= MOST_ROWS:
        assert len(drawn) == 1
    else:
        assert f"… {n - 2 * AT_EACH_END:,} units …" in words(drawn[0])
        assert len(values(drawn[1].specification(), "circle")) == n
