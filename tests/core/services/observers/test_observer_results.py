"""Observers' answers become numbers like people's, one observer beside another, with what cannot be read told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.domain import Unit
from core.services.observers.observer_results import default_observer, observed_table, observer_results, results_of
from core.store.observations import ObserverCard, put_observations
from tests.studies import LAYERS, MAIN_UNITS, OBSERVER, Workplace, observations, observer_card


def put(place: Workplace, name: str, **changes: object) -> ObserverCard:
    card = replace(observer_card(place.study), name=name, **changes)  # type: ignore[arg-type]
    put_observations(place.workspace, card, observations(MAIN_UNITS[:3]))
    return card


def test_observers_are_in_order_and_the_first_stands_for_all(study_workspace: Workplace) -> None:
    """Unbiased networks, then biased ones, baselines last; those that saw other stimuli are left out, and what is unreadable is told."""
    put(study_workspace, "contrast", kind="baseline", is_biased=False)
    put(study_workspace, "resnet18", is_biased=False)
    put(study_workspace, "former", is_biased=False, stimuli_digest="other")
    (study_workspace.workspace.observers / "broken.parquet").write_bytes(b"PAR1")
    found, problems = observer_results(study_workspace.workspace, study_workspace.study)
    assert [one.card.name for one in found] == ["resnet18", OBSERVER, "contrast"]
    assert len(problems) == 1 and "broken.parquet" in problems[0]
    first = default_observer(found)
    assert first is not None and first.card.name == "resnet18"
    biased = default_observer(found[1:])
    assert biased is not None and biased.card.name == OBSERVER
    assert default_observer(found[2:]) is None and default_observer(()) is None


def test_proportions_are_over_units(study_workspace: Workplace) -> None:
    """Always right with natural references, every other time with synthetic ones; the JSON has the card and people's schema."""
    card = put(study_workspace, "resnet18", is_biased=False)
    found = results_of(study_workspace.workspace, study_workspace.study, card)
    assert {name: one.mean for name, one in found.accuracy.items()} == {"natural": 1.0, "synthetic": 0.5}
    assert found.accuracy["natural"].n_trials == 6
    first = observer_results(study_workspace.workspace, study_workspace.study)[0][0].as_dict()
    assert (first["observer"]["name"], first["agreement"]) == ("resnet18", None)
    assert first["results"]["accuracy"]["synthetic"]["mean"] == 0.5


def test_answers_as_a_table(built_study: Workplace) -> None:
    """Each task is a main trial of one respondent, with its unit's layer and branch; confidence and times are absent. Layers and branches
    that are not known any more have no branch."""
    given = observations([Unit("mixed4a", 6), Unit("conv2d2", 1), Unit("former", 3)])
    card = replace(observer_card(built_study.study), scheme="Max-9")
    table = observed_table(given, card, LAYERS)

    def words(word: str) -> list[str | None]:
        column = table[word]  # type: ignore[index]
        return [None if code < 0 else column.levels[code] for code in column.codes]

    assert len(table) == 12 and table.score.tolist() == given.proportion_correct.tolist()
    assert words("unit") == [str(given.units[code]) for code in given.unit]
    assert words("layer") == [given.units[code].layer for code in given.unit]
    assert words("branch") == ["5x5"] * 4 + ["all"] * 4 + [None] * 4
    assert words("condition") == [given.conditions[code] for code in given.condition]
    assert words("block") == [str(number) for number in given.set_number]
    assert {(word, *set(words(word))) for word in ("respondent", "kind", "scheme")} == {
        ("respondent", OBSERVER), ("kind", "main"), ("scheme", "Max-9"),
    }  # fmt: skip
    assert words("expertise") == words("choice") == [None] * 12
    assert not table.confidence.any() and np.isnan(table.time_s).all()


@pytest.mark.parametrize("n", [0, 1])
def test_few_answers_are_no_error(built_study: Workplace, n: int) -> None:
    """None or one unit's give a table of as many."""
    given = observations(MAIN_UNITS[:1])
    few = replace(
        given, **{name: getattr(given, name)[:n] for name in ("unit", "condition", "set_number", "decision", "proportion_correct")}
    )
    assert len(observed_table(few, observer_card(built_study.study), LAYERS)) == n
