"""Designs that cannot be planned are refused with a sentence that says what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.design_spec import CONDITIONS, Section, UnitList
from core.errors import NotReady, UsageError
from tests.core.psychophysics.builders import (
    MATERIALS,
    RESERVED,
    main_of,
    quick_spec,
    quick_trials,
    reserved_lists,
)


def test_fewer_sets_than_conditions_are_refused() -> None:
    """Three conditions on two sets would show an image twice, and are refused in one sentence."""
    with pytest.raises(UsageError, match="3 conditions in one session need as many stimulus sets"):
        quick_trials(quick_spec(CONDITIONS, n_sets=2))
    assert len(main_of(quick_trials(quick_spec(("natural",), n_sets=1)))) == 12


def test_too_few_units_with_synthetic_images_name_the_command() -> None:
    """With too few synthesised units the sentence says how many there are and which command makes more; natural-only goes ahead."""
    some = MATERIALS[:16]
    half = [replace(one, images={}) if place % 2 else one for place, one in enumerate(some)]
    bare = quick_spec(units=(), n_practice=0, n_catch=0)
    with pytest.raises(NotReady, match=r"12 different units .* only 8 .*`exemplary synthesize`"):
        quick_trials(bare, materials=half)
    assert quick_trials(quick_spec(("natural",), units=(), n_practice=0, n_catch=0), materials=half)


def test_too_few_units_are_refused() -> None:
    """A natural-only design with more trials than units says how many there are."""
    with pytest.raises(UsageError, match=r"31 different units .* only 30"):
        quick_trials(quick_spec(("natural",), n_main=31))


def test_reserved_units_are_needed_for_practice_and_catch() -> None:
    """Without reserved units practice and catch trials are refused; without these trials none are needed."""
    with pytest.raises(NotReady, match="reserved unit"):
        quick_trials(quick_spec(units=()))
    assert len(quick_trials(quick_spec(units=(), n_practice=0, n_catch=0))) == 24


def test_reserved_units_without_synthetic_images_name_the_command() -> None:
    """Synthetic catch trials need a reserved unit with synthetic images, and the sentence names unit, scheme and command."""
    bare = [replace(one, images={}) if one.unit in RESERVED else one for one in MATERIALS]
    with pytest.raises(NotReady, match=r"lacks the 9 synthetic images .* Min-Max-9 .*exemplary synthesize"):
        quick_trials(quick_spec(), materials=bare)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        (Section((), "Max-9", (1,)), "at least one condition"),
        (Section(("natural", "natural"), "Max-9", (1,)), "only once"),
        (Section(("natural",), "Max-9", ()), "at least one main trial"),
        (Section(("natural",), "Max-9", (3, 0)), "at least one main trial"),
        (Section(("natural",), "Max-9", (3,), n_catch=-1), "no negative counts"),
        (Section(("Grad CAM",), "Max-9", (3,)), "lower-case letters"),
    ],
)
def test_impossible_designs_are_refused(section: Section, sentence: str) -> None:
    """A design that cannot be planned is refused in one sentence."""
    with pytest.raises(UsageError, match=sentence):
        quick_trials(replace(quick_spec(), sections=(section,)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"section_orders": ((1,),)}, "1 sections by place"),
        ({"section_orders": ((),)}, "1 sections by place"),
        ({"unit_rotation": ("nobody",)}, "nobody is none"),
        ({"intuitiveness": ("end",)}, "names no units"),
    ],
)
def test_references_within_a_design_that_lead_nowhere_are_refused(changes: dict[str, Any], sentence: str) -> None:
    """Orders name sections, rotations name lists, ratings have units: otherwise one sentence says what does not."""
    with pytest.raises(UsageError, match=sentence):
        quick_trials(replace(quick_spec(), **changes))


def test_participant_numbers_start_at_one() -> None:
    """Number 0 is refused."""
    with pytest.raises(UsageError, match="start at 1"):
        quick_trials(quick_spec(), 0)


def test_units_may_not_be_main_and_reserved() -> None:
    """A unit that is both main and reserved is refused by name."""
    lists = (UnitList("mine", "main", (str(RESERVED[0]),)), *reserved_lists(RESERVED))
    with pytest.raises(UsageError, match=str(RESERVED[0])):
        quick_trials(quick_spec(units=lists, n_main=1))
