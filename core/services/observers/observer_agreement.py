"""How far each observer agrees with people: its decisions about the very images that they saw, and its scores of their units. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.answer_set import Collected, Presentation
from core.design_spec import as_unit
from core.domain import Study
from core.errors import ExemplaryError
from core.inference.agreement import Agreement, agreement
from core.inference.answer_table import AnswerTable, Floats, table_of
from core.inference.choices import counted
from core.inference.scope import Scope
from core.psychophysics.observer_tasks import Stimulus
from core.psychophysics.observers import decide_stimuli
from core.services.observers.observer_results import observer_table
from core.services.observers.stored_observers import stored_observer
from core.services.results.results import Comparison
from core.store.observations import ObserverCard
from core.store.publication import CatalogueReader

Places = Mapping[tuple[str, int], Presentation]  # by session and position


def with_agreement(
    reader: CatalogueReader, study: Study, comparison: Comparison, collected: Collected, *, scope: Scope | None = None
) -> Comparison:
    """Return the comparison with each observer's agreement with people, collected with details; what hinders one is told as a problem."""
    main = counted(table_of(collected.answers), scope or Scope(), collected.sessions)
    return held_against(reader, study, comparison, main, places_of(collected.presentations))


def places_of(presentations: Iterable[Presentation]) -> Places:
    """Return what trials showed, by session and position."""
    return {(one.session, one.position): one for one in presentations}


def held_against(reader: CatalogueReader, study: Study, comparison: Comparison, main: AnswerTable, shown: Places) -> Comparison:
    """Return the comparison with each observer's agreement with these main trials; what hinders one is told as a problem."""
    if not len(main):
        return comparison
    found, problems = [], list(comparison.problems)
    for one in comparison.observers:
        try:
            found.append(replace(one, agreement=agreement_of(reader, study, one.card, main, shown)))
        except ExemplaryError as error:
            found.append(one)
            problems.append(f"{one.card.name} cannot be held against people: {error}")
    return replace(comparison, observers=tuple(found), problems=tuple(problems))


def agreement_of(reader: CatalogueReader, study: Study, card: ObserverCard, main: AnswerTable, shown: Places) -> Agreement | None:
    """Return an observer's agreement with people's main trials; None where they have no unit in common. Raises StoreError, NotReady."""
    observer = observer_table(reader.workspace, study, card)
    return agreement(main, observer, _decisions(reader, study, card, main, shown), temperature=card.temperature)


def _decisions(reader: CatalogueReader, study: Study, card: ObserverCard, main: AnswerTable, shown: Places) -> Floats:
    """Return D of what each main trial showed, (n,); NaN where that is not known, or the observer has not seen it (one that judges pairs
    keeps no embeddings). Raises NotReady."""
    stimuli = stimuli_of(main, shown)
    if card.kind == "pairwise":
        return np.full(len(stimuli), np.nan)
    told = dict.fromkeys(one for one in stimuli if one is not None)
    observer = stored_observer(reader, study, card, {address for one in told for address in one.addresses})
    seen = [one for one in told if all(address in observer for address in one.addresses)]
    decided: dict[Stimulus | None, float] = dict(zip(seen, decide_stimuli(observer, seen).tolist(), strict=True))
    return np.array([decided.get(one, np.nan) for one in stimuli], dtype=np.float64)


def stimuli_of(main: AnswerTable, shown: Places) -> Sequence[Stimulus | None]:
    """Return what each main trial showed (its choice and score tell which query is the max one); None where that is not known, or without
    references."""
    words = [[None if code < 0 else main[word].levels[code] for code in main[word].codes] for word in ("session", "choice", "unit")]
    found: list[Stimulus | None] = []
    for session, choice, unit, position, score in zip(*words, main.position, main.score, strict=True):
        of = None if session is None else shown.get((session, int(position)))
        if of is None or choice is None or unit is None or not of.max_references:
            found.append(None)
            continue
        queries = (of.query_top, of.query_bottom) if (choice == "top") == (score == 1) else (of.query_bottom, of.query_top)
        found.append(Stimulus(as_unit(unit), *queries, of.max_references, of.min_references))
    return found
