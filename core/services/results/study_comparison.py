"""Several studies beside each other: what each has, and what people and an observer that they have in common answered. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.design_spec import Condition
from core.domain import Study
from core.inference.proportions import Proportion
from core.services.results.results import Comparison
from core.services.studies import StudyCounts
from core.store.observations import ObserverCard

COMPARED: Final[tuple[Condition, ...]] = ("natural", "synthetic")
Accuracies = Mapping[Condition, Proportion]


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """A study and its figures. `comparison`: its results; a sentence where they cannot be read."""

    study: Study
    counts: StudyCounts
    comparison: Comparison | str


@dataclass(frozen=True, slots=True)
class StudyLine:
    """A study in the comparison. `people`, `observer`: proportions correct with natural and synthetic references, of those answered."""

    key: str
    counts: StudyCounts
    n_layers: int
    people: Accuracies
    observer: Accuracies
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StudiesBeside:
    """The studies, in their order. `observer`: whose answers are compared, as it is in the first of these studies that has them; None where
    no observer answered two of them. `is_biased`: in one of them it sees through the network that it judges."""

    lines: tuple[StudyLine, ...]
    observer: ObserverCard | None
    is_biased: bool


def beside(studies: Sequence[StudyFacts]) -> StudiesBeside:
    """Return the studies beside each other, with the observer that most of them have in common (of several, the one that stands first)."""
    readable = [one.comparison for one in studies if isinstance(one.comparison, Comparison)]
    name = _in_common(readable)
    cards = [found.card for one in readable for found in one.observers if found.card.name == name]
    lines = tuple(_line(one, name) for one in studies)
    return StudiesBeside(lines, cards[0] if cards else None, any(card.is_biased for card in cards))


def _in_common(comparisons: Sequence[Comparison]) -> str | None:
    """Return the observer that answered most studies, at least two: of several, networks before baselines, unbiased before biased ones."""
    cards = [found.card for one in comparisons for found in one.observers]
    n_studies = Counter(card.name for card in cards)
    biased = {card.name for card in cards if card.is_biased}
    baselines = {card.name for card in cards if card.kind == "baseline"}
    order = sorted(n_studies, key=lambda name: (-n_studies[name], name in baselines, name in biased, name))
    return order[0] if order and n_studies[order[0]] > 1 else None


def _line(one: StudyFacts, observer: str | None) -> StudyLine:
    study, found = one.study, one.comparison
    if isinstance(found, str):
        return StudyLine(study.key, one.counts, len(study.network.layers), {}, {}, found)
    answered = next((of for of in found.observers if of.card.name == observer), None)
    return StudyLine(
        study.key,
        one.counts,
        len(study.network.layers),
        _compared(found.people.accuracy),
        {} if answered is None else _compared(answered.results.accuracy),
    )


def _compared(found: Accuracies) -> Accuracies:
    return {condition: found[condition] for condition in COMPARED if condition in found}
