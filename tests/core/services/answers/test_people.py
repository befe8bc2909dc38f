"""What people gave to a study, by the design that they took."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.answer_set import Collected, SessionFacts
from core.errors import UnknownName
from core.services.answers.people import design_counts, of_design
from tests.studies import answers_of


def test_what_was_given_in_one_design_is_told_apart() -> None:
    """Sessions are counted by design; those of one name are kept with their answers, and a name that nobody took is refused."""
    facts = [SessionFacts(name, "ada", None, design=design) for name, design in (("a", "imi"), ("b", "quick"), ("c", "quick"))]
    collected = Collected(tuple(replace(answers_of({"natural": [True]})[0], session=one.session) for one in facts), sessions=tuple(facts))
    assert design_counts(collected) == {"imi": 1, "quick": 2}
    assert {one.session for one in of_design(collected, "quick").answers} == {"b", "c"}
    assert [one.session for one in of_design(collected, "imi").sessions] == ["a"]
    with pytest.raises(UnknownName, match="imi"):
        of_design(collected, "imy")
