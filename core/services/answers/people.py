"""All that people gave to a study, for a command: from the file, or from the dashboard that holds it. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlencode

from core.answer_set import Collected
from core.domain import Layer, Study
from core.errors import StoreBusy, UnknownName
from core.experiment import Answer
from core.services.results.results import EXPORT_ROUTE, ask_dashboard
from core.store.answer_tables import packed, unpacked
from core.store.responses import ResponseStore
from core.store.workspace import Workspace

COLLECTED_ROUTE = f"{EXPORT_ROUTE}/collected"


def read_collected(workspace: Workspace, study: Study, *, details: bool = False) -> Collected:
    """Return people's answers to the study's stimuli with ratings and sessions; sessions without any are left out. Raises StoreBusy.

    `details`: also what each trial showed, and the designs.
    """
    if not workspace.responses.exists():
        return Collected(())
    try:
        with ResponseStore(workspace) as store:
            return collected_of(store, study, details=details)
    except StoreBusy as busy:
        return _given(_ask(workspace, study, details=details, busy=busy), study)


def collected_of(store: ResponseStore, study: Study, *, details: bool = False) -> Collected:
    """Return what `read_collected` does, from a store that is open."""
    return _given(store.collected(study.key, study.stimuli_digest, details=details), study)


def _given(found: Collected, study: Study) -> Collected:
    """Return the answers with their branches, without sessions that gave nothing."""
    given = {answer.session for answer in found.answers} | {rating.session for rating in found.ratings}
    return replace(
        found,
        answers=with_branches(found.answers, study.network.all_layers),
        sessions=tuple(one for one in found.sessions if one.session in given),
    )


def collected_archive(store: ResponseStore, study: str, stimuli_digest: str | None, *, details: bool = False) -> bytes:
    """Return what a command reads from the dashboard: an archive of all that people gave to the study."""
    return packed(store.collected(study, stimuli_digest, details=details))


def design_counts(collected: Collected) -> dict[str, int]:
    """Return how many sessions follow each design, by its name."""
    return dict(sorted(Counter(one.design for one in collected.sessions if one.design).items()))


def of_design(collected: Collected, name: str) -> Collected:
    """Return what was given in sessions of the designs of one name. Raises UnknownName where nobody took one."""
    if name not in design_counts(collected):
        raise UnknownName("design that anybody took", name, design_counts(collected))
    kept = {one.session for one in collected.sessions if one.design == name}
    return replace(
        collected,
        answers=tuple(one for one in collected.answers if one.session in kept),
        ratings=tuple(one for one in collected.ratings if one.session in kept),
        sessions=tuple(one for one in collected.sessions if one.session in kept),
        presentations=tuple(one for one in collected.presentations if one.session in kept),
    )


def with_branches(answers: Iterable[Answer], layers: Iterable[Layer]) -> tuple[Answer, ...]:
    """Return the answers with the branches that these layers have."""
    known = {layer.name: layer for layer in layers}
    return tuple(replace(one, branch=_branch(known[one.unit.layer], one)) if one.unit.layer in known else one for one in answers)


def _branch(layer: Layer, answer: Answer) -> str | None:
    return layer.branch_of(answer.unit.channel) if answer.unit.channel < layer.n_channels else None


def _ask(workspace: Workspace, study: Study, *, details: bool, busy: StoreBusy) -> Collected:
    query = urlencode({"study": study.key, "stimuli_digest": study.stimuli_digest, "details": int(details)})
    return unpacked(ask_dashboard(workspace, f"{COLLECTED_ROUTE}?{query}", b"PK", busy=busy))
