"""What participants read: every language says the same things, with the same placeholders."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from core.experiment import LANGUAGES, Language
from dashboard.participant_text import PARTICIPANT_TEXTS, participant_text

OTHERS = [language for language in LANGUAGES if language != "en"]


def sentences(record: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every sentence of a record with its place."""
    for field in fields(record):
        value, place = getattr(record, field.name), f"{path}.{field.name}".lstrip(".")
        if is_dataclass(value):
            yield from sentences(value, place)
        else:
            yield place, value


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_every_language_has_its_texts() -> None:
    """A session's language always has its sentences; English comes first, as the default."""
    assert tuple(PARTICIPANT_TEXTS) == LANGUAGES


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_the_same(language: Language) -> None:
    """A sentence is given the same values in every language."""
    english, other = dict(sentences(participant_text("en"))), dict(sentences(participant_text(language)))
    assert english.keys() == other.keys()
    assert {place: placeholders(sentence) for place, sentence in other.items()} == {
        place: placeholders(sentence) for place, sentence in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_padded(language: Language) -> None:
    """Every sentence is written, and begins and ends with a character that is seen."""
    assert [place for place, sentence in sentences(participant_text(language)) if not sentence or sentence != sentence.strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_are_translated(language: Language) -> None:
    """No longer sentence was left in English."""
    english = dict(sentences(participant_text("en")))
    same = [place for place, sentence in sentences(participant_text(language)) if sentence == english[place] and " " in sentence]
    assert [place for place in same if not re.search(r"et al\.|\{value\}", english[place])] == []


def test_german_is_polite() -> None:
    """Participants are addressed as Sie."""
    informal = re.compile(r"\b(du|dich|dir|dein\w*|euch|euer)\b", re.IGNORECASE)
    assert [place for place, sentence in sentences(participant_text("de")) if informal.search(sentence)] == []


def test_one_thing_is_said_in_the_singular() -> None:
    """Sentences about a number know one thing from several; decimals follow the language."""
    english, german = participant_text("en"), participant_text("de")
    assert english.announcement.n_trials.of(1) == "1 trial, no time limit."
    assert german.announcement.n_trials.of(12) == "12 Durchgänge ohne Zeitbegrenzung."
    assert (english.number(1.94), german.number(1.94)) == ("1.9", "1,9")


def test_an_imported_method_has_a_name() -> None:
    """References by a method that is not built in are called by its name."""
    assert participant_text("en").references.of("deep-dream") == "References by deep-dream"
