"""A person's session is planned and stored whole before its first trial, goes on after a reload, and can be taken out for good."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from core.design_spec import CONDITIONS, Condition, DesignSpec, UnitList
from core.domain import digest
from core.errors import NotReady, StaleWork, UnknownName, UsageError
from core.experiment import Demographics, Event, Rating, Response, Trial
from core.psychophysics.session import SessionState
from core.services import sessions
from core.services.design_requests import DesignRequest
from core.services.designs import build
from core.services.sessions import Enrolment, generated_code
from core.store import artifacts, catalogue_read
from core.store.publication import CatalogueReader
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import LAYERS, MAIN_UNITS, NOW, RESERVED_UNITS, Workplace, activation_matrix, response_to, tiny_study

ADA = Enrolment(participant="Ada")


@pytest.fixture
def store(study_workspace: Workplace) -> Iterator[ResponseStore]:
    with ResponseStore(study_workspace.workspace) as opened:
        yield opened


def design_of(place: Workplace, **asked: object) -> DesignSpec:
    request = DesignRequest(**({"conditions": CONDITIONS, "n_main": 6} | asked))  # type: ignore[arg-type]
    return build(CatalogueReader(place.workspace), place.study, request)


def begin(
    place: Workplace, store: ResponseStore, design: DesignSpec | None = None, enrolment: Enrolment = ADA
) -> tuple[str, tuple[Trial, ...]]:
    reader = CatalogueReader(place.workspace)
    session = sessions.begin(place.workspace, reader, store, place.study, design or design_of(place), enrolment)
    return session.session_id, store.trials(session.session_id)


def answer(store: ResponseStore, session_id: str, trials: tuple[Trial, ...], *, right: bool = True) -> None:
    for trial in trials:
        store.add_response(session_id, response_to(trial, right=right, key=f"{session_id}-{trial.index:04d}"))


def images_of(trial: Trial) -> list[str]:
    return [*trial.min_references, *trial.max_references, trial.query_top, trial.query_bottom]


# --- beginning ----------------------------------------------------------------------------------------------------------------


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


def with_ratings(design: DesignSpec) -> DesignSpec:
    """Return the design with one unit that is rated at the beginning and the end."""
    rated = UnitList("rated", "intuitiveness", (str(RESERVED_UNITS[0]),))
    return replace(design, units=(*design.units, rated), intuitiveness=("begin", "end"))


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


# --- participant numbers ------------------------------------------------------------------------------------------------------


def number(store: ResponseStore, session_id: str) -> int:
    return store.session(session_id).participant_number


def test_participants_are_numbered_within_a_design(study_workspace: Workplace, store: ResponseStore) -> None:
    """Each design's name has numbers of its own, which rotate stimulus sets and the order of conditions; deleted ones are not reused."""
    mine, other = (design_of(study_workspace, conditions=("natural", "synthetic"), name=name) for name in ("mine", "other"))
    begun = [begin(study_workspace, store, one) for one in (mine, other, mine)]
    assert [number(store, session_id) for session_id, _ in begun] == [1, 1, 2]
    assert begun[0][1][0].condition != begun[2][1][0].condition
    sessions.delete(store, begun[2][0])
    assert number(store, begin(study_workspace, store, mine)[0]) == 3


def test_groups_are_numbered_apart_where_the_design_says_so(study_workspace: Workplace, store: ResponseStore) -> None:
    """Experts and lay people have numbers of their own; whoever does not say which is asked to."""
    design = replace(design_of(study_workspace), numbered_within_group=True)
    groups = ("expert", "lay", "lay", "expert", "lay")
    begun = [begin(study_workspace, store, design, Enrolment(expertise=group))[0] for group in groups]  # type: ignore[arg-type]
    assert [number(store, session_id) for session_id in begun] == [1, 1, 2, 2, 3]
    with pytest.raises(UsageError, match="experts and lay people"):
        begin(study_workspace, store, design)


def test_sessions_that_begin_at_once_have_different_numbers(study_workspace: Workplace, store: ResponseStore) -> None:
    """Four people who start at the same moment are numbers 1 to 4."""
    barrier, design = Barrier(4), design_of(study_workspace)

    def one(_: int) -> int:
        barrier.wait(20)
        return number(store, begin(study_workspace, store, design, Enrolment())[0])

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, range(4))) == [1, 2, 3, 4]


# --- going on -----------------------------------------------------------------------------------------------------------------


def test_a_reload_resumes(study_workspace: Workplace, store: ResponseStore) -> None:
    """After some answers the session goes on with the first trial that has none."""
    session_id, trials = begin(study_workspace, store, design_of(study_workspace, conditions=("natural",), n_practice=0, n_catch=0))
    answer(store, session_id, trials[:4])
    state = sessions.where(store, session_id)
    assert (state.next_trial, state.n_answered, state.n_left) == (trials[4], 4, 2)


def test_a_session_has_its_steps(study_workspace: Workplace, store: ResponseStore) -> None:
    """Instructions, ratings of the beginning, trials, ratings of the end; each step is over once it is stored."""
    session_id, trials = begin(study_workspace, store, with_ratings(design_of(study_workspace)))
    steps = [step_of(store, session_id)]
    store.add_event(session_id, Event("instructed-1", "instructed", 18_000.0, NOW))
    steps.append(step_of(store, session_id))
    store.add_rating(session_id, Rating("rating-begin", "begin", 0, 0, 4000.0, NOW))
    steps.append(step_of(store, session_id))
    answer(store, session_id, trials)
    steps.append(step_of(store, session_id))
    store.add_rating(session_id, Rating("rating-end-0", "end", 0, -100, 4000.0, NOW))
    steps.append(step_of(store, session_id))
    assert steps == [("instructions", "begin"), ("ratings", "begin"), ("trials", None), ("ratings", "end"), ("finished", None)]


def step_of(store: ResponseStore, session_id: str) -> tuple[str, str | None]:
    state = sessions.where(store, session_id)
    return state.step, state.moment


def practised(place: Workplace) -> DesignSpec:
    """Return a design whose practice is shown again until all of it is right."""
    return replace(design_of(place, conditions=("natural",), n_practice=2), practice_until_right=True)


def test_practice_comes_again_until_all_is_right(study_workspace: Workplace, store: ResponseStore) -> None:
    """A wrong practice answer brings the round again, before the main trials; asking again adds nothing more."""
    session_id, trials = begin(study_workspace, store, practised(study_workspace))
    for turn in (2, 3):
        answer(store, session_id, sessions.where(store, session_id).open_trials(0), right=False)
        for _ in range(2):
            state = sessions.where(store, session_id)
            assert len(state.trials) == len(trials) + 2 * (turn - 1)
            block = state.current_block
            assert block is not None and (block.kind, block.round, block.n_trials, block.n_answered) == ("practice", turn, 2, 0)
    answer(store, session_id, sessions.where(store, session_id).open_trials(0))
    block = sessions.where(store, session_id).current_block
    assert block is not None and block.kind == "main"


def test_two_windows_that_ask_at_once_add_one_round(study_workspace: Workplace, store: ResponseStore) -> None:
    """Six windows ask where the session stands at the same moment: one round of practice is added, and all are told of it."""
    session_id, trials = begin(study_workspace, store, practised(study_workspace))
    answer(store, session_id, trials[:2], right=False)
    barrier = Barrier(6)

    def ask(_: int) -> SessionState:
        barrier.wait(20)
        return sessions.where(store, session_id)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(ask, range(6)))
    assert len({state.trials for state in found}) == 1 and len(found[0].trials) == len(trials) + 2


def test_main_trials_are_repeated_at_the_end(study_workspace: Workplace, store: ResponseStore) -> None:
    """Once all is answered, the least and the most confident main trials of each condition come again, and then it is over."""
    session_id, trials = begin(study_workspace, store, replace(design_of(study_workspace), n_repeated=1))
    answer(store, session_id, trials)
    state = sessions.where(store, session_id)
    repeated = state.trials[len(trials) :]
    assert len(repeated) == 2 * 3 and {trial.kind for trial in repeated} == {"repeated"} and not state.is_finished
    answer(store, session_id, repeated)
    assert sessions.where(store, session_id).trials == state.trials
    by_place = store.answers("tiny/shapes")
    first = {one.position: one for one in by_place}
    for one in by_place:
        assert (one.repeats is not None) == (one.kind == "repeated")
        if one.repeats is not None:
            shown = first[one.repeats]
            assert (shown.unit, shown.condition, shown.set_number, shown.kind) == (one.unit, one.condition, one.set_number, "main")


# --- leaving ------------------------------------------------------------------------------------------------------------------


def test_a_participant_takes_everything_out(study_workspace: Workplace, store: ResponseStore) -> None:
    """A deleted session is gone with all that was in it, others stay; only how much was deleted is known afterwards."""
    design = with_ratings(design_of(study_workspace))
    kept, _ = begin(study_workspace, store, design)
    session_id, trials = begin(study_workspace, store, design, Enrolment("Bertha"))
    answer(store, session_id, trials[:5])
    store.add_rating(session_id, Rating("rating-begin", "begin", 0, 7, 4000.0, NOW))
    store.add_event(session_id, Event("instructed-1", "instructed", 18_000.0, NOW))
    deleted = sessions.delete(store, session_id)
    assert (deleted.n_answers, deleted.n_ratings) == (5, 1)
    assert store.n_deleted("tiny/shapes") == (1, 5)
    with pytest.raises(UnknownName):
        store.session(session_id)
    assert not any(read(session_id) for read in (store.trials, store.responses, store.rating_tasks, store.ratings, store.events))
    assert store.participants("tiny/shapes") == {"Ada"} and sessions.where(store, kept).n_left == len(trials)
    with pytest.raises(UnknownName):
        sessions.delete(store, session_id)


def test_an_answer_on_its_way_does_not_outlive_its_session(study_workspace: Workplace, store: ResponseStore) -> None:
    """What arrives after the session was deleted is refused: nothing of it is left."""
    session_id, trials = begin(study_workspace, store, with_ratings(design_of(study_workspace)))
    sessions.delete(store, session_id)
    with pytest.raises(UnknownName):
        store.add_response(session_id, response_to(trials[0]))
    with pytest.raises(UnknownName):
        store.add_rating(session_id, Rating("rating-begin", "begin", 0, 7, 4000.0, NOW))
    with pytest.raises(UnknownName):
        store.add_event(session_id, Event("instructed-1", "instructed", 18_000.0, NOW))
    assert not store.add_trials(session_id, [replace(trials[0], index=len(trials))])
    assert store.n_responses("tiny/shapes") == 0 and not store.ratings(session_id) and not store.events(session_id)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    """A design whose synthetic images are not there any more is refused with the command that makes them."""
    study = tiny_study(tmp_path)
    place = Workplace(Workspace(tmp_path / "workspace"), study)
    design = design_of(place, conditions=("synthetic",))
    with ResponseStore(place.workspace) as store, pytest.raises(NotReady, match="synthesize"):
        begin(place, store, replace(design, renders=tuple(replace(one, spec_digest="0" * 16) for one in design.renders)))


def test_a_session_deleted_while_it_is_read_is_not_there(
    study_workspace: Workplace, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another window deletes the session while this one asks where it stands: it is told that there is none."""
    session_id, _ = begin(study_workspace, store)
    session = store.session(session_id)
    sessions.delete(store, session_id)
    monkeypatch.setattr(store, "session", lambda _: session)
    with pytest.raises(UnknownName):
        sessions.where(store, session_id)


def test_trials_that_another_window_adds_and_answers_meanwhile(
    study_workspace: Workplace, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While this window reads, another one adds a round of practice and answers it: what is read fits together, the next look is whole."""
    session_id, trials = begin(study_workspace, store, practised(study_workspace))
    answer(store, session_id, trials[:2], right=False)
    read = store.responses

    def meanwhile(session_id: str) -> tuple[Response, ...]:
        found = read(session_id)
        monkeypatch.setattr(store, "responses", read)
        answer(store, session_id, sessions.where(store, session_id).open_trials(0))
        return found

    monkeypatch.setattr(store, "responses", meanwhile)
    found = [sessions.where(store, session_id) for _ in range(2)]
    assert [(len(state.trials), state.n_answered) for state in found] == [(len(trials) + 2, 2), (len(trials) + 2, 4)]
