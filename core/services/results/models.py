"""The models of a study's people, of an observer, of an answer set, of the published answers: fitted on demand. No torch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.answer_set import Collected
from core.domain import Study
from core.errors import UsageError
from core.exchange.borowski2021 import STUDIES, Experiment
from core.inference import PUBLISHED, ExclusionRules
from core.inference.answer_table import table_of
from core.inference.choices import counted
from core.inference.models import MAIN_PAIR, Models, Pair, fit_models
from core.inference.scope import Scope
from core.jobs.job import Progress, silent
from core.psychophysics.attention import NONE, AttentionRules
from core.services.answers.answer_import import ImportRequest, read_experiments
from core.services.observers.observer_results import observer_table
from core.store.answer_sets import read_answer_set
from core.store.observations import ObserverCard
from core.store.workspace import Workspace


def models_of(collected: Collected, scope: Scope | None = None, *, pair: Pair = MAIN_PAIR, progress: Progress = silent) -> Models:
    """Return the models of what people gave, in a scope."""
    return fit_models(counted(table_of(collected.answers), scope or Scope(), collected.sessions), pair, progress=progress)


def observer_models(workspace: Workspace, study: Study, card: ObserverCard, *, progress: Progress = silent) -> Models:
    """Return the models of an observer's answers: effect sizes over units; what needs several participants is absent and says so."""
    return fit_models(observer_table(workspace, study, card).of("kind", "main"), over="units", progress=progress)


def answer_set_models(
    workspace: Workspace, name: str, attention: AttentionRules = NONE, *, scope: Scope | None = None, progress: Progress = silent
) -> Models:
    """Return the models of an answer set in a scope, under these rules. Raises UnknownName, StoreError."""
    card, collected = read_answer_set(workspace, name)
    rules = ExclusionRules(negative_reaction_times=card.study not in STUDIES.values(), attention=attention)
    return models_of(collected, replace(scope or Scope(), rules=rules), progress=progress)


def published_models(
    folder: Path, attention: AttentionRules = NONE, *, scope: Scope | None = None, progress: Progress = silent
) -> dict[Experiment, Models]:
    """Return the models of each published experiment that files are there of, in a scope. Raises UsageError."""
    files = tuple(sorted(folder.glob("*.csv")))
    if not files:
        raise UsageError(f"{folder} holds no CSV files; name the folder with the answers that Borowski et al. released.")
    within_rules = replace(scope or Scope(), rules=replace(PUBLISHED, attention=attention))
    read = read_experiments(ImportRequest(files, name="published"))
    return {one: models_of(collected, within_rules, progress=progress) for one, (_, collected) in read.items()}
