"""What an observer has decided is kept, whichever units are asked for next, as long as it is the same observer with the same references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from core.domain import Unit
from core.services.observers.observer_decisions import Decided
from core.services.observers.observer_tasks import StudyTasks, study_tasks
from core.store.observations import ObserverCard, read_observations
from core.store.publication import CatalogueReader
from tests.studies import MAIN_UNITS, Workplace, observer_card

WITHOUT_IMAGES = Unit("conv2d2", 0)
Rows = set[tuple[Unit, str, int, float]]


def tasks_of(place: Workplace, units: Sequence[Unit]) -> StudyTasks:
    return study_tasks(CatalogueReader(place.workspace), place.study, units=units)


def card_of(place: Workplace, tasks: StudyTasks, **changes: object) -> ObserverCard:
    card = replace(observer_card(place.study), n_sets=tasks.n_sets, references=tasks.references)
    return replace(card, **changes)  # type: ignore[arg-type]


def value(unit: Unit, condition: str, set_number: int) -> float:
    """Return a D that tells whose it is; a few are negative."""
    return (unit.channel + 1) * (-1.0 if set_number == 1 else 1.0) + (0.5 if condition == "natural" else 0.25) + set_number / 64


def decide_all(decided: Decided, tasks: StudyTasks) -> None:
    """Decide what is left."""
    for condition, left in decided.left().items():
        places = np.flatnonzero(left)
        units = [tasks.units[tasks.tasks[condition].unit[place]] for place in places]
        numbers = tasks.set_numbers(condition)[places]
        values = [value(unit, condition, int(number)) for unit, number in zip(units, numbers, strict=True)]
        decided.add(condition, places, np.array(values))


def observed(place: Workplace, units: Sequence[Unit], **changes: object) -> ObserverCard:
    """Decide all tasks of the units and publish."""
    tasks = tasks_of(place, units)
    card = card_of(place, tasks, **changes)
    decided = Decided(place.workspace, card, tasks)
    decide_all(decided, tasks)
    decided.publish()
    return card


def stored(place: Workplace, card: ObserverCard) -> Rows:
    found = read_observations(place.workspace, card)
    names = ((found.units[unit], found.conditions[code]) for unit, code in zip(found.unit, found.condition, strict=True))
    rows = [(*name, int(n), float(d)) for name, n, d in zip(names, found.set_number, found.decision, strict=True)]
    assert len(set(rows)) == len(rows), "a task is stored twice"
    assert found.proportion_correct.tolist() == [float(row[3] > 0) for row in rows]
    return set(rows)


def n_left(decided: Decided) -> dict[str, int]:
    return {condition: int(left.sum()) for condition, left in decided.left().items()}


def test_what_was_decided_of_some_units_stays_when_others_are_asked(study_workspace: Workplace) -> None:
    """Each task is stored once, with its own D; of units asked before, nothing is left."""
    first, then = MAIN_UNITS[:3], MAIN_UNITS[2:5]
    card = observed(study_workspace, first)
    tasks = tasks_of(study_workspace, then)
    decided = Decided(study_workspace.workspace, card, tasks)
    assert n_left(decided) == {"natural": 2 * tasks.n_sets, "synthetic": 2 * tasks.n_sets}
    decide_all(decided, tasks)
    decided.publish()
    wanted = {
        (unit, condition, n, value(unit, condition, n)) for unit in MAIN_UNITS[:5] for condition in tasks.tasks for n in range(tasks.n_sets)
    }
    assert stored(study_workspace, card) == wanted
    whole = Decided(study_workspace.workspace, card, tasks_of(study_workspace, MAIN_UNITS[:5]))
    assert n_left(whole) == {"natural": 0, "synthetic": 0}
    shares = {condition: float(np.mean([row[3] > 0 for row in wanted if row[1] == condition])) for condition in tasks.tasks}
    assert whole.scores() == {condition: (pytest.approx(share), 5 * tasks.n_sets) for condition, share in shares.items()}


def test_a_unit_without_images_leaves_the_other_conditions_answers(study_workspace: Workplace) -> None:
    """Asked for such a unit alone, there is no task without references; what others answered with synthetic ones stays, and is the same."""
    card = observed(study_workspace, MAIN_UNITS[:2])
    before = stored(study_workspace, card)
    assert observed(study_workspace, [WITHOUT_IMAGES]) == card
    after = stored(study_workspace, card)
    assert before < after and {(unit, condition) for unit, condition, *_ in after - before} == {(WITHOUT_IMAGES, "natural")}


def test_other_references_make_only_their_own_answers_stale(study_workspace: Workplace) -> None:
    """With new synthetic images those tasks are left again, of all units; natural ones are taken over."""
    observed(study_workspace, MAIN_UNITS[:2])
    tasks = tasks_of(study_workspace, MAIN_UNITS[:1])
    card = card_of(study_workspace, tasks, references=(("synthetic", "another spec"),))
    decided = Decided(study_workspace.workspace, card, tasks)
    assert n_left(decided) == {"natural": 0, "synthetic": tasks.n_sets}
    decided.publish()
    rows = stored(study_workspace, card)
    assert {(unit, condition) for unit, condition, *_ in rows} == {(unit, "natural") for unit in MAIN_UNITS[:2]}


@pytest.mark.parametrize("change", [{"embedder_digest": "f" * 16}, {"stimuli_digest": "other"}, {"seed": 1}])
def test_another_observer_takes_nothing_over(study_workspace: Workplace, change: dict[str, object]) -> None:
    """Other embeddings, stimuli or sets: all is left."""
    observed(study_workspace, MAIN_UNITS[:2])
    tasks = tasks_of(study_workspace, MAIN_UNITS[:2])
    left = n_left(Decided(study_workspace.workspace, card_of(study_workspace, tasks, **change), tasks))
    assert left == {"natural": 2 * tasks.n_sets, "synthetic": 2 * tasks.n_sets}


def test_images_that_went_take_their_answers_with_them(study_workspace: Workplace) -> None:
    """Answers about a unit that has no more such tasks never land in another's."""
    card = observed(study_workspace, MAIN_UNITS[:2])
    whole = tasks_of(study_workspace, MAIN_UNITS[:2])
    fewer = replace(whole, tasks={**whole.tasks, "synthetic": whole.tasks["synthetic"].where(whole.tasks["synthetic"].unit == 0)})
    decided = Decided(study_workspace.workspace, card, fewer)
    decided.publish()
    kept = {row for row in stored(study_workspace, card) if row[1] == "synthetic"}
    assert kept == {(MAIN_UNITS[0], "synthetic", n, value(MAIN_UNITS[0], "synthetic", n)) for n in range(whole.n_sets)}
