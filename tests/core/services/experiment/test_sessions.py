"""A person's session is planned and stored whole before its first trial; what cannot be is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.design_spec import CONDITIONS, Condition
from core.domain import digest
from core.errors import NotReady, StaleWork, UsageError
from core.experiment import Demographics, Trial
from core.services.experiment import sessions
from core.services.experiment.sessions import Enrolment, generated_code
from core.store import artifacts, catalogue_read
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.core.services.begun import begin, design_of, with_ratings
from tests.studies import LAYERS, MAIN_UNITS, RESERVED_UNITS, Workplace, activation_matrix, tiny_study


def images_of(trial: Trial) -> list[str]:
    return [*trial.min_references, *trial.max_references, trial.query_top, trial.query_bottom]


def test_all_trials_are_stored_before_the_first(study_workspace: Workplace, store: ResponseStore) -> None:
    """Six main trials a condition on the same units, one practice trial each on reserved units; nothing is answered."""
    session_id, trials = begin(study_workspace, store)
    by_condition = {
        condition: {trial.unit for trial in trials if (trial.kind, trial.condition) == ("main", condition)} for condition in CONDITIONS
    }
    assert by_condition["natural"] == by_condition["synthetic"] == by_condition["none"] <= set(MAIN_UNITS)
    assert sorted(trial.index for trial in trials) == list(range(len(trials))) and len(trials) == 3 * 7
    assert {trial.unit for trial in trials if trial.kind == "practice"} <= set(RESERVED_UNITS)
    assert sessions.where(store, session_id).n_left == len(trials)


def test_the_example_is_no_practice_trial_while_units_last(study_workspace: Workplace, store: ResponseStore) -> None:
    """What is explained beforehand is of a reserved unit without practice in the session, its images stored; else the last practice."""
    place, reader = study_workspace, CatalogueReader(study_workspace.workspace)
    session_id, trials = begin(place, store, design_of(place, conditions=("natural",)))
    found = sessions.example(place.workspace, reader, place.study, store.session(session_id), trials)
    assert found is not None and found.unit in RESERVED_UNITS
    assert found.unit not in {trial.unit for trial in trials if trial.kind == "practice"}
    assert all(artifacts.get_image(place.workspace, address) for address in found.addresses)
    assert sessions.example(place.workspace, reader, place.study, store.session(session_id), trials) == found
    both_id, both = begin(place, store, design_of(place, conditions=("natural", "synthetic")))
    last = sessions.example(place.workspace, reader, place.study, store.session(both_id), both)
    assert last == [trial for trial in both if trial.kind == "practice"][-1]  # two reserved units, two practice trials


def test_every_image_of_a_session_is_stored(study_workspace: Workplace, store: ResponseStore) -> None:
    """Images that were judged or rated stay as they were, whatever happens to the photos."""
    session_id, trials = begin(study_workspace, store, with_ratings(design_of(study_workspace)))
    tasks = store.rating_tasks(session_id)
    assert len(tasks) == 2
    for address in [image for trial in trials for image in images_of(trial)] + [image for task in tasks for image in task.natural]:
        assert artifacts.get_image(study_workspace.workspace, address)


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
    """A session has exactly the conditions that were chosen, also without practice."""
    _, trials = begin(study_workspace, store, design_of(study_workspace, conditions=conditions, n_practice=0, n_catch=0))
    assert {trial.condition for trial in trials} == set(conditions)
    assert {trial.kind for trial in trials} == {"main"} and len(trials) == 6 * len(conditions)


def test_a_study_without_reserved_or_rendered_units(tmp_path: Path) -> None:
    """Natural references alone can be tested, without practice and catch trials."""
    study = tiny_study(tmp_path, reserved=(), n_renders=0)
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    with ResponseStore(place.workspace) as store:
        _, trials = begin(place, store, design_of(place, conditions=("natural",), n_main=12))
    assert {trial.kind for trial in trials} == {"main"} and len(trials) == 12


def test_what_a_participant_tells_is_stored(study_workspace: Workplace, store: ResponseStore) -> None:
    """Pseudonym, group, language, demographics and the digest of the consent text come back; the text is stored once."""
    about = Demographics(age=31, gender=" non-binary ", handedness="left", visual_aid="contact lenses")
    told = Enrolment("  Ada   L. ", "expert", "de", about, "I take part of my own free will.")
    for _ in range(2):
        session = store.session(begin(study_workspace, store, enrolment=told)[0])
    assert (session.participant, session.expertise, session.language) == ("Ada L.", "expert", "de")
    assert session.demographics == replace(about, gender="non-binary")
    assert session.consent == digest(told.consent)
    assert store.consent_text(session.consent) == told.consent


def test_everything_may_be_skipped(study_workspace: Workplace, store: ResponseStore) -> None:
    """Who tells nothing takes part under a code; nothing is made up for the rest."""
    session = store.session(begin(study_workspace, store, enrolment=Enrolment())[0])
    assert len(session.participant) == 7 and session.demographics == Demographics()
    assert (session.expertise, session.consent) == (None, None)


BAD_ENROLMENTS = [
    (Enrolment("x" * 41), "41 characters"),
    (Enrolment("ada@example.org"), "e-mail"),
    (Enrolment("ada\uff20example.org"), "e-mail"),
    (Enrolment(demographics=Demographics(gender="ada@example.org")), "e-mail"),
    (Enrolment(expertise="wizard"), "Expertise"),  # type: ignore[arg-type]
    (Enrolment(language="fr"), "languages"),  # type: ignore[arg-type]
    (Enrolment(consent="  "), "consent"),
    (Enrolment(demographics=Demographics(age=0)), "age"),
    (Enrolment(demographics=Demographics(age=121)), "age"),
    (Enrolment(demographics=Demographics(age=30.5)), "age"),  # type: ignore[arg-type]
    (Enrolment(demographics=Demographics(age=True)), "age"),
    (Enrolment(demographics=Demographics(gender="x" * 41)), "gender"),
    (Enrolment(demographics=Demographics(handedness="two")), "Handedness"),  # type: ignore[arg-type]
    (Enrolment(demographics=Demographics(visual_aid="monocle")), "visual aid"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("enrolment", "sentence"), BAD_ENROLMENTS, ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_is_refused(study_workspace: Workplace, store: ResponseStore, enrolment: Enrolment, sentence: str) -> None:
    """An enrolment that cannot be right is refused by name and nothing is stored."""
    with pytest.raises(UsageError, match=sentence):
        begin(study_workspace, store, enrolment=enrolment)
    assert store.n_sessions("tiny/shapes") == 0


def test_codes_are_not_taken_twice() -> None:
    """A generated code is never one that is there, and can be typed without a second look."""
    taken: set[str] = set()
    for _ in range(500):
        code = generated_code(taken)
        assert code not in taken and code.isascii() and code[:4].isalpha() and 10 <= int(code[5:]) < 100
        taken.add(code)


def test_designs_of_other_stimuli_are_refused(study_workspace: Workplace, store: ResponseStore) -> None:
    """A design of another study, or of this one as it was mined before, is refused before anything is stored."""
    design = design_of(study_workspace)
    with pytest.raises(UsageError, match="other/study"):
        begin(study_workspace, store, replace(design, study="other/study"))
    with pytest.raises(StaleWork, match="again"):
        begin(study_workspace, store, replace(design, stimuli_digest="before"))
    assert store.n_sessions("tiny/shapes") == 0


def test_sparse_units_do_not_stop_a_session(tmp_path: Path) -> None:
    """A unit that few images activate has too few different images at its ends; it is left out, and the others are tested."""
    sparse = np.zeros((120, 8), dtype=np.float32)
    sparse[:12] = activation_matrix(LAYERS[1], 120)[:12] + 5.0
    study = tiny_study(tmp_path, reserved=(), n_renders=0, matrices={"mixed3a": sparse})
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    design = design_of(place, conditions=("natural",), n_practice=0, n_catch=0)
    with ResponseStore(place.workspace) as store:
        for _ in range(3):
            assert "mixed3a" not in {trial.unit.layer for trial in begin(place, store, design)[1]}


def test_photos_that_changed_stop_the_beginning(tmp_path: Path) -> None:
    """A session whose images cannot be stored is not stored."""
    study = tiny_study(tmp_path, n_renders=0)
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    for path in (tmp_path / "photos").rglob("*.png"):
        path.write_bytes(path.read_bytes() + b"\0")
    with ResponseStore(place.workspace) as store:
        with pytest.raises(StaleWork):
            begin(place, store, design_of(place, conditions=("natural",)))
        assert store.n_sessions(study.key) == 0


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A design whose synthetic images are not there any more is refused with the command that makes them."""
    study = tiny_study(tmp_path)
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    design = design_of(place, conditions=("synthetic",))
    with ResponseStore(place.workspace) as store, pytest.raises(NotReady, match="synthesize"):
        begin(place, store, replace(design, renders=tuple(replace(one, spec_digest="0" * 16) for one in design.renders)))
