"""Units' scores are their means; orders by them are what their names say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.experiment import Answer
from core.inference.answer_table import table_of
from core.inference.proportions import wilson
from core.services.units.unit_scores import ScoreOrder, order_of, scores_of

CONDITIONS = ("natural", "synthetic", "none", "grad")
ROWS = st.lists(
    st.tuples(st.sampled_from(["Ada", "Bob"]), st.sampled_from(CONDITIONS), st.integers(0, 3), st.sampled_from([0.0, 0.5, 1.0])),
    max_size=40,
)


def answer(who: str, condition: str, channel: int, score: float) -> Answer:
    return Answer(who, "main", condition, "Min-Max-9", Unit("mixed4a", channel), 0, score, None, None)


@given(ROWS)
def test_scores_are_the_means_of_a_units_rows(rows: list[tuple[str, str, int, float]]) -> None:
    """With n and the number of those who answered; a unit without rows has none."""
    found = scores_of(table_of([answer(*row) for row in rows]))
    for channel in range(5):
        scores = found.of(Unit("mixed4a", channel))
        for condition in CONDITIONS:
            of = [(who, score) for who, name, unit, score in rows if (name, unit) == (condition, channel)]
            assert (condition in scores) == bool(of)
            if of:
                one = scores[condition]
                assert one.mean == pytest.approx(sum(score for _, score in of) / len(of))
                assert (one.n, one.n_respondents) == (len(of), len({who for who, _ in of}))
                assert one.wilson == pytest.approx(wilson(sum(score for _, score in of), len(of)))


@given(ROWS)
def test_a_ranking_has_the_units_with_all_that_it_needs(rows: list[tuple[str, str, int, float]]) -> None:
    """A difference needs both conditions; every order is found again by its name."""
    found = scores_of(table_of([answer(*row) for row in rows]))
    for order in found.orders():
        assert order_of(order.name, found.orders()) == order
        ranking = found.ranking(order)
        for unit, scores in found.by_unit.items():
            wanted = {order.condition} | ({order.minus} if order.minus else set())
            assert (unit in ranking) == (wanted <= set(scores))
            if unit in ranking:
                below = scores[order.minus].mean if order.minus else 0
                assert ranking[unit] == pytest.approx(scores[order.condition].mean - below)


def test_the_orders_are_those_of_the_conditions() -> None:
    """Natural above each condition with images of its own first; none, whose trials have no references, is no order."""
    found = scores_of(table_of([answer("Ada", condition, 0, 1.0) for condition in CONDITIONS]))
    assert [one.name for one in found.orders()] == ["natural-minus-synthetic", "natural-minus-grad", "natural", "synthetic", "grad"]
    assert order_of("none", found.orders()) is None and scores_of(table_of([])).orders() == ()
    assert ScoreOrder("natural", "grad").name == "natural-minus-grad"
