"""Reviewers give verdicts, notes, tags and bookmarks, are assigned units, undo, and leave."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.domain import Unit
from core.errors import NotReady, UnknownName, UsageError
from core.reviews import DEFAULT_SCHEME
from core.services.reviews import reviewing
from core.services.reviews.review_book import reviews_of
from core.services.reviews.reviewing import Reviewer
from core.store.responses import ResponseStore
from tests.studies import MAIN_UNITS, Workplace

UNIT = MAIN_UNITS[0]


@pytest.fixture
def store(study_workspace: Workplace) -> Iterator[ResponseStore]:
    """Return the open store of a small study."""
    with ResponseStore(study_workspace.workspace) as opened:
        yield opened


@pytest.fixture
def ada(store: ResponseStore, study_workspace: Workplace) -> Reviewer:
    """Return a reviewer of one unit."""
    return Reviewer(store, study_workspace.study, UNIT, " Ada  L. ")


def test_what_a_reviewer_gives(store: ResponseStore, study_workspace: Workplace, ada: Reviewer) -> None:
    """Everything given is in the unit's review and its summary, under the trimmed name; other units have none."""
    study = study_workspace.study
    before = reviewing.version(store, study.key)
    ada.give_verdict(DEFAULT_SCHEME, {"interpretable": 4, "faithful": 2, "responds_to": " snouts "})
    ada.note("Look at rank 3.")
    ada.tag("Dog  heads")
    ada.bookmark(is_on=True)
    assert reviewing.version(store, study.key) > before
    found = reviews_of(store, study.key)
    assert set(found.of_units) == set(found.summaries) == {str(UNIT)}
    assert found.of(UNIT).verdicts["Ada L."].answer("responds_to") == "snouts"
    assert found.of(UNIT).tags == {"dog-heads": ("Ada L.",)}
    summary = found.summaries[str(UNIT)]
    assert (summary.status, summary.bookmarked_by) == ("reviewed", {"Ada L."})


def test_undo_goes_back_step_by_step(store: ResponseStore, study_workspace: Workplace, ada: Reviewer) -> None:
    """Each undo takes back one more of one's own events on this unit; with none left it says so."""
    ada.note("one")
    Reviewer(store, study_workspace.study, UNIT, "Bo").note("Bo's")
    ada.bookmark(is_on=True)
    undone = [ada.undo(), ada.undo(), ada.undo()]
    assert [one.kind if one else None for one in undone] == ["bookmark", "note", None]
    review = reviews_of(store, study_workspace.study.key).of(UNIT)
    assert [one.words for one in review.notes] == ["Bo's"] and not review.bookmarked_by
    assert len(review.history) == 5


def test_refused_input(store: ResponseStore, study_workspace: Workplace, ada: Reviewer) -> None:
    """Names that reach a person, units that are not there, empty and endless words are refused."""
    for name in ("", "   ", "ada@example.org", "a" * 41, "a\x00b"):
        with pytest.raises(UsageError, match="pseudonym"):
            Reviewer(store, study_workspace.study, UNIT, name)
    with pytest.raises(UsageError, match="channels 0 to"):
        Reviewer(store, study_workspace.study, Unit(UNIT.layer, 999), "Ada")
    with pytest.raises(UnknownName):
        Reviewer(store, study_workspace.study, Unit("mixed9z", 0), "Ada")
    for words in ("", " ", "x" * 4001, "a\x00b", "a\ud800b"):
        with pytest.raises(UsageError, match="character"):
            ada.note(words)
    with pytest.raises(UsageError, match="characters"):
        ada.give_verdict(DEFAULT_SCHEME, {"responds_to": "x" * 4001})
    assert store.review_events(study_workspace.study.key) == ()


def test_what_looks_the_same_is_the_same_reviewer(store: ResponseStore, study_workspace: Workplace) -> None:
    """A name typed with combining accents is the name with composed ones: it is found again when its owner leaves."""
    Reviewer(store, study_workspace.study, UNIT, "Zoe\u0308").note("one")
    assert reviewing.delete_reviewer(store, "Zo\u00eb") == 1


def test_sent_twice(store: ResponseStore, study_workspace: Workplace) -> None:
    """What a sender sends again changes nothing; another reviewer's that is called the same is another."""
    for author in ("Ada", "Ada", "Bo"):
        Reviewer(store, study_workspace.study, UNIT, author, sent="a").note(author)
    assert [one.author for one in store.review_events(study_workspace.study.key)] == ["Ada", "Bo"]
    for _ in range(2):
        Reviewer(store, study_workspace.study, UNIT, "Ada", sent="b").bookmark(is_on=True)
    for _ in range(2):
        Reviewer(store, study_workspace.study, UNIT, "Ada", sent="c").undo()
    review = reviews_of(store, study_workspace.study.key).of(UNIT)
    assert [one.words for one in review.notes] == ["Ada", "Bo"] and not review.bookmarked_by


def test_assignment(store: ResponseStore, study_workspace: Workplace) -> None:
    """Units are assigned once to each reviewer, whoever assigns them."""
    study = study_workspace.study
    assert reviewing.assign(store, study, [*MAIN_UNITS[:3], MAIN_UNITS[0]], to="Bo", by="Ada") == 3
    assert reviewing.assign(store, study, MAIN_UNITS[2:4], to="Bo", by="Cy") == 1
    assert reviewing.assign(store, study, MAIN_UNITS[:1], to="Cy", by="Ada") == 1
    assert reviews_of(store, study.key).summaries[str(MAIN_UNITS[0])].assigned_to == {"Bo", "Cy"}


def test_leaving(store: ResponseStore, study_workspace: Workplace, ada: Reviewer) -> None:
    """A reviewer takes everything along, once; the version grows so that everybody sees it."""
    ada.note("one")
    Reviewer(store, study_workspace.study, UNIT, "Bo").note("two")
    before = reviewing.version(store, study_workspace.study.key)
    assert reviewing.delete_reviewer(store, "Ada L.") == 1
    assert reviewing.version(store, study_workspace.study.key) > before
    assert [one.author for one in store.review_events(study_workspace.study.key)] == ["Bo"]
    with pytest.raises(NotReady):
        reviewing.delete_reviewer(store, "Ada L.")


def test_events_travel_whole(store: ResponseStore, study_workspace: Workplace, ada: Reviewer) -> None:
    """What a command gets from the dashboard, or from the file, is what is stored."""
    ada.note('two lines\nand "quotes", é')
    ada.undo()
    events = store.review_events(study_workspace.study.key)
    content = reviewing.packed_events(store, study_workspace.study.key)
    assert content.startswith(reviewing.BEGINS) and reviewing.unpacked_events(content) == events
    store.close()
    assert reviewing.read_events(study_workspace.workspace, study_workspace.study.key) == events
