"""Which keys each page tells of."""

from __future__ import annotations

import pytest

from dashboard import text
from dashboard.keyboard_text import HELP, UNIT, keyboard_help, place_of
from dashboard.unit_text import NEXT_KEY


@pytest.mark.parametrize("place", [*text.PAGE_TITLES, UNIT, "account"])
def test_every_page_has_keys(place: str) -> None:
    """A page's keys are told once each, that of the help itself last."""
    keys = keyboard_help(place, "en").keys
    assert keys[-1] == HELP["en"] and len(keys) > 1 and len(set(keys)) == len(keys)


def test_a_units_view_has_its_own_keys() -> None:
    """It has the wall's address, and the keys that lead from unit to unit, which the wall has not."""
    assert place_of("feature-maps", is_unit=True) == UNIT and place_of("feature-maps", is_unit=False) == "feature-maps"
    assert place_of("review", is_unit=True) == "review"
    named = {place: [key for key, _ in keyboard_help(place, "en").keys] for place in (UNIT, "feature-maps")}
    assert NEXT_KEY in named[UNIT] and NEXT_KEY not in named["feature-maps"]


def test_participants_read_their_language() -> None:
    """The self-test's keys are told in German too; a reviewer's page stays English."""
    assert keyboard_help("self-test", "de").title == "Tastatur" and keyboard_help("review", "de").title == "Keyboard"
    assert [key for key, _ in keyboard_help("self-test", "de").keys] == [key for key, _ in keyboard_help("self-test", "en").keys]
