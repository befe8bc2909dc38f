"""Several studies beside each other: the observer that they have in common, and what each has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core import inference
from core.design_spec import Condition
from core.domain import Study
from core.services.observers.observer_results import ObserverResults
from core.services.results.results import Comparison
from core.services.results.study_comparison import StudyFacts, beside
from core.services.studies import StudyCounts, study_counts
from core.store.observations import ObserverKind
from core.store.publication import CatalogueReader
from tests.studies import DEAD_UNIT, Workplace, answers_of, observer_card

RIGHT: dict[Condition, Sequence[bool]] = {"natural": (True, True, True, False), "synthetic": (True, False), "none": (False, False)}
COUNTS = StudyCounts(120, 8, 0, 20, 10, 180, 1)


def observer(study: Study, name: str, *, is_biased: bool = False, kind: ObserverKind = "network") -> ObserverResults:
    card = replace(observer_card(study), name=name, is_biased=is_biased, kind=kind)
    return ObserverResults(card, inference.results(answers_of(RIGHT)))


def facts(study: Study, *observers: ObserverResults) -> StudyFacts:
    people = inference.results(answers_of(RIGHT))
    return StudyFacts(study, COUNTS, Comparison(study.key, people, tuple(observers), 0.1))


@pytest.fixture
def studies(built_study: Workplace) -> tuple[Study, Study, Study]:
    """Return three studies of the same network."""
    first = built_study.study
    sets = [replace(first.image_set, name=name) for name in ("a", "b", "c")]
    return tuple(replace(first, image_set=one, mining=replace(first.mining, image_set=one.name)) for one in sets)  # type: ignore[return-value]


def test_the_observer_is_one_that_they_have_in_common(studies: tuple[Study, Study, Study]) -> None:
    """Whoever answered most of them; of several an unbiased network before a biased witness before a baseline. Who answered one only is
    not compared."""
    a, b, c = studies
    own = [observer(study, "own", is_biased=True) for study in studies]
    other, contrast = [observer(study, "other") for study in studies], [observer(study, "contrast", kind="baseline") for study in studies]
    found = beside([facts(a, contrast[0], own[0]), facts(b, own[1], contrast[1])])
    assert found.observer is not None and found.observer.name == "own" and found.is_biased
    found = beside([facts(a, contrast[0], own[0], other[0]), facts(b, own[1], other[1])])
    assert found.observer is not None and found.observer.name == "other" and not found.is_biased
    found = beside([facts(a, contrast[0], other[0]), facts(b, contrast[1], other[1]), facts(c, contrast[2])])
    assert found.observer is not None and found.observer.name == "contrast" and [bool(line.observer) for line in found.lines] == [True] * 3
    found = beside([facts(a, other[0]), facts(b, own[1]), facts(c)])
    assert found.observer is None and not any(line.observer for line in found.lines)


def test_natural_and_synthetic_are_compared(studies: tuple[Study, Study, Study]) -> None:
    """The proportions are those of the study's own results, without other conditions; a study that nobody answered has none."""
    a, b, c = studies
    line, other, _ = beside([facts(a, observer(a, "own")), facts(b), facts(c, observer(c, "own"))]).lines
    assert {condition: one.mean for condition, one in line.people.items()} == {"natural": 0.75, "synthetic": 0.5}
    assert list(line.observer) == ["natural", "synthetic"] and not other.observer
    assert (line.key, line.n_layers, line.counts, line.problem) == (a.key, 3, COUNTS, None)


def test_what_cannot_be_read_of_one_leaves_the_others(studies: tuple[Study, Study, Study]) -> None:
    """Its line has the counts and the sentence."""
    a, b, c = studies
    broken = StudyFacts(b, COUNTS, "It is held by another process.")
    found = beside([facts(a, observer(a, "own")), broken, facts(c, observer(c, "own"))])
    assert [line.problem for line in found.lines] == [None, "It is held by another process.", None]
    assert not found.lines[1].people and found.lines[0].observer and found.lines[1].counts == COUNTS


def test_dead_units_are_counted(built_study: Workplace) -> None:
    """As many as the study was built with."""
    counts = study_counts(CatalogueReader(built_study.workspace), built_study.study)
    assert counts.n_dead == 1 and DEAD_UNIT.layer == "mixed3a"
