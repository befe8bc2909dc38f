"""The models of a study's people, of an observer, of an answer set, of the published answers: fitted on demand. No torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core.answer_set import Collected, SessionFacts
from core.domain import Study
from core.errors import UsageError
from core.exchange.borowski2021 import STUDIES, Experiment
from core.experiment import Answer
from core.inference import PUBLISHED, ExclusionRules
from core.inference.answer_table import AnswerTable, table_of
from core.inference.models import MAIN_PAIR, Models, Pair, Progress, fit_models
from core.inference.rules import apply
from core.inference.scope import Scope, with_designs, within
from core.psychophysics.attention import NONE, AttentionRules
from core.services.answer_import import ImportRequest, read_experiments
from core.services.observer_results import observer_table
from core.store.answer_sets import read_answer_set
from core.store.observations import ObserverCard
from core.store.workspace import Workspace


def _silent(_done: float, _total: float, _label: str) -> None:
    """Show no progress."""


def counted(answers: Iterable[Answer] | AnswerTable, scope: Scope | None = None, sessions: Iterable[SessionFacts] = ()) -> AnswerTable:
    """Return the main trials that count in a scope, its rules applied: what its results are of."""
    scope, facts = scope or Scope(), tuple(sessions)
    table = with_designs(answers if isinstance(answers, AnswerTable) else table_of(answers), facts)
    asked = within(table, scope)
    kept = {asked["session"].levels[code] for code in set(asked["session"].codes.tolist()) if code >= 0}
    stayed, _ = apply(scope.rules, table.of("session", *kept), facts)  # a session is judged as a whole
    return within(stayed, scope).of("kind", "main")


def models_of(collected: Collected, scope: Scope | None = None, *, pair: Pair = MAIN_PAIR, progress: Progress = _silent) -> Models:
    """Return the models of what people gave, in a scope."""
    return fit_models(counted(collected.answers, scope, collected.sessions), pair, progress=progress)


def observer_models(workspace: Workspace, study: Study, card: ObserverCard, *, progress: Progress = _silent) -> Models:
    """Return the models of an observer's answers: effect sizes over units; what needs several participants is absent and says so."""
    return fit_models(observer_table(workspace, study, card).of("kind", "main"), over="units", progress=progress)


def answer_set_models(workspace: Workspace, name: str, attention: AttentionRules = NONE, *, progress: Progress = _silent) -> Models:
    """Return the models of an answer set. Raises UnknownName, StoreError."""
    card, collected = read_answer_set(workspace, name)
    rules = ExclusionRules(negative_reaction_times=card.study not in STUDIES.values(), attention=attention)
    return models_of(collected, Scope(rules=rules), progress=progress)


def published_models(folder: Path, attention: AttentionRules = NONE, *, progress: Progress = _silent) -> dict[Experiment, Models]:
    """Return the models of each published experiment that files are there of. Raises UsageError."""
    files = tuple(sorted(folder.glob("*.csv")))
    if not files:
        raise UsageError(f"{folder} holds no CSV files; name the folder with the answers that Borowski et al. released.")
    scope = Scope(rules=replace(PUBLISHED, attention=attention))
    read = read_experiments(ImportRequest(files, name="published"))
    return {one: models_of(collected, scope, progress=progress) for one, (_, collected) in read.items()}
