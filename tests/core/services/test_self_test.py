"""A self-test is planned and stored whole before its first trial, with all its images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.design_spec import CONDITIONS, Condition
from core.errors import NotReady, StaleWork, UsageError
from core.experiment import Trial
from core.services import self_test
from core.store import artifacts, catalogue_read
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import LAYERS, MAIN_UNITS, RESERVED_UNITS, Workplace, activation_matrix, response_to, tiny_study


@pytest.fixture
def store(study_workspace: Workplace) -> Iterator[ResponseStore]:
    with ResponseStore(study_workspace.workspace) as opened:
        yield opened


def begin(place: Workplace, store: ResponseStore, **changes: object) -> tuple[str, tuple[Trial, ...]]:
    options: dict[str, object] = {"participant": "Ada", "conditions": CONDITIONS, "n_main": 6, "with_practice": True}
    reader = CatalogueReader(place.workspace)
    session = self_test.begin(place.workspace, reader, store, place.study, **(options | changes))  # type: ignore[arg-type]
    return session.session_id, store.trials(session.session_id)


def images_of(trial: Trial) -> list[str]:
    return [*trial.min_references, *trial.max_references, trial.query_top, trial.query_bottom]


def test_the_offer_counts_what_can_be_tested(study_workspace: Workplace) -> None:
    """Reserved and constant units are not counted; synthetic references need rendered units; the share of references is told."""
    offer = self_test.offer(CatalogueReader(study_workspace.workspace), study_workspace.study)
    assert offer.n_units == {"natural": 17, "synthetic": 8, "none": 17}
    assert (offer.n_reserved, offer.n_sets) == (2, 3)
    assert offer.reference_share == pytest.approx(30 / 120)


def test_all_trials_are_stored_before_the_first(study_workspace: Workplace, store: ResponseStore) -> None:
    """Six main trials a condition on the same units, one practice trial each on reserved units; nothing is answered."""
    session_id, trials = begin(study_workspace, store)
    by_condition = {
        condition: {trial.unit for trial in trials if (trial.kind, trial.condition) == ("main", condition)} for condition in CONDITIONS
    }
    assert by_condition["natural"] == by_condition["synthetic"] == by_condition["none"] <= set(MAIN_UNITS)
    assert [trial.index for trial in trials] == list(range(len(trials))) and len(trials) == 3 * 7
    assert {trial.unit for trial in trials if trial.kind == "practice"} <= set(RESERVED_UNITS)
    state = self_test.state(store, session_id)
    assert state.next_index == 0 and not state.is_finished
    assert store.session(session_id).participant == "Ada"


def test_every_image_of_a_session_is_stored(study_workspace: Workplace, store: ResponseStore) -> None:
    """Images that were judged stay as they were, whatever happens to the photos."""
    _, trials = begin(study_workspace, store)
    for trial in trials:
        assert all(artifacts.get_image(study_workspace.workspace, address) for address in images_of(trial))


def test_natural_images_of_a_unit_come_once_in_a_session(study_workspace: Workplace, store: ResponseStore) -> None:
    """The conditions' stimulus sets of one unit share no natural image, and no trial shows an image twice."""
    _, trials = begin(study_workspace, store)
    natural = set(catalogue_read.crop_addresses(CatalogueReader(study_workspace.workspace).cursor(), study_workspace.study).values())
    for unit in {trial.unit for trial in trials if trial.kind == "main"}:
        shown = [image for trial in trials if trial.kind == "main" and trial.unit == unit for image in images_of(trial) if image in natural]
        assert len(shown) == len(set(shown)) == 2 * 3 + 18


def test_queries_are_natural_and_correctly_scored(study_workspace: Workplace, store: ResponseStore) -> None:
    """In every condition both queries are natural; the right one has the higher activation; references are of their condition."""
    _, trials = begin(study_workspace, store)
    addresses = catalogue_read.crop_addresses(CatalogueReader(study_workspace.workspace).cursor(), study_workspace.study)
    image_ids = {address: image_id for image_id, address in addresses.items()}
    matrices = {layer.name: activation_matrix(layer, 120) for layer in LAYERS}
    for trial in trials:
        column = matrices[trial.unit.layer][:, trial.unit.channel]
        top, bottom = (column[image_ids[query]] for query in (trial.query_top, trial.query_bottom))
        assert trial.correct == ("top" if top > bottom else "bottom")
        references = {*trial.min_references, *trial.max_references}
        assert len(references) == (0 if trial.condition == "none" else 18)
        assert references.isdisjoint(image_ids) == (trial.condition != "natural")


@pytest.mark.parametrize("conditions", [("natural",), ("synthetic",), ("none",), ("natural", "synthetic"), ("none", "natural")])
def test_any_choice_of_conditions(study_workspace: Workplace, store: ResponseStore, conditions: tuple[Condition, ...]) -> None:
    """A self-test has exactly the conditions that were chosen, also without practice."""
    _, trials = begin(study_workspace, store, conditions=conditions, with_practice=False)
    assert {trial.condition for trial in trials} == set(conditions)
    assert {trial.kind for trial in trials} == {"main"} and len(trials) == 6 * len(conditions)


def test_participants_are_numbered(study_workspace: Workplace, store: ResponseStore) -> None:
    """Every session has the next number, which rotates stimulus sets and the order of conditions."""
    sessions = [begin(study_workspace, store, conditions=("natural", "synthetic")) for _ in range(2)]
    numbers = [store.session(session_id).participant_number for session_id, _ in sessions]
    assert numbers == [1, 2]
    assert sessions[0][1][0].condition != sessions[1][1][0].condition


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_self_test_needs_a_name(study_workspace: Workplace, store: ResponseStore, name: str) -> None:
    """Nameless and overlong names are refused and nothing is stored."""
    with pytest.raises(UsageError, match="name"):
        begin(study_workspace, store, participant=name)
    assert store.n_sessions("tiny/shapes") == 0


def test_too_many_trials_are_refused(study_workspace: Workplace, store: ResponseStore) -> None:
    """More trials than rendered units are refused with both numbers."""
    with pytest.raises(NotReady, match=r"12.*8"):
        begin(study_workspace, store, n_main=12)
    assert store.n_sessions("tiny/shapes") == 0


def test_a_self_test_without_reserved_or_rendered_units(tmp_path: Path) -> None:
    """Without them a self-test of natural references works, without practice and catch trials."""
    study = tiny_study(tmp_path, reserved=(), n_renders=0)
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    assert self_test.offer(CatalogueReader(place.workspace), study).n_units["synthetic"] == 0
    with ResponseStore(place.workspace) as store:
        _, trials = begin(place, store, conditions=("natural",), n_main=12)
        assert {trial.kind for trial in trials} == {"main"} and len(trials) == 12
        with pytest.raises(NotReady, match="synthesize"):
            begin(place, store, conditions=("synthetic",))


def test_photos_that_changed_stop_the_beginning(tmp_path: Path) -> None:
    """A session whose images cannot be stored is not stored."""
    study = tiny_study(tmp_path, n_renders=0)
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    for path in (tmp_path / "photos").rglob("*.png"):
        path.write_bytes(path.read_bytes() + b"\0")
    with ResponseStore(place.workspace) as store:
        with pytest.raises(StaleWork):
            begin(place, store, conditions=("natural",))
        assert store.n_sessions(study.key) == 0


def test_sparse_units_do_not_stop_a_self_test(tmp_path: Path) -> None:
    """A unit that few images activate has too few different images at its ends; it is left out, and the others are tested."""
    sparse = np.zeros((120, 8), dtype=np.float32)
    sparse[:12] = activation_matrix(LAYERS[1], 120)[:12] + 5.0
    study = tiny_study(tmp_path, reserved=(), n_renders=0, matrices={"mixed3a": sparse})
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    with ResponseStore(place.workspace) as store:
        for _ in range(3):
            _, trials = begin(place, store, conditions=("natural",), with_practice=False)
            assert "mixed3a" not in {trial.unit.layer for trial in trials}


def test_a_reload_resumes(study_workspace: Workplace, store: ResponseStore) -> None:
    """After some answers the session goes on with the first trial that has none."""
    session_id, trials = begin(study_workspace, store, conditions=("natural",), with_practice=False)
    for trial in trials[:4]:
        store.add_response(session_id, response_to(trial))
    state = self_test.state(store, session_id)
    assert (state.next_index, state.n_answered, state.n_left) == (4, 4, 2)
