"""People's answers: each committed on its own, once, by many threads, and kept whatever happens to the process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from core.errors import ExemplaryError, StoreBusy, UnknownName
from core.experiment import Event, Trial
from core.store.responses import Deleted, ResponseStore
from core.store.workspace import Workspace
from tests.processes import kill, output_of, python
from tests.studies import NOW, design, rating_of, rating_tasks, response_to, session_of, trials_of

HOLDER = """
import sys
from pathlib import Path
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
with ResponseStore(Workspace(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.readline()
"""

ANSWERER = """
import sys
from pathlib import Path
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import response_to, session_of, trials_of
store = ResponseStore(Workspace(Path(sys.argv[1])))
trials = trials_of(5000)
store.add_session(session_of("killed"), trials[:3000])
print("ready", flush=True)
for trial in trials:
    store.add_response("killed", response_to(trial))
    print(trial.index, flush=True)
"""


PLANNER = """
import sys
from pathlib import Path
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import rating_tasks, session_of, trials_of
store = ResponseStore(Workspace(Path(sys.argv[1])))
print("ready", flush=True)
for number in range(1000):
    store.add_session(session_of(f"session-{number}"), trials_of(20), rating_tasks())
    print(number, flush=True)
"""


def begun(store: ResponseStore, n_trials: int = 8, name: str = "session-0") -> tuple[Trial, ...]:
    trials = trials_of(n_trials)
    store.add_session(session_of(name), trials)
    return trials


def test_answers_are_stored_one_by_one(store: ResponseStore) -> None:
    """After every answer the store has one more; all fields come back."""
    given = [response_to(trial, right=trial.index % 3 != 0) for trial in begun(store)]
    for number, response in enumerate(given, start=1):
        assert store.add_response("session-0", response).is_new
        assert store.n_responses("tiny/shapes") == number
    assert store.responses("session-0") == tuple(given)


def test_answers_survive_reopening(empty_workspace: Workspace) -> None:
    """A closed and reopened store has the same sessions and answers; migrating twice changes nothing."""
    with ResponseStore(empty_workspace) as store:
        trials = begun(store)
        store.add_response("session-0", response_to(trials[0]))
        before = store.answers("tiny/shapes")
    with ResponseStore(empty_workspace) as store:
        assert store.answers("tiny/shapes") == before
        assert store.trials("session-0") == trials


def test_the_same_answer_twice_is_stored_once(store: ResponseStore) -> None:
    """A repeated request changes nothing and is told how the stored answer was."""
    trials = begun(store)
    response = response_to(trials[0], right=False)
    assert store.add_response("session-0", response).is_new
    again = store.add_response("session-0", response)
    assert (again.is_new, again.is_correct) == (False, False)
    assert store.responses("session-0") == (response,)


def test_a_second_answer_to_a_trial_is_ignored(store: ResponseStore) -> None:
    """The first answer counts; the second one is told what the first was."""
    trials = begun(store)
    first = response_to(trials[0], right=False)
    store.add_response("session-0", first)
    second = store.add_response("session-0", response_to(trials[0], right=True, key="another-key"))
    assert (second.is_new, second.is_correct) == (False, False)
    assert store.responses("session-0") == (first,)


def test_a_key_of_another_trial_is_refused(store: ResponseStore) -> None:
    """One key cannot answer two trials."""
    trials = begun(store)
    store.add_response("session-0", response_to(trials[0], key="the-same-key"))
    with pytest.raises(ExemplaryError):
        store.add_response("session-0", response_to(trials[1], key="the-same-key"))
    assert [one.trial_index for one in store.responses("session-0")] == [0]


def test_threads_lose_no_answer(store: ResponseStore) -> None:
    """8 threads store 50 answers each at once: 400 are there."""
    names = [f"session-{number}" for number in range(8)]
    for name in names:
        begun(store, 50, name)
    barrier = Barrier(8)

    def answer(name: str) -> int:
        barrier.wait(20)
        stored = [store.add_response(name, response_to(trial, key=f"{name}-{trial.index:04d}")) for trial in trials_of(50)]
        return sum(one.is_new for one in stored)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(answer, names)) == [50] * 8
    assert store.n_responses("tiny/shapes") == 400
    assert all(len(store.responses(name)) == 50 for name in names)


def test_threads_that_send_the_same_answer_store_it_once(store: ResponseStore) -> None:
    """A retry that overtakes its first attempt: every thread is acknowledged, one answer is stored."""
    trials = begun(store, 40)
    barrier = Barrier(6)

    def answer(_: int) -> list[bool]:
        found = []
        for trial in trials:
            barrier.wait(20)
            found.append(store.add_response("session-0", response_to(trial)).is_new)
        return found

    with ThreadPoolExecutor(6) as pool:
        news = list(pool.map(answer, range(6)))
    assert [sum(column) for column in zip(*news, strict=True)] == [1] * 40
    assert len(store.responses("session-0")) == 40


def test_sessions_that_begin_at_once_are_all_stored(store: ResponseStore) -> None:
    """Participants who start the same design at the same moment do not disturb each other."""
    barrier = Barrier(6)

    def begin(number: int) -> None:
        for turn in range(5):
            spec = replace(design(), seed=turn)
            barrier.wait(20)
            store.add_session(session_of(f"session-{number}-{turn}", spec=spec), trials_of(4))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(begin, range(6)))
    assert store.n_sessions("tiny/shapes") == 30


def test_a_held_file_is_busy_at_once(empty_workspace: Workspace) -> None:
    """A file that another process holds is refused without waiting, and opens once it is free."""
    holder = python(HOLDER, empty_workspace.root)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(StoreBusy, match=r"responses\.duckdb"):
        ResponseStore(empty_workspace)
    holder.communicate("\n")
    ResponseStore(empty_workspace).close()


def test_killed_processes_lose_no_acknowledged_answer(empty_workspace: Workspace) -> None:
    """kill -9 while answers come in: every answer that was acknowledged is there."""
    process = python(ANSWERER, empty_workspace.root)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(60)]
    lines += kill(process).splitlines()[:-1]
    acknowledged = [int(line) for line in lines[1:]]
    with ResponseStore(empty_workspace) as store:
        found = [response.trial_index for response in store.responses("killed")]
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 2


def test_killed_processes_leave_whole_sessions(empty_workspace: Workspace) -> None:
    """kill -9 while people begin: every session that was acknowledged is there with all its trials and ratings, and none in parts."""
    process = python(PLANNER, empty_workspace.root)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(8)]
    n_acknowledged = len([*lines, *kill(process).splitlines()[:-1]]) - 1
    with ResponseStore(empty_workspace) as store:
        names = {one.session_id for one in store.sessions("tiny/shapes")}
        assert n_acknowledged <= len(names) <= n_acknowledged + 2
        assert {f"session-{number}" for number in range(n_acknowledged)} <= names
        assert {(len(store.trials(name)), len(store.rating_tasks(name))) for name in names} == {(20, 4)}


def test_names_are_data(store: ResponseStore) -> None:
    """Whatever a participant types as a name is stored as it is."""
    name = "Robert'); DROP TABLE responses; -- 🦎"
    store.add_session(session_of("odd", participant=name), trials_of(1))
    store.add_response("odd", response_to(trials_of(1)[0]))
    assert [answer.respondent for answer in store.answers("tiny/shapes")] == [name]


def test_another_process_reads_what_was_closed(empty_workspace: Workspace) -> None:
    """What one process stored, another one finds after the first has closed the file."""
    with ResponseStore(empty_workspace) as store:
        store.add_response("session-0", response_to(begun(store)[0]))
    code = HOLDER.split("with")[0] + "print(len(ResponseStore(Workspace(Path(sys.argv[1]))).answers('tiny/shapes')))"
    assert output_of(python(code, empty_workspace.root)) == "1\n"


# --- trials that are added, ratings, events, leaving ---------------------------------------------------------------------------


def test_trials_are_added_once(store: ResponseStore) -> None:
    """Trials planned from what another window has added to since change nothing, wholly or in part."""
    trials = begun(store, 4)
    further = trials_of(8)[4:]
    assert store.add_trials("session-0", further[:2])
    assert not store.add_trials("session-0", further[:2])
    assert not store.add_trials("session-0", further)
    assert not store.add_trials("session-0", further[3:])
    assert not store.add_trials("another", further)
    assert store.trials("session-0") == (*trials, *further[:2])


def test_ratings_are_stored_once(store: ResponseStore) -> None:
    """0 and both ends are ratings; the first of a task counts; a key rates one thing; what was not asked for is refused."""
    store.add_session(session_of(), trials_of(1), rating_tasks())
    given = (rating_of(0, 0), rating_of(1, -100), rating_of(1, 100, moment="end"))
    assert all(store.add_rating("session-0", one) for one in given)
    assert not store.add_rating("session-0", rating_of(0, 0))
    assert not store.add_rating("session-0", rating_of(0, 50, key="another-key"))
    for refused in (rating_of(0, moment="end", key="rating-begin-0"), rating_of(2), rating_of(0, key="unheard-of", moment="middle")):  # type: ignore[arg-type]
        with pytest.raises(UnknownName):
            store.add_rating("session-0", refused)
    assert store.ratings("session-0") == given


def test_events_are_stored_once(store: ResponseStore) -> None:
    """The same event twice is one; its key is no other session's; an unknown session has none."""
    begun(store)
    begun(store, name="session-1")
    event = Event("event-key-0", "instructed", 21_500.0, NOW)
    assert store.add_event("session-0", event) and not store.add_event("session-0", event)
    for session_id in ("session-1", "another"):
        with pytest.raises(UnknownName):
            store.add_event(session_id, event)
    assert store.events("session-0") == (event,) and store.events("session-1") == ()


def test_a_deleted_session_leaves_a_count_only(store: ResponseStore) -> None:
    """Nothing of it is in any table that names sessions, and the others are whole."""
    for name in ("session-0", "session-1"):
        store.add_session(session_of(name, participant=f"name of {name}"), trials_of(), rating_tasks())
        for trial in trials_of(3):
            store.add_response(name, response_to(trial, key=f"{name}-{trial.index:04d}"))
        store.add_rating(name, rating_of(key=f"{name}-rating"))
        store.add_event(name, Event(f"{name}-event", "instructed", 1.0, NOW))
    assert store.delete_session("session-0") == Deleted(n_answers=3, n_ratings=1)
    assert not store.has_session("session-0") and store.participants("tiny/shapes") == {"name of session-1"}
    collected = store.collected("tiny/shapes")
    assert {one.session for one in (*collected.answers, *collected.ratings, *collected.sessions)} == {"session-1"}
    assert (len(collected.answers), len(collected.ratings), store.n_deleted("tiny/shapes")) == (3, 1, (1, 3, 1))
    begun(store)  # the same id may come again


def test_watchers_see_every_change(store: ResponseStore) -> None:
    """The number that tells whether anything is new grows with answers and with deletions, so that it never comes back to one it had."""
    seen = [store.n_changes("tiny/shapes")]
    for turn in range(3):
        begun(store, name=f"session-{turn}")
        for trial in trials_of(turn):
            store.add_response(f"session-{turn}", response_to(trial, key=f"{turn}-{trial.index:04d}-key"))
            seen.append(store.n_changes("tiny/shapes"))
        store.delete_session(f"session-{turn}")
        seen.append(store.n_changes("tiny/shapes"))
    assert seen == sorted(set(seen)) and store.n_changes("other/study") == 0


def test_the_number_of_changes_is_counted_once_a_change(store: ResponseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of the database again until something was written, whatever study that was of."""
    counted: list[str] = []
    count = ResponseStore._counted_changes
    monkeypatch.setattr(ResponseStore, "_counted_changes", lambda self, study: counted.append(study) or count(self, study))
    store.add_session(session_of("first"), trials_of(3))
    before = [store.n_changes("tiny/shapes") for _ in range(3)]
    store.add_response("first", response_to(trials_of(1)[0]))
    assert [store.n_changes("tiny/shapes") for _ in range(3)] == [before[0] + 1] * 3 and len(counted) == 2


def test_the_number_of_changes_while_others_write(store: ResponseStore) -> None:
    """It never falls, and is that of all that is stored once everybody is done."""
    trials = trials_of(60)
    store.add_session(session_of("first"), trials)
    seen: list[int] = []
    with ThreadPoolExecutor(4) as pool:
        answering = [pool.submit(store.add_response, "first", response_to(trial)) for trial in trials]
        while not all(one.done() for one in answering):
            seen.append(store.n_changes("tiny/shapes"))
    assert seen == sorted(seen) and store.n_changes("tiny/shapes") == 61
