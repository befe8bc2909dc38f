"""Reviews are what their events come to: the latest verdicts, with undo and history, and a summary of each unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain import Unit
from core.errors import UsageError
from core.reviews import (
    DEFAULT_SCHEME,
    KINDS,
    Answered,
    ReviewEvent,
    ReviewKind,
    checked_answers,
    fold,
    fold_unit,
    last_undoable,
    seen_summary,
    summarise,
    undone_keys,
    verdict_answers,
    verdict_content,
)
from tests.studies import NOW

UNIT = Unit("mixed3a", 1)
AUTHORS = ("Ada", "Bo", "Cy")


def event(key: str, kind: ReviewKind, content: str = "", *, author: str = "Ada", undoes: str | None = None) -> ReviewEvent:
    return ReviewEvent(key, "tiny/shapes", UNIT, author, kind, content, NOW + timedelta(seconds=int(key)), undoes)


def verdict(key: str, author: str, interpretable: int, faithful: int = 3) -> ReviewEvent:
    answers = checked_answers(DEFAULT_SCHEME, {"interpretable": interpretable, "faithful": faithful, "responds_to": f"{author}'s words"})
    return event(key, "verdict", verdict_content(answers), author=author)


def live(events: Sequence[ReviewEvent], place: int) -> bool:
    """Return by its definition whether an event holds: no later undo of it, by its author, holds."""
    one = events[place]
    return not any(
        other.kind == "undo" and other.undoes == one.event_key and other.author == one.author and live(events, later)
        for later, other in enumerate(events)
        if later > place
    )


@st.composite
def histories(draw: st.DrawFn) -> list[ReviewEvent]:
    """Return events of three reviewers on one unit, with undos of anything that was before."""
    made: list[ReviewEvent] = []
    for number in range(draw(st.integers(0, 12))):
        author, kind = draw(st.sampled_from(AUTHORS)), draw(st.sampled_from(KINDS))
        if kind == "verdict":
            made.append(verdict(str(number), author, draw(st.integers(1, 5)), draw(st.integers(1, 5))))
        elif kind == "undo":
            target = draw(st.sampled_from([one.event_key for one in made])) if made else None
            made.append(event(str(number), kind, author=author, undoes=target))
        else:
            made.append(event(str(number), kind, draw(st.sampled_from(AUTHORS)), author=author))
    return made


@given(histories())
def test_folding_agrees_with_the_definition(events: list[ReviewEvent]) -> None:
    """What holds is what no holding undo of the same author takes back; verdicts, tags, bookmarks and assignments follow from that."""
    held = [one for place, one in enumerate(events) if live(events, place)]
    review = fold_unit(UNIT, events)
    assert review.undone == {one.event_key for one in events} - {one.event_key for one in held}
    assert review.history == tuple(events)
    for author in AUTHORS:
        mine = [one for one in held if one.author == author]
        verdicts = [one for one in mine if one.kind == "verdict"]
        assert (author in review.verdicts) == bool(verdicts)
        if verdicts:
            assert review.verdicts[author].answers == verdict_answers(verdicts[-1].content)
        marks = [one.kind for one in mine if one.kind in ("bookmark", "unbookmark")]
        assert (author in review.bookmarked_by) == (marks[-1:] == ["bookmark"])
    for tag in AUTHORS:
        about = [one.kind for one in held if one.kind in ("tag", "untag") and one.content == tag]
        assert (tag in review.tags) == (about[-1:] == ["tag"])
        assert (tag in review.assigned_to) == any(one.kind == "assign" and one.content == tag for one in held)
    assert [one.words for one in review.notes] == [one.content for one in held if one.kind == "note"]


def test_undo_and_redo() -> None:
    """An undo takes back the latest that holds; undoing the undo brings it back; nobody undoes another's."""
    events = [verdict("1", "Ada", 2), verdict("2", "Ada", 5), event("3", "undo", undoes="2")]
    review = fold_unit(UNIT, events)
    assert review.verdicts["Ada"].answer("interpretable") == 2
    assert last_undoable(events, "Ada") == events[0] and last_undoable(events, "Bo") is None
    assert fold_unit(UNIT, [*events, event("4", "undo", undoes="3")]).verdicts["Ada"].answer("interpretable") == 5
    assert undone_keys([events[0], event("5", "undo", author="Bo", undoes="1")]) == frozenset()


def test_the_summary() -> None:
    """Ratings are means over reviewers' latest verdicts; a distance of half the scale is a dispute; words can be searched."""
    events = [
        verdict("1", "Ada", 2),
        verdict("2", "Ada", 4),
        verdict("3", "Bo", 3),
        event("4", "tag", "dogs"),
        event("5", "note", "snouts"),
    ]
    summary = summarise(fold_unit(UNIT, events))
    assert (summary.n_reviewers, summary.status, summary.spread) == (2, "reviewed", 0.25)
    assert summary.ratings == {"interpretable": 3.5, "faithful": 3.0}
    assert summary.tags == ("dogs",)
    assert "snouts" in summary.notes and "Bo's words" in summary.notes
    assert summarise(fold_unit(UNIT, [*events, verdict("6", "Bo", 2)])).status == "disputed"
    assert summarise(fold_unit(UNIT, events[3:])).status == "unreviewed"


def test_a_scale_that_was_changed() -> None:
    """Verdicts on scales of other lengths are compared by their place on them: 5 of 1 to 5 and 9 of 1 to 9 do not differ."""
    long = event("2", "verdict", verdict_content([Answered("interpretable", 9, 1, 9)]), author="Bo")
    short = event("1", "verdict", verdict_content([Answered("interpretable", 5, 1, 5)]))
    summary = summarise(fold_unit(UNIT, [short, long]))
    assert summary.status == "reviewed"
    assert summary.ratings == {"interpretable": 9.0}, "a mean is of one scale: that of the latest verdict"
    again = event("3", "verdict", verdict_content([Answered("interpretable", 4, 1, 5)]), author="Cy")
    assert summarise(fold_unit(UNIT, [short, long, again])).ratings == {"interpretable": 4.5}


def test_blind_mode() -> None:
    """Before the own verdict one sees what one gave and to whom the unit is assigned; afterwards everything."""
    events = [
        verdict("1", "Ada", 2), event("2", "note", "Ada's note"), event("3", "tag", "dogs"), event("4", "assign", "Bo"),
        event("5", "note", "mine", author="Bo"),
    ]  # fmt: skip
    seen = fold_unit(UNIT, events).seen_by("Bo")
    assert (dict(seen.verdicts), dict(seen.tags), seen.assigned_to) == ({}, {}, {"Bo"})
    assert [one.words for one in seen.notes] == ["mine"]
    assert all("Ada's note" not in one.content for one in seen.history)
    assert set(fold_unit(UNIT, events).seen_by(None).verdicts) == set()
    assert set(fold_unit(UNIT, [*events, verdict("6", "Bo", 3)]).seen_by("Bo").verdicts) == {"Ada", "Bo"}


@given(histories(), st.sampled_from([*AUTHORS, None]))
def test_blind_summaries(events: list[ReviewEvent], author: str | None) -> None:
    """A summary before the own verdict is that of the own events, but for who judged the unit and who is asked to; then it is whole."""
    review = fold_unit(UNIT, events)
    summary = summarise(review)
    seen = seen_summary(review, summary, author)
    if author in review.verdicts:
        assert seen == summary
        return
    own = summarise(fold_unit(UNIT, [one for one in events if one.author == author]))
    for field in ("ratings", "tags", "notes", "bookmarked_by", "spread"):
        assert getattr(seen, field) == getattr(own, field)
    assert (seen.n_reviewers, seen.reviewers, seen.assigned_to) == (summary.n_reviewers, summary.reviewers, summary.assigned_to)
    assert seen.status == ("reviewed" if review.verdicts else "unreviewed")


def test_units_are_apart() -> None:
    """Events of several units, mixed, give each its own review."""
    other = ReviewEvent("9", "tiny/shapes", Unit("mixed4a", 0), "Ada", "note", "other", NOW)
    found = fold([event("1", "note", "one"), other, event("2", "note", "two")])
    assert [one.words for one in found[UNIT].notes] == ["one", "two"]
    assert [one.words for one in found[other.unit].notes] == ["other"]


@pytest.mark.parametrize(
    ("given_answers", "said"),
    [
        ({"interpretable": 6}, "from 1 to 5"),
        ({"interpretable": True}, "from 1 to 5"),
        ({"interpretable": "4"}, "from 1 to 5"),
        ({"beauty": 3}, "no question"),
        ({"responds_to": 3}, "in words"),
        ({"responds_to": ""}, "at least one"),
        ({}, "at least one"),
    ],
)
def test_refused_verdicts(given_answers: dict[str, int | str], said: str) -> None:
    """What the scheme does not ask, or what is not on the scale, is refused by one sentence."""
    with pytest.raises(UsageError, match=said):
        checked_answers(DEFAULT_SCHEME, given_answers)
