"""Groups of rows and participants' sums in them, in an array and sorted."""

from __future__ import annotations

from collections import defaultdict

import pytest

from core.inference import groups as module
from core.inference.answer_table import table_of
from core.inference.groups import by_participant, groups, nested, summed
from tests.core.inference.answers import answer, simulated


def test_codes_are_places_in_the_keys() -> None:
    """Each row's code names its levels; a row that lacks a word is in no group; without words all are in one."""
    answers = simulated(11)
    table = table_of(answers)
    found = groups(table, "condition", "branch")
    for code, one in zip(found.codes, answers, strict=True):
        assert (found.keys[code] == (one.condition, one.branch)) if one.branch else code == -1
    assert (groups(table).codes == 0).all() and groups(table).keys == ((),)


@pytest.mark.parametrize("most", [2**22, 0], ids=["in an array", "sorted"])
def test_sums_are_those_of_counting(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Each participant's sum and number of rows in each group that has any, of the rows that are kept."""
    monkeypatch.setattr(module, "MOST_CELLS", most)
    answers = simulated(12)
    table = table_of(answers)
    kept = table.confidence > 1
    wanted: defaultdict[tuple[str, str], dict[str, list[float]]] = defaultdict(dict)
    for one, is_kept in zip(answers, kept, strict=True):
        if is_kept:
            wanted[one.condition, one.unit.layer].setdefault(one.respondent, []).append(one.proportion_correct)
    found = dict(by_participant(table, table.score, "condition", "layer", kept=kept))
    assert set(found) == set(wanted)
    for key, sums in found.items():
        names = [table["respondent"].levels[code] for code in sums.who]
        assert names == sorted(wanted[key])
        assert sums.total.tolist() == [sum(wanted[key][name]) for name in names]
        assert sums.n.tolist() == [len(wanted[key][name]) for name in names]
        assert sums.means == pytest.approx(sums.total / sums.n)


def test_sums_in_a_shape_and_mappings_in_mappings() -> None:
    """Cells count in C order; two words become a mapping in a mapping."""
    table = table_of([answer(score=1.0), answer(score=0.5)])
    total, n = summed(table["condition"].codes + 4, table.score, (2, 3))
    assert total.tolist() == [[0, 0, 0], [0, 1.5, 0]] and n.tolist() == [[0, 0, 0], [0, 2, 0]]
    assert nested({("a", "x"): 1, ("a", "y"): 2, ("b", "x"): 3}) == {"a": {"x": 1, "y": 2}, "b": {"x": 3}}
