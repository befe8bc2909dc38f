"""Who judged a study's units and the scores that they gave, cached by the version of the answers."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from core.design_spec import Condition
from core.domain import Study, Unit
from core.errors import StoreError
from core.inference.scope import Scope
from core.services.answers.answer_sources import Source
from core.services.units.unit_scores import UnitScore, UnitScores, scores_of
from core.store.observations import ObserverCard
from core.store.workspace import Workspace
from dashboard import resources, results_resources
from dashboard.caching import kept
from dashboard.results_resources import Answers


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody whose answers score units: an observer by its card, or people (None)."""

    card: ObserverCard | None
    answers: Answers


def judges(study: Study) -> tuple[Judge, ...]:
    """Return who has answered about the study's units: observers, the default one first, then people where they have answered.

    People are left out while their answers cannot be read.
    """
    found = [
        Judge(card, results_resources.answers(study, Source("observers", card.name))) for card in results_resources.observer_cards(study)
    ]
    try:
        people = results_resources.answers(study, Source("people"))
        has_answers = results_resources.choices_of(people).n > 0
    except StoreError:
        return tuple(found)
    return (*found, Judge(None, people)) if has_answers else tuple(found)


def unit_scores(judge: Judge) -> UnitScores:
    """Return the scores of a judge's main answers. Raises StoreError."""
    return _unit_scores(resources.workspace(), judge.answers)


def scores_of_unit(study: Study, unit: Unit) -> list[tuple[ObserverCard | None, Mapping[Condition, UnitScore]]]:
    """Return every judge's scores of a unit; answers that cannot be read are left out, as the results page tells."""
    found: list[tuple[ObserverCard | None, Mapping[Condition, UnitScore]]] = []
    for judge in judges(study):
        with suppress(StoreError):
            found.append((judge.card, unit_scores(judge).of(unit)))
    return found


@kept(8)
def _unit_scores(where: Workspace, found: Answers) -> UnitScores:
    return scores_of(results_resources.main_answers(found, Scope()))
