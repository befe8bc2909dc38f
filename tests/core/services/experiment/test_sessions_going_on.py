"""A session goes on after a reload, practises until all is right, and can be taken out for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from core.design_spec import DesignSpec
from core.errors import UnknownName
from core.experiment import Event, Rating, Response, Trial
from core.psychophysics.session import SessionState
from core.services.experiment import sessions
from core.services.experiment.sessions import Enrolment
from core.store.responses import ResponseStore
from tests.core.services.begun import begin, design_of, with_ratings
from tests.studies import NOW, Workplace, response_to


def answer(store: ResponseStore, session_id: str, trials: tuple[Trial, ...], *, right: bool = True) -> None:
    for trial in trials:
        store.add_response(session_id, response_to(trial, right=right, key=f"{session_id}-{trial.index:04d}"))


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
    assert store.n_deleted("tiny/shapes") == (1, 5, 1)
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
