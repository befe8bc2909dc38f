"""Every sentence that a participant reads, by language. The dashboard's other pages are in English (`dashboard/text.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.experiment import Language
from dashboard.participant_text.english import ENGLISH
from dashboard.participant_text.german import GERMAN
from dashboard.participant_text.records import ParticipantText

__all__ = ["PARTICIPANT_TEXTS", "ParticipantText", "participant_text"]

PARTICIPANT_TEXTS: Final[Mapping[Language, ParticipantText]] = {"en": ENGLISH, "de": GERMAN}


def participant_text(language: Language) -> ParticipantText:
    """Return the sentences in a language."""
    return PARTICIPANT_TEXTS[language]
