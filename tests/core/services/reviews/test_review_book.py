"""A book of reviews is at every moment what folding all events afresh gives, and what it returned stays as it was."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest

from core.domain import Unit
from core.reviews import DEFAULT_SCHEME, ReviewEvent, checked_answers, fold, seen_summary, summarise, verdict_content
from core.services.reviews import review_book
from core.services.reviews.review_book import ReviewBook, reviews_of
from core.store.responses import ResponseStore
from core.store.workspace import Workspace
from tests.studies import NOW

STUDY = "tiny/shapes"
UNITS = tuple(Unit("mixed3a", channel) for channel in range(5))
AUTHORS = ("Ada", "Bo", "Cy")


@pytest.fixture
def store(empty_workspace: Workspace) -> Iterator[ResponseStore]:
    """Return an empty store."""
    with ResponseStore(empty_workspace) as opened:
        yield opened


def drawn(rng: random.Random, number: int) -> ReviewEvent:
    """Return any event."""
    kind = rng.choice(("verdict", "note", "tag", "untag", "bookmark", "assign", "undo"))
    verdict = verdict_content(checked_answers(DEFAULT_SCHEME, {"interpretable": rng.randint(1, 5)}))
    content = {"verdict": verdict, "note": "words", "assign": rng.choice(AUTHORS)}.get(kind, rng.choice(("dogs", "fur")))
    undoes = str(rng.randrange(number)) if kind == "undo" and number else None
    return ReviewEvent(str(number), STUDY, rng.choice(UNITS), rng.choice(AUTHORS), kind, content, NOW, undoes)  # type: ignore[arg-type]


def test_it_agrees_with_folding_afresh(store: ResponseStore) -> None:
    """After every event and deletion the reviews, summaries, tags and what the blind see are those of all events."""
    rng, book = random.Random(3), ReviewBook(STUDY)
    for number in range(150):
        store.add_review_event(drawn(rng, number))
        if number % 40 == 39:
            store.delete_reviewer("Cy")
        found = book.now(store)
        expected = {str(unit): review for unit, review in fold(store.review_events(STUDY)).items()}
        assert found.of_units == expected and found.version == store.review_version(STUDY)
        summaries = {name: summarise(review) for name, review in expected.items()}
        assert found.summaries == summaries
        seen = {name: seen_summary(review, summaries[name], "Ada") for name, review in expected.items()}
        assert book.seen_by(store, "Ada") == seen
        assert found.tags == {tag: n for tag in found.tags if (n := sum(tag in one.tags for one in summaries.values()))}
        assert list(found.tags.values()) == sorted(found.tags.values(), reverse=True)
    assert reviews_of(store, STUDY).of_units == expected


def test_only_units_with_news_are_folded(store: ResponseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new event costs the fold of its unit; a look that finds nothing new costs none, and returns the same."""
    book, rng = ReviewBook(STUDY), random.Random(1)
    store.add_review_events([drawn(rng, number) for number in range(30)])
    before = book.now(store)
    book.seen_by(store, "Ada")
    folded: list[Unit] = []
    fold_unit, seen = review_book.fold_unit, review_book.seen_summary
    monkeypatch.setattr(review_book, "fold_unit", lambda unit, events: folded.append(unit) or fold_unit(unit, events))
    monkeypatch.setattr(review_book, "seen_summary", lambda review, *rest: folded.append(review.unit) or seen(review, *rest))
    assert book.now(store) is before
    store.add_review_event(ReviewEvent("new", STUDY, UNITS[2], "Ada", "note", "news", NOW))
    after = book.now(store)
    book.seen_by(store, "Ada")
    assert folded == [UNITS[2], UNITS[2]]
    assert "news" in after.summaries[str(UNITS[2])].notes and "news" not in before.summaries[str(UNITS[2])].notes


def test_several_threads_at_once(store: ResponseStore) -> None:
    """Readers and writers at once lose no event."""
    book = ReviewBook(STUDY)

    def work(author: str) -> None:
        for number in range(20):
            store.add_review_event(ReviewEvent(f"{author}{number}", STUDY, UNITS[number % 5], author, "note", "words", NOW))
            assert sum(len(one.notes) for one in book.now(store).of_units.values()) > number

    threads = [threading.Thread(target=work, args=(author,)) for author in AUTHORS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(one.history) for one in book.now(store).of_units.values()) == 60
    assert book.now(store).of(Unit("mixed4a", 0)).history == ()
