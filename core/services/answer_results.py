"""What the answers of an answer set say: the numbers that people's own answers get too, never among these. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core import inference
from core.answer_set import AnswerSetCard
from core.exchange.borowski2021 import STUDIES
from core.inference import ExclusionRules, Results
from core.psychophysics.attention import NONE, AttentionRules
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


def answer_set_results(workspace: Workspace, name: str, attention: AttentionRules = NONE) -> AnswerSetResults:
    """Return the results of an answer set. Raises UnknownName, StoreError.

    Negative reaction times are left out of reaction times, but in the published experiments, whose numbers keep them (METHOD section 8).
    """
    card, collected = read_answer_set(workspace, name)
    rules = ExclusionRules(negative_reaction_times=card.study not in STUDIES.values(), attention=attention)
    return AnswerSetResults(card, inference.results(collected.answers, rules=rules, sessions=collected.sessions))
