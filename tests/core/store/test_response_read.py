"""Sessions, and what was planned for them, come back as they were stored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import UnknownName
from core.experiment import Demographics
from core.store.responses import ResponseStore
from tests.studies import rating_tasks, session_of, trials_of


def test_a_session_comes_back_as_it_was_stored(store: ResponseStore) -> None:
    """Design, participant, start and every planned trial survive storing."""
    trials = trials_of()
    store.add_session(session_of(), trials)
    assert store.session("session-0") == session_of()
    assert store.trials("session-0") == trials
    assert store.trial("session-0", 3) == trials[3]
    assert store.trial("session-0", 8) is None
    assert store.trial("another", 0) is None
    with pytest.raises(UnknownName):
        store.session("another")


def test_what_is_known_of_a_session_comes_back(store: ResponseStore) -> None:
    """Group, language, demographics, consent, trials of a list and repeated ones, and rating tasks survive storing."""
    about = Demographics(age=44, gender=None, handedness="both", visual_aid="none")
    session = replace(session_of(), expertise="lay", language="de", demographics=about, consent="digest-of-the-text")
    trials = (*trials_of(2), replace(trials_of(3)[2], kind="repeated", repeats=0, unit_list="random", block=1))
    store.add_session(session, trials, rating_tasks(), consent_text="I agree.")
    assert store.session("session-0") == session and store.sessions("tiny/shapes") == (session,)
    assert store.trials("session-0") == trials and store.trial("session-0", 2) == trials[2]
    assert store.rating_tasks("session-0") == rating_tasks()
    assert store.consent_text("digest-of-the-text") == "I agree." and store.consent_text("another") is None
    assert store.has_session("session-0") and not store.has_session("session-1")


def test_trials_come_in_the_order_in_which_they_are_shown(store: ResponseStore) -> None:
    """A practice trial that is added later is shown in its block, before main trials that were planned earlier."""
    first, second, third = (replace(trial, block=trial.index) for trial in trials_of(3))
    store.add_session(session_of(), (first, second))
    assert store.add_trials("session-0", [replace(third, block=0)])
    assert [trial.index for trial in store.trials("session-0")] == [0, 2, 1]


def test_numbers_are_given_once(store: ResponseStore) -> None:
    """The next number of a design's name, or of a group of it, is one more than any it ever had."""
    for name, number, expertise in (("a", 1, "expert"), ("b", 2, "lay"), ("c", 1, "lay")):
        store.add_session(replace(session_of(name), participant_number=number, expertise=expertise), trials_of(1))  # type: ignore[arg-type]
    assert [store.next_number("tiny/shapes", "quick", group) for group in (None, "lay", "expert")] == [3, 3, 2]
    assert store.next_number("tiny/shapes", "another", None) == store.next_number("other/study", "quick", None) == 1
    store.delete_session("b")
    assert [store.next_number("tiny/shapes", "quick", group) for group in (None, "lay", "expert")] == [3, 3, 2]
