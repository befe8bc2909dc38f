"""Observers' answers are published files of their own: one an observer and study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.domain import Unit
from core.errors import StoreError, UnknownName
from core.store.observations import observers, observers_version, put_observations, rank, read_card, read_observations, unit_scores
from core.store.workspace import Workspace
from tests.studies import MAIN_UNITS, OBSERVER, Workplace, observations, observer_card


def test_no_observer_has_answered_yet(empty_workspace: Workspace) -> None:
    """An empty workspace has no observers, and asking for one's scores says so."""
    assert observers(empty_workspace, "tiny/shapes").cards == ()
    assert observers_version(empty_workspace) == 0
    with pytest.raises(UnknownName, match="observer of tiny/shapes"):
        unit_scores(empty_workspace, "tiny/shapes", OBSERVER)


def test_answers_come_back(built_study: Workplace) -> None:
    """Card and rows are those that were published, units sorted."""
    (card,) = observers(built_study.workspace, built_study.study.key, built_study.study.stimuli_digest).cards
    assert card == observer_card(built_study.study) and card.digest == observer_card(built_study.study).digest
    found, expected = read_observations(built_study.workspace, card), observations(MAIN_UNITS)
    assert found.units == expected.units == tuple(sorted(MAIN_UNITS)) and found.conditions == expected.conditions
    for name in ("unit", "condition", "set_number", "decision", "proportion_correct"):
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name
    assert observers(built_study.workspace, built_study.study.key, "other stimuli").cards == ()


def test_scores_are_means_over_a_units_tasks(study_workspace: Workplace) -> None:
    """Every unit and condition has its mean and its number of tasks; a condition of some units only is absent of the others."""
    workspace, study = study_workspace
    put_observations(workspace, observer_card(study), observations([Unit("mixed4a", 2), Unit("mixed3a", 11), Unit("mixed3a", 2)]))
    found = unit_scores(workspace, study.key, OBSERVER)
    rows = list(zip(*(one.tolist() for one in (found.layer, found.channel, found.condition, found.score, found.n_tasks)), strict=True))
    assert rows == [
        (layer, channel, condition, score, 2)
        for layer, channel in (("mixed3a", 2), ("mixed3a", 11), ("mixed4a", 2))
        for condition, score in (("natural", 1.0), ("synthetic", 0.5))
    ]


def test_observing_again_replaces(study_workspace: Workplace) -> None:
    """The same observer of the same study answers once; other observers and studies stay, the unbiased one before the biased."""
    workspace, study = study_workspace
    card = observer_card(study)
    put_observations(workspace, replace(card, name="unbiased", is_biased=False), observations(MAIN_UNITS[:2]))
    put_observations(workspace, replace(card, study="other/study"), observations(MAIN_UNITS[:3]))
    before = observers_version(workspace)
    put_observations(workspace, card, observations(MAIN_UNITS[:1]))
    cards = observers(workspace, study.key).cards
    assert [one.name for one in cards] == ["unbiased", OBSERVER]
    assert [len(read_observations(workspace, one)) for one in cards] == [8, 4]
    (other,) = observers(workspace, "other/study").cards
    assert len(read_observations(workspace, other)) == 12
    assert observers_version(workspace) > before


def test_observers_are_ranked(built_study: Workplace) -> None:
    """Unbiased networks come first, then biased witnesses, baselines last; the usual scheme before others."""
    card = observer_card(built_study.study)
    ranked = [
        replace(card, name="b", is_biased=False),
        replace(card, name="a", is_biased=False, scheme="Max-1"),
        replace(card, name="a"),
        replace(card, name="a", is_biased=False, kind="baseline"),
    ]
    assert sorted([ranked[place] for place in (2, 3, 1, 0)], key=rank) == ranked


def test_files_of_other_versions_and_torn_ones_are_told(study_workspace: Workplace) -> None:
    """A file without a card, of a later version, or cut off hides no other observer; a sentence says what to do."""
    workspace, study = study_workspace
    pq.write_table(pa.table({"observer": ["former"]}), workspace.observers / "former.parquet")
    (workspace.observers / "torn.parquet").write_bytes(b"PAR1")
    path = next(workspace.observers.glob("[0-9a-f]*.parquet"))
    later = pq.read_table(path).replace_schema_metadata({"exemplary.observer": '{"later": 1}'})
    pq.write_table(later, workspace.observers / "later.parquet")
    found = observers(workspace, study.key)
    assert [card.name for card in found.cards] == [OBSERVER]
    assert len(found.problems) == 3
    assert "earlier version" in found.problems[0] and "later version" in found.problems[1] and "cannot be read" in found.problems[2]
    assert all("exemplary observe" in one for one in (found.problems[0], found.problems[2]))
    with pytest.raises(StoreError):
        read_card(workspace.observers / "torn.parquet")
