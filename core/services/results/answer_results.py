"""What the answers of an answer set, or of files, say: the numbers that people's own answers get too, never among these. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core import inference
from core.answer_set import AnswerSetCard, Collected
from core.errors import UsageError
from core.exchange.borowski2021 import STUDIES, Experiment
from core.inference import PUBLISHED, ExclusionRules, Results, Scope
from core.psychophysics.attention import NONE, AttentionRules
from core.services.answers.answer_import import ImportRequest, read_experiments
from core.store.answer_sets import read_answer_set
from core.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AnswerSetResults:
    """An answer set's card and results."""

    card: AnswerSetCard
    results: Results

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of `exemplary results --answers NAME --json`."""
        return {"answers": self.card.name, "kind": self.card.kind, "study": self.card.study, "results": self.results.as_dict()}


@dataclass(frozen=True, slots=True)
class PublishedResults:
    """The results of each published experiment that files were there of; each card names the files with their SHA-256."""

    experiments: Mapping[Experiment, AnswerSetResults]

    def as_dict(self) -> dict[str, Any]:
        """Return the schema of `exemplary results --published FOLDER --json`: experiment_1, experiment_2, each with all results."""
        return {
            name.replace("-", "_"): {"study": one.card.study, "files": [asdict(file) for file in one.card.sources], **one.results.as_dict()}
            for name, one in self.experiments.items()
        }


def answer_set_results(
    workspace: Workspace, name: str, attention: AttentionRules = NONE, *, scope: Scope | None = None
) -> AnswerSetResults:
    """Return the results of an answer set within a scope, under these rules. Raises UnknownName, StoreError.

    Negative reaction times are left out of reaction times, but in the published experiments, whose numbers keep them (METHOD section 8).
    """
    card, collected = read_answer_set(workspace, name)
    rules = ExclusionRules(negative_reaction_times=card.study not in STUDIES.values(), attention=attention)
    return AnswerSetResults(card, _results(collected, rules, scope))


def published_results(folder: Path, attention: AttentionRules = NONE, *, scope: Scope | None = None) -> PublishedResults:
    """Return the results of the authors' answers in a folder of their CSV files, both experiments or one, in a scope. Raises UsageError.

    Negative reaction times are kept, as in the published numbers.
    """
    files = tuple(sorted(folder.glob("*.csv")))
    if not files:
        raise UsageError(f"{folder} holds no CSV files; name the folder with the answers that Borowski et al. released.")
    read = read_experiments(ImportRequest(files, name="published"))
    rules = replace(PUBLISHED, attention=attention)
    return PublishedResults({one: AnswerSetResults(card, _results(collected, rules, scope)) for one, (card, collected) in read.items()})


def _results(collected: Collected, rules: ExclusionRules, scope: Scope | None) -> Results:
    return inference.results(collected.answers, ratings=collected.ratings, rules=rules, scope=scope, sessions=collected.sessions)
