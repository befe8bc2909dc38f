"""The panel in which a reviewer judges a unit: questions, tags, notes, bookmark, others' verdicts, history; all by keyboard."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st

from core.reviews import ReviewScheme, UnitReview, last_undoable
from dashboard import review_text
from dashboard.components.stage import component_key, no_callback

ASSETS: Final = Path(__file__).parent / "assets"
SCRIPTS: Final = ("new_key", "elements", "review_view", "review_panel")
ActionKind = Literal["verdict", "note", "tag", "untag", "bookmark", "unbookmark", "undo", "name", "go"]


@dataclass(frozen=True, slots=True)
class Action:
    """What a reviewer did in the browser, `by`: their name then; `go`: where the queue goes. The same `id` sent twice is one action."""

    id: str
    unit: str
    kind: ActionKind
    by: str | None = None
    content: str = ""
    answers: Mapping[str, int | str] | None = None
    go: Literal["", "next", "previous"] = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the panel. `is_blind`: others' words are hidden from them until their own verdict."""

    name: str | None
    may_review: bool
    can_rename: bool
    is_blind: bool


def review_panel(
    review: UnitReview,
    scheme: ReviewScheme,
    reader: Reader,
    *,
    known_tags: Sequence[str],
    is_queue: bool,
    acknowledged: Sequence[str],
    key: str,
) -> tuple[Action, ...]:
    """Draw the panel; return what was done just now, also what was sent before and is not in `acknowledged` yet."""
    seen = review.seen_by(reader.name) if reader.is_blind else review
    data = {
        "unit": str(review.unit),
        **asdict(reader),
        "questions": [asdict(one) for one in scheme.questions],
        **_mine(review, scheme, reader.name),
        **_said(review, seen, reader.name),
        "known_tags": [tag for tag in known_tags if tag not in seen.tags],
        "queue": is_queue,
        "acknowledged": list(acknowledged),
        "texts": review_text.PANEL,
    }
    sent: str | None = _component()(data=data, key=component_key(key), on_actions_change=no_callback).actions
    return tuple(Action(**one) for one in json.loads(sent)) if sent else ()


def _mine(review: UnitReview, scheme: ReviewScheme, name: str | None) -> dict[str, Any]:
    mine = review.verdicts.get(name or "")
    undo = last_undoable(review.history, name) if name else None
    return {
        "mine": {one.question: one.value for one in mine.answers if scheme.still_asks(one)} if mine else {},
        "is_given": mine is not None,
        "bookmarked": name in review.bookmarked_by,
        "undo": review_text.DID[undo.kind].format(content=undo.content) if undo else None,
    }


def _said(review: UnitReview, seen: UnitReview, name: str | None) -> dict[str, Any]:
    others = [verdict for author, verdict in seen.verdicts.items() if author != name]
    n_hidden = len(review.verdicts.keys() - seen.verdicts.keys())
    return {
        "others": [{"author": one.author, "answers": {it.question: it.value for it in one.answers}} for one in others],
        "hidden": review_text.hidden(n_hidden),
        "notes": [{"author": one.author, "words": one.words, "when": review_text.when(one.happened_at)} for one in reversed(seen.notes)],
        "tags": [{"tag": tag, "by": ", ".join(by)} for tag, by in sorted(seen.tags.items())],
        "history": [{"line": review_text.history_line(one), "undone": one.event_key in seen.undone} for one in reversed(seen.history)],
    }


@cache
def _component() -> Any:
    script = "\n".join((ASSETS / f"{one}.js").read_text(encoding="utf-8") for one in SCRIPTS)
    style = (ASSETS / "review_panel.css").read_text(encoding="utf-8")
    return st.components.v2.component("exemplary_review_panel", html='<div class="review-panel"></div>', css=style, js=script)
