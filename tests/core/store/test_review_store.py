"""Reviewers' events are kept in order, once, by several writers at a time, and go with their author."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from core.domain import Unit
from core.reviews import ReviewEvent, ReviewKind
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import NOW

STUDY = "tiny/shapes"
UNITS = (Unit("mixed3a", 1), Unit("mixed4a", 0))


def event(key: str, *, author: str = "Ada", unit: Unit = UNITS[0], kind: ReviewKind = "note", content: str = "words") -> ReviewEvent:
    return ReviewEvent(key, STUDY, unit, author, kind, content, NOW)


@pytest.fixture
def store(empty_workspace: Workspace) -> Iterator[ResponseStore]:
    """Return an empty store."""
    with ResponseStore(empty_workspace) as opened:
        yield opened


def test_events_come_back_in_order(store: ResponseStore) -> None:
    """Events are read as they were stored, by study and unit, though all happened at the same moment."""
    events = [event(str(number), unit=UNITS[number % 2]) for number in range(20)]
    assert [store.add_review_event(one) for one in events] == [True] * 20
    assert store.review_events(STUDY) == tuple(events)
    assert store.review_events(STUDY, UNITS[1]) == tuple(events[1::2])
    assert store.review_events("other/study") == ()


def test_an_event_is_stored_once(store: ResponseStore) -> None:
    """The same key again changes nothing, not even the version."""
    assert store.add_review_event(event("a"))
    version = store.review_version(STUDY)
    assert not store.add_review_event(event("a", content="others"))
    assert store.review_version(STUDY) == version
    assert [one.content for one in store.review_events(STUDY)] == ["words"]


def test_the_version_grows(store: ResponseStore) -> None:
    """Every event and every deletion makes the version larger, that of its study only."""
    versions = [store.review_version(STUDY)]
    for number in range(3):
        store.add_review_event(event(str(number), author="Ada" if number else "Bo"))
        versions.append(store.review_version(STUDY))
    store.delete_reviewer("Ada")
    versions.append(store.review_version(STUDY))
    assert versions == sorted(set(versions))
    assert store.review_version("other/study") == 0


def test_changes_since_a_version(store: ResponseStore) -> None:
    """What was stored since a version is told alone; after a deletion, or of a version that the store never had, all is told again."""
    store.add_review_events([event(str(number)) for number in range(3)])
    first = store.review_changes(STUDY, 0)
    assert first.is_whole and len(first.events) == 3 and first.version == store.review_version(STUDY)
    assert store.review_changes(STUDY, first.version).events == ()
    store.add_review_event(event("3", author="Bo"))
    second = store.review_changes(STUDY, first.version)
    assert not second.is_whole and [one.event_key for one in second.events] == ["3"]
    store.delete_reviewer("Bo")
    third = store.review_changes(STUDY, second.version)
    assert third.is_whole and [one.event_key for one in third.events] == ["0", "1", "2"]
    assert store.review_changes(STUDY, third.version + 1000).is_whole


def test_many_events_are_stored_at_once(store: ResponseStore) -> None:
    """More events than one statement takes are all stored, in their order, and counted; known ones are not."""
    events = [event(str(number)) for number in range(1203)]
    assert store.add_review_events(events[:2]) == 2
    assert store.add_review_events(events) == 1201
    assert store.review_events(STUDY) == tuple(events)
    assert store.add_review_events([]) == 0


def test_a_reviewer_goes_with_everything(store: ResponseStore) -> None:
    """After a deletion the name is nowhere: not as author, nor as whom units were assigned to; others' events stay."""
    store.add_review_events(
        [event("1"), event("2", author="Bo"), event("3", author="Bo", kind="assign", content="Ada"), event("4", author="Bo", content="Ada")]
    )
    assert store.delete_reviewer("Ada") == 2
    assert [one.event_key for one in store.review_events(STUDY)] == ["2", "4"]
    assert store.delete_reviewer("Ada") == 0


def test_reviewers_write_at_once(store: ResponseStore) -> None:
    """Eight threads through one store lose nothing, and each one's events stay in their order."""

    def write(author: str) -> None:
        for number in range(25):
            assert store.add_review_event(event(f"{author}/{number}", author=author, content=str(number)))

    threads = [threading.Thread(target=write, args=(f"reviewer-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.review_events(STUDY)
    assert len(found) == 200
    for number in range(8):
        assert [one.content for one in found if one.author == f"reviewer-{number}"] == [str(place) for place in range(25)]


def test_reviews_outlive_the_process(empty_workspace: Workspace) -> None:
    """Another process finds them, and goes on counting."""
    with ResponseStore(empty_workspace) as first:
        first.add_review_event(event("1"))
        version = first.review_version(STUDY)
    with ResponseStore(empty_workspace) as second:
        assert second.review_events(STUDY) == (event("1"),)
        second.add_review_event(event("2"))
        assert second.review_version(STUDY) > version
