"""What machine observers answered to a study, one after another: each with its card and the same numbers as people. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.domain import Layer, Study, Unit
from core.inference import Results
from core.inference.agreement import Agreement
from core.inference.answer_table import ABSENT, UNKNOWN_TIME, WORDS, AnswerTable, Word, WordColumn, coded
from core.inference.over_units import over_units
from core.store import observations
from core.store.observations import Observations, ObserverCard
from core.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class ObserverResults:
    """One observer: what it is, and its numbers, whose intervals are over units. `agreement`: with people; None where it is not known."""

    card: ObserverCard
    results: Results
    agreement: Agreement | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return JSON content: `observer` is the card, `results` have the schema of people's."""
        agreement = None if self.agreement is None else self.agreement.as_dict()
        return {"observer": self.card.as_dict(), "results": self.results.as_dict(), "agreement": agreement}


def observer_results(workspace: Workspace, study: Study) -> tuple[tuple[ObserverResults, ...], tuple[str, ...]]:
    """Return what each observer answered to the study's stimuli, the default one first, and a sentence for each file that is unreadable."""
    found = observations.observers(workspace, study.key, study.stimuli_digest)
    return tuple(ObserverResults(card, results_of(workspace, study, card)) for card in found.cards), found.problems


def results_of(workspace: Workspace, study: Study, card: ObserverCard) -> Results:
    """Return the numbers of one observer's answers. Raises StoreError where they cannot be read."""
    return over_units(observer_table(workspace, study, card))


def observer_table(workspace: Workspace, study: Study, card: ObserverCard) -> AnswerTable:
    """Return one observer's answers as a table for inference; `over_units` of any of its rows gives their numbers. Raises StoreError."""
    return observed_table(observations.read_observations(workspace, card), card, study.network.all_layers)


def default_observer(found: Sequence[ObserverResults]) -> ObserverResults | None:
    """Return the observer that stands for observers: an unbiased network where there is one, else a biased witness; never a baseline."""
    return next((one for one in found if one.card.kind != "baseline"), None)


def observed_table(found: Observations, card: ObserverCard, layers: Sequence[Layer]) -> AnswerTable:
    """Return an observer's answers as a table for inference: main trials of one respondent, without confidence and reaction times."""
    n = len(found)
    of_units: dict[Word, Sequence[str | None]] = {
        "layer": [unit.layer for unit in found.units],
        "branch": _branches(found.units, layers),
        "unit": [str(unit) for unit in found.units],
    }
    words: dict[Word, WordColumn] = {
        **{word: _constant(None, n) for word in WORDS},
        **{word: _constant(level, n) for word, level in _levels(card).items()},
        **{word: coded(word, found.unit, names) for word, names in of_units.items()},
        "condition": coded("condition", found.condition, found.conditions),
        "block": coded("block", found.set_number, [str(number) for number in range(card.n_sets)]),
    }
    return AnswerTable(
        words=words,
        score=found.proportion_correct,
        confidence=np.zeros(n, dtype=np.int8),
        time_s=np.full(n, np.nan),
        position=np.full(n, ABSENT, dtype=np.int32),
        repeats=np.full(n, ABSENT, dtype=np.int32),
        answered_at=np.full(n, UNKNOWN_TIME),
    )


def _levels(card: ObserverCard) -> dict[Word, str]:
    return {"respondent": card.name, "session": card.name, "kind": "main", "scheme": card.scheme}


def _branches(units: Sequence[Unit], layers: Sequence[Layer]) -> list[str | None]:
    known = {layer.name: layer for layer in layers}
    return [known[unit.layer].branch_of(unit.channel) if unit.layer in known else None for unit in units]


def _constant(level: str | None, n: int) -> WordColumn:
    return WordColumn(np.full(n, ABSENT if level is None else 0, dtype=np.int32), () if level is None else (level,))
