"""What reviewers read: the panel on a unit's page, the queue, agreement, exports."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from core.domain import Extreme
from core.inference.bootstrap import Bootstrapped
from core.reviews import ReviewEvent, ReviewKind
from core.services.reviews.review_export import ReviewFormat
from core.services.reviews.review_queue import QueueOrder
from core.services.reviews.review_sheet import SheetFormat

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
}
QUEUE_KEYS: Final = (
    ("1 – 5", "answer the marked question"),
    ("↑ ↓", "another question"),
    ("Enter", "give the verdict, next unit"),
    ("← →", "unit before, unit after"),
    ("n", "write a note"),
    ("t", "add a tag"),
    ("b", "bookmark"),
    ("u", "undo your latest change here"),
    ("Esc", "leave a field"),
)
OF_ANOTHER: Final = "Not stored: it was given as {by}, and you review as {name} now."
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


# --- the page -----------------------------------------------------------------------------------------------------------------
ORDER: Final = "Queue"
ORDERS: Final[dict[QueueOrder, str]] = {
    "stratified": "Every layer and branch",
    "random": "Random",
    "disagreement": "Most disagreement",
    "uncertain": "Most uncertain",
    "assigned": "Assigned to me",
}
ORDER_HELP: Final = (
    "The order is the same for everybody, so that verdicts overlap and agreement can be measured. *Most uncertain*: lowest end of the "
    "interval of correct answers, of people where they have answered, else of the observer."
)
SECTIONS: Final[dict[str, str]] = {"queue": "Queue", "agreement": "Agreement", "assign": "Assign", "export": "Export"}
SECTION_LABEL: Final = "Part of the page"
EMPTY_QUEUES: Final[dict[QueueOrder, str]] = {
    "stratified": "There is no unit to review yet: synthesise some, or mine the study.",
    "random": "There is no unit to review yet: synthesise some, or mine the study.",
    "disagreement": "Nobody disagrees yet: this queue fills once two reviewers rate the same unit differently.",
    "uncertain": "Nobody has answered about these units yet: let people take the self-test, or `exemplary observe`.",
    "assigned": "Nothing is assigned to you. Choose another queue, or ask a colleague to assign units under *Assign*.",
}
PLACE: Final = "{place:,} of {n:,} · {mine:,} judged by you · {any:,} by anybody · {twice:,} by two or more"
NATURAL_OF: Final[dict[Extreme, str]] = {"max": "Natural, maximally activating", "min": "Natural, minimally activating"}
SYNTHETIC_OF: Final[dict[Extreme, str]] = {"max": "Synthetic, maximally activating", "min": "Synthetic, minimally activating"}
NONE_MADE: Final = "No synthetic images."
OPEN_UNIT: Final = "Open its page"
ALPHA: Final = "Krippendorff's α (ordinal)"
ALPHA_NOTE: Final = "95 % bootstrap over units. 1: perfect, 0: as by chance. Krippendorff asks for 0.8, or 0.667 for tentative conclusions."
OF_UNITS: Final = "{twice:,} units with two or more verdicts, {n:,} units, {reviewers:,} reviewers"
NO_ALPHA: Final = "needs two units that two reviewers rated"
CORRELATION: Final = "Ratings and correct answers"
CORRELATION_NOTE: Final = "Spearman's ρ over units with a rating and answers, with its 95 % bootstrap interval."
NO_RHO: Final = "needs five units with both"
NO_JUDGE: Final = "Nobody has answered about units yet, so ratings cannot be compared with correct answers."
PEOPLE: Final = "People"
ASSIGN_TO: Final = "To"
ASSIGN_N: Final = "Units"
ASSIGN: Final = "Assign"
ASSIGN_NOTE: Final = "The first units of the chosen queue that this reviewer has not judged yet."
ASSIGNED: Final = "{n:,} units assigned to {who}."
WHO: Final = "Reviewer"
VERDICTS: Final = "Verdicts"
ASSIGNED_N: Final = "Assigned"
OPEN_N: Final = "Still open"
NAME_FIRST: Final = "Say who you are in the queue, then you can assign units."
NOBODY: Final = "Nobody has reviewed yet."
EXPORTS: Final[dict[ReviewFormat, str]] = {"csv": "Reviews as CSV", "parquet": "Reviews as Parquet"}
EXPORT_NOTE: Final = (
    "Every verdict, note, tag and bookmark that holds, a row each: also what is hidden from you until your own verdict. "
    "`exemplary reviews --export FOLDER` writes the same."
)
SHEET_UNITS: Final = "Units on the sheet"
SHEET_HINT: Final = "Up to 24 units; at first the bookmarked ones."
SHEETS: Final[dict[SheetFormat, str]] = {"png": "Contact sheet (PNG)", "pdf": "Contact sheet (PDF)"}
LEAVE: Final = "Delete all that I gave"
LEAVE_ANY: Final = "Delete all that a reviewer gave"
LEAVE_NOTE: Final = (
    "Takes out every verdict, note, tag and bookmark of {name}, in every study, for good. Files that were exported before keep them."
)
LEAVE_SURE: Final = "Yes, delete everything of {name}"
LEFT: Final = "{n:,} entries were deleted."


def interval(found: Bootstrapped) -> str:
    """Return an estimate with its interval."""
    if found.interval is None:
        return f"{found.estimate:.2f}"
    low = "–∞" if found.interval[0] is None else f"{found.interval[0]:.2f}"
    high = "∞" if found.interval[1] is None else f"{found.interval[1]:.2f}"
    return f"{found.estimate:.2f} [{low}, {high}]"


def as_written(words: str) -> str:
    """Return words that Markdown shows as they are."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~$<>:&])", r"\\\1", words)
