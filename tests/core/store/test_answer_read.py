"""People's answers as rows: the same by SQL, from an export and from the pure session code."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from core.answer_set import Collected, SessionFacts, UnitRating
from core.experiment import Event, Trial
from core.psychophysics import session as psychophysics
from core.store.answer_read import answers_of_parquet
from core.store.database import connect_memory
from core.store.responses import ResponseStore
from tests.studies import MAIN_UNITS, NOW, design, rating_of, rating_tasks, response_to, session_of, trials_of


def begun(store: ResponseStore, n_trials: int = 8, name: str = "session-0") -> tuple[Trial, ...]:
    trials = trials_of(n_trials)
    store.add_session(session_of(name), trials)
    return trials


def test_answers_of_a_session_are_those_of_its_trials(store: ResponseStore) -> None:
    """The rows for inference by SQL are those that the pure session code makes from trials and responses."""
    trials = begun(store)
    given = [response_to(trial, right=trial.index != 2) for trial in trials[:5]]
    for response in given:
        store.add_response("session-0", response)
    assert store.answers("tiny/shapes") == psychophysics.answers(session_of(), trials, given)
    assert store.answers("other/study") == ()
    assert store.n_sessions("tiny/shapes") == 1 and store.n_sessions("other/study") == 0


def test_planned_main_trials_are_counted_whether_answered_or_not(store: ResponseStore) -> None:
    """Of each session of the study; neither practice nor other stimuli count. What is known of sessions has the same number."""
    begun(store, 8)
    store.add_response("session-0", response_to(trials_of(8)[0]))
    store.add_trials("session-0", [replace(trials_of(9)[8], kind="practice")])
    store.add_session(session_of("other", participant="Zoe", spec=design("other/study")), trials_of(2))
    assert store.planned_main("tiny/shapes", design("tiny/shapes").stimuli_digest) == {"session-0": 8}
    assert store.planned_main("tiny/shapes") == {"session-0": 8} and store.planned_main("tiny/shapes", "f" * 16) == {}
    assert store.planned_main("other/study") == {"other": 2}
    assert [one.n_main for study in ("tiny/shapes", "other/study") for one in store.session_facts(study)] == [8, 2]


def test_export_is_the_answers(store: ResponseStore, tmp_path: Path) -> None:
    """Exported Parquet gives the same answers, times included, and keeps studies apart; a quote in the path is no trouble."""
    trials = begun(store)
    for trial in trials:
        store.add_response("session-0", response_to(trial))
    other = session_of("other", participant="O'Brien", spec=design("other/study"))
    store.add_session(other, trials[:2])
    store.add_response("other", response_to(trials[1], key="other-key"))
    path = tmp_path / "Ada's answers.parquet"
    store.export_parquet(path)
    for study in ("tiny/shapes", "other/study", "no/study"):
        assert answers_of_parquet(connect_memory(), path, study) == store.answers(study)
    assert len(store.answers("other/study")) == 1


def test_an_export_without_answers_is_empty(store: ResponseStore, tmp_path: Path) -> None:
    """Before the first answer the export is a readable file without rows."""
    store.export_parquet(tmp_path / "answers.parquet")
    assert answers_of_parquet(connect_memory(), tmp_path / "answers.parquet", "tiny/shapes") == ()


def test_answers_tell_where_they_belong(store: ResponseStore) -> None:
    """Places count over all trials as they are shown; a repeated trial names the place of the first showing."""
    one, two, three = (replace(trial, block=place) for trial, place in zip(trials_of(3), (0, 2, 1), strict=True))
    trials = (one, two, three, replace(two, index=3, block=3, kind="repeated", repeats=1, unit_list="random"))
    session = replace(session_of(), expertise="expert")
    store.add_session(session, trials)
    given = [response_to(trial) for trial in trials]
    for response in given:
        store.add_response("session-0", response)
    found = store.answers("tiny/shapes")
    assert [(answer.position, answer.repeats) for answer in found] == [(0, None), (2, None), (1, None), (3, 2)]
    assert set(found) == set(psychophysics.answers(session, trials, given))


def test_everything_of_a_study_is_collected(store: ResponseStore) -> None:
    """Answers, ratings and the facts of sessions come as one: instruction and total time, and the most rounds of practice."""
    practice = [replace(trial, kind="practice", block=trial.index // 2) for trial in trials_of(4)]
    main = [replace(trial, block=2) for trial in trials_of(6)[4:]]
    store.add_session(replace(session_of(), expertise="lay"), (*practice, *main), rating_tasks())
    store.add_trials("session-0", [replace(trials_of(7)[6], kind="practice", block=1), replace(trials_of(8)[7], kind="practice", block=1)])
    store.add_response("session-0", response_to(practice[0], answered_at=NOW + timedelta(seconds=90.5)))
    store.add_rating("session-0", rating_of(1, -30))
    for number in range(2):
        store.add_event("session-0", Event(f"event-{number}", "instructed", 8_000.0, NOW))
    store.add_session(session_of("empty"), main)
    found = store.collected("tiny/shapes")
    assert found.answers == store.answers("tiny/shapes")
    assert found.ratings == (UnitRating("Ada", "begin", MAIN_UNITS[1], -30, 2000.0, "session-0", "lay", 1),)
    assert found.sessions == (
        SessionFacts("empty", "Ada", None, NOW, None, None, 0, "quick", 1, "en", n_main=2),
        SessionFacts("session-0", "Ada", "lay", NOW, 16.0, 90.5, 2, "quick", 1, "en", n_main=2),
    )
    assert store.collected("tiny/shapes", "other stimuli") == Collected(())
