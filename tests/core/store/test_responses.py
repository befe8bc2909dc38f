"""People's answers: each committed on its own, once, by many threads, and kept whatever happens to the process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from core.errors import ExemplaryError, StoreBusy, UnknownName
from core.experiment import Trial
from core.psychophysics import session as psychophysics
from core.store.answer_read import answers_of_parquet
from core.store.database import connect_memory
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.processes import kill, output_of, python
from tests.studies import design, response_to, session_of, trials_of

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


@pytest.fixture
def store(empty_workspace: Workspace) -> ResponseStore:
    return ResponseStore(empty_workspace)


def begun(store: ResponseStore, n_trials: int = 8, name: str = "session-0") -> tuple[Trial, ...]:
    trials = trials_of(n_trials)
    store.add_session(session_of(name), trials)
    return trials


def test_a_session_comes_back_as_it_was_stored(store: ResponseStore) -> None:
    """Design, participant, start and every planned trial survive storing."""
    trials = begun(store)
    assert store.session("session-0") == session_of()
    assert store.trials("session-0") == trials
    assert store.trial("session-0", 3) == trials[3]
    assert store.trial("session-0", 8) is None
    assert store.trial("another", 0) is None
    with pytest.raises(UnknownName):
        store.session("another")


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


def test_answers_of_a_session_are_those_of_its_trials(store: ResponseStore) -> None:
    """The rows for inference by SQL are those that the pure session code makes from trials and responses."""
    trials = begun(store)
    given = [response_to(trial, right=trial.index != 2) for trial in trials[:5]]
    for response in given:
        store.add_response("session-0", response)
    assert store.answers("tiny/shapes") == psychophysics.answers(session_of(), trials, given)
    assert store.answers("other/study") == ()
    assert store.n_sessions("tiny/shapes") == 1 and store.n_sessions("other/study") == 0


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
