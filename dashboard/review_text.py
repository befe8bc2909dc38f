"""What reviewers read: the panel on a unit's page, the queue, agreement, exports."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from core.reviews import ReviewEvent, ReviewKind

SECTION: Final = "Review"
PANEL: Final[dict[str, str]] = {
    "name": "Your name here",
    "name_help": "A pseudonym is enough: colleagues see it beside your verdicts. You can take everything out again.",
    "begin": "Begin reviewing",
    "as": "Reviewing as ",
    "not_you": "not you?",
    "words_hint": "a few words",
    "give": "Give verdict",
    "given": "Verdict given",
    "change": "Change verdict",
    "next": "Next unit",
    "bookmark": "Bookmark",
    "bookmarked": "Bookmarked",
    "note": "Note",
    "note_hint": "What colleagues should know. Enter keeps it.",
    "tag": "Tag",
    "tag_hint": "one tag, such as dog-heads",
    "untag": "Take off",
    "undo": "Undo",
    "others": "Others' verdicts",
    "history": "History",
    "help": "Keyboard",
    "close": "Close",
}
HELP: Final = (
    ("1 – 5", "answer the marked question"),
    ("↑ ↓", "another question"),
    ("Enter", "give the verdict, next unit"),
    ("← →", "unit before, unit after"),
    ("n", "write a note"),
    ("t", "add a tag"),
    ("b", "bookmark"),
    ("u", "undo your latest change here"),
    ("Esc", "leave a field"),
    ("?", "this help"),
)
UNREADABLE: Final = "Reviews cannot be read now: {error}"
DID: Final[dict[ReviewKind, str]] = {
    "verdict": "gave a verdict",
    "note": "wrote a note",
    "tag": "tagged it {content}",
    "untag": "took off {content}",
    "bookmark": "bookmarked it",
    "unbookmark": "took off the bookmark",
    "undo": "undid a change",
    "assign": "assigned it to {content}",
}


def when(moment: datetime) -> str:
    """Return a time in words."""
    return f"{moment:%d %b %Y %H:%M} UTC"


def hidden(n_others: int) -> str:
    """Return what stands in the place of others' verdicts in blind mode."""
    if not n_others:
        return ""
    who = "One colleague has" if n_others == 1 else f"{n_others} colleagues have"
    return f"{who} given a verdict. You see it once you have given yours."


def history_line(event: ReviewEvent) -> str:
    """Return what happened in a line."""
    return f"{when(event.happened_at)}: {event.author} {DID[event.kind].format(content=event.content)}"
