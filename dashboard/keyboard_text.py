"""Which keys do what on which page: what `?` shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.experiment import Language
from dashboard.review_text import QUEUE_KEYS
from dashboard.unit_text import NEXT_KEY, PREVIOUS_KEY

Keys = tuple[tuple[str, str], ...]  # keys, what they do

UNIT: Final = "unit"  # a unit's view, which has the wall's address
HELP: Final[Mapping[Language, tuple[str, str]]] = {"en": ("?", "this help"), "de": ("?", "diese Hilfe")}
MOVE: Final[Keys] = (("Tab", "the next button, field or picture"), ("Enter", "press it"))
ENLARGE: Final[Keys] = (("Enter", "enlarge the picture in focus"), ("← →", "enlarged: the picture before, after"), ("Esc", "back to all"))
PLACES: Final[Mapping[str, Keys]] = {
    "feature-maps": (("← ↑ ↓ →", "on the map: another layer or branch"), ("Enter", "on the map: show only this; again: all"), *MOVE),
    UNIT: (
        (NEXT_KEY, "next unit, as the wall showed them"),
        (PREVIOUS_KEY, "previous unit"),
        *ENLARGE,
        ("1 – 5", "answer the next question of the review"),
        ("n  t  b", "write a note, add a tag, bookmark"),
        ("u", "undo your latest change here"),
    ),
    "image": ENLARGE,
    "compare": ENLARGE,
    "review": QUEUE_KEYS,
}
SELF_TEST: Final[Mapping[Language, Keys]] = {
    "en": (("1 2 3", "the upper image: guessing to sure"), ("4 5 6", "the lower image: guessing to sure"), ("← →", "turn a page")),
    "de": (("1 2 3", "das obere Bild: geraten bis sicher"), ("4 5 6", "das untere Bild: geraten bis sicher"), ("← →", "blättern")),
}


@dataclass(frozen=True, slots=True)
class KeyboardHelp:
    """The help of a page in one language."""

    title: str
    close: str
    keys: Keys


def place_of(page: str, *, is_unit: bool) -> str:
    """Return whose keys count on a page, by its name in the address."""
    return UNIT if page == "feature-maps" and is_unit else page


def keyboard_help(place: str, language: Language) -> KeyboardHelp:
    """Return the help of a page; only participants' pages are in their language."""
    if place == "self-test":
        title, close = {"en": ("Keyboard", "Close"), "de": ("Tastatur", "Schließen")}[language]
        return KeyboardHelp(title, close, (*SELF_TEST[language], HELP[language]))
    keys = PLACES.get(place, MOVE)
    return KeyboardHelp("Keyboard", "Close", keys if HELP["en"] in keys else (*keys, HELP["en"]))
