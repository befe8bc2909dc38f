"""Answers read as columns are the answers that are read as records."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.domain import Branch, Layer
from core.inference.answer_table import WORDS, AnswerTable, table_of
from core.services.answers.people import with_branches
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import design, response_to, session_of, trials_of

LAYERS = (Layer("mixed3a", 4, (Branch("1x1", 0, 2), Branch("pool", 2, 4)), pre_relu=True),)


@pytest.fixture
def store(empty_workspace: Workspace) -> ResponseStore:
    store = ResponseStore(empty_workspace)
    for name, who in (("session-0", "ada"), ("session-1", "O'Brien")):
        trials = trials_of(8)
        later = replace(trials[1], index=8, block=0, kind="repeated", repeats=1)
        store.add_session(session_of(name, participant=who), trials)
        store.add_trials(name, [later])
        for trial in (*trials[:5], later):
            store.add_response(name, response_to(trial, right=trial.index != 2, key=f"{name}-{trial.index}"))
    other = session_of("other", participant="eve", spec=design("other/study"))
    store.add_session(other, trials_of(8)[:2])
    store.add_response("other", response_to(trials_of(8)[1], key="other-key"))
    return store


def words_of(table: AnswerTable) -> list[tuple[str | None, ...]]:
    columns = [[None if code < 0 else table[word].levels[code] for code in table[word].codes] for word in WORDS if word != "design"]
    return list(zip(*columns, strict=True))


def agree(found: AnswerTable, wanted: AnswerTable) -> None:
    assert words_of(found) == words_of(wanted)
    for name in ("score", "confidence", "time_s", "position", "repeats", "answered_at"):
        assert np.array_equal(getattr(found, name), getattr(wanted, name)), name
    assert {word: found[word].levels for word in WORDS if word != "design"} == {
        word: wanted[word].levels for word in WORDS if word != "design"
    }


def test_columns_are_the_records(store: ResponseStore) -> None:
    """Every column is that of the records, with places as trials were shown and branches; other studies stay apart."""
    records = with_branches(store.answers("tiny/shapes"), LAYERS)
    read = store.columns("tiny/shapes", None, LAYERS)
    by_place = {(one.session, one.position): one for one in records}
    session = read.table["session"]
    in_order = [by_place[session.levels[code], at] for code, at in zip(session.codes, read.table.position.tolist(), strict=True)]
    agree(read.table, table_of(in_order))
    assert (read.n_read, read.n_in_all) == (12, 12)
    assert all(level.startswith(f"{design().name}@") for level in read.table["design"].levels)


def test_what_is_new_follows_what_was_read(store: ResponseStore) -> None:
    """After the last row that was read come only newer ones, with the same places; none leaves an empty table."""
    before = store.columns("tiny/shapes", None, LAYERS)
    trials = trials_of(8)
    store.add_response("session-1", response_to(trials[6], key="new"))
    after = store.columns("tiny/shapes", None, LAYERS, after=before.last)
    assert len(after.table) == 1 and after.n_in_all == before.n_in_all + 1
    whole = store.columns("tiny/shapes", None, LAYERS).table
    assert words_of(after.table) == words_of(whole)[-1:]
    assert after.table.position.tolist() == whole.position[-1:].tolist()
    none = store.columns("tiny/shapes", None, LAYERS, after=after.last)
    assert len(none.table) == 0 and none.last == after.last


def test_of_nobody_there_are_no_rows(store: ResponseStore) -> None:
    """A study without answers, and stimuli that nobody saw, give an empty table."""
    assert len(store.columns("no/study", None).table) == len(store.columns("tiny/shapes", "f" * 16).table) == 0
    assert math.isclose(store.columns("tiny/shapes", "f" * 16).n_read, 12)
