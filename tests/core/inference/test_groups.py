"""Groups of rows and sums in them."""

from __future__ import annotations

from core.inference.answer_table import table_of
from core.inference.groups import groups, nested, summed
from tests.core.inference.answers import answer, simulated


def test_codes_are_places_in_the_keys() -> None:
    """Each row's code names its levels; a row that lacks a word is in no group; without words all are in one."""
    answers = simulated(11)
    table = table_of(answers)
    found = groups(table, "condition", "branch")
    for code, one in zip(found.codes, answers, strict=True):
        assert (found.keys[code] == (one.condition, one.branch)) if one.branch else code == -1
    assert (groups(table).codes == 0).all() and groups(table).keys == ((),)


def test_sums_in_a_shape_and_mappings_in_mappings() -> None:
    """Cells count in C order; two words become a mapping in a mapping."""
    table = table_of([answer(score=1.0), answer(score=0.5)])
    total, n = summed(table["condition"].codes + 4, table.score, (2, 3))
    assert total.tolist() == [[0, 0, 0], [0, 1.5, 0]] and n.tolist() == [[0, 0, 0], [0, 2, 0]]
    assert nested({("a", "x"): 1, ("a", "y"): 2, ("b", "x"): 3}) == {"a": {"x": 1, "y": 2}, "b": {"x": 3}}
