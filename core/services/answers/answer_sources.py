"""Whose answers there are to look at beside people's and observers', and what was on the screen when one was given. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from core.domain import Study
from core.exchange.borowski2021 import STUDIES
from core.experiment import Response, Trial
from core.store.answer_sets import CARD, answer_sets
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

SourceKind = Literal["people", "observers", "imported", "simulated"]
EXPERIMENT_NAMES: Final = {study: name for name, study in STUDIES.items()}


@dataclass(frozen=True, slots=True)
class Source:
    """Whose answers: people's of a study, or those of the observer or answer set of this name."""

    kind: SourceKind = "people"
    name: str = ""


@dataclass(frozen=True, slots=True)
class AnswerSets:
    """Names of answer sets: imported ones, those of simulated people in a study; `published`: set name -> experiment, of the authors'
    own answers; and a sentence for each set that cannot be read."""

    imported: tuple[str, ...] = ()
    simulated: tuple[str, ...] = ()
    published: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


def sets_beside(workspace: Workspace, study: Study) -> AnswerSets:
    """Return the answer sets that can be looked at beside a study's own answers: imported ones of any study, simulated ones of this."""
    found, problems = answer_sets(workspace)
    cards = [one.card for one in found]
    return AnswerSets(
        imported=tuple(card.name for card in cards if card.kind == "imported"),
        simulated=tuple(card.name for card in cards if card.kind == "simulated" and card.study == study.key),
        published=tuple((card.name, EXPERIMENT_NAMES[card.study]) for card in cards if card.study in EXPERIMENT_NAMES),
        problems=problems,
    )


def sets_version(workspace: Workspace) -> float:
    """Return a number that changes whenever an answer set is published: a key for caches."""
    return sum(path.stat().st_mtime for path in workspace.answers.glob(f"*/{CARD}"))


def answered_trial(store: ResponseStore, session_id: str, position: int) -> tuple[Trial, Response] | None:
    """Return the trial at a place of a session (by block, then index) and the answer to it; None where it is not answered or not there."""
    trials = store.trials(session_id)
    if not 0 <= position < len(trials):
        return None
    trial = trials[position]
    found = next((one for one in store.responses(session_id) if one.trial_index == trial.index), None)
    return None if found is None else (trial, found)
