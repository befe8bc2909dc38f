"""A block of two-alternative trials that runs in the browser: images preloaded, keys timed there, answers sent by POST.

The page never learns a trial's correct side before the answer is stored: correctness comes with the server's acknowledgement.
What an answer holds, and what the route must reply, is in the docstring of `trial_block`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import streamlit as st

from core.design_spec import Condition, Feedback, Scheme
from core.experiment import TrialKind
from dashboard.components.palette import CORRECT_COLOUR, EXTREME_COLOURS

Sides = Literal["min-max", "max", "none"]

ASSETS: Final = Path(__file__).parent / "assets"
SCRIPTS: Final = ("answer_queue.js", "trial_view.js", "trial.js")
DOUBLE_PRESS_MS: Final = 350  # no answer is taken this long after an answer: the rest of a double press

DEFAULT_TEXTS: Final[dict[str, str]] = {
    "stage": "Trial",
    "progress": "Trial {position} of {total}",
    "practice": "Practice",
    "question_min_max": "Which of the two centre images activates the unit strongly, like the images on the right?",
    "question_max": "Which of the two centre images activates the unit strongly, like the images on the right?",
    "question_none": "Which of the two images activates the unit strongly? There are no reference images: follow your intuition.",
    "min_references": "Minimally activating",
    "max_references": "Maximally activating",
    "query_top": "Upper image",
    "query_bottom": "Lower image",
    "confidence_1": "guessing",
    "confidence_2": "fairly sure",
    "confidence_3": "sure",
    "key": "key",
    "hint": "Keys 1 2 3 choose the upper image, 4 5 6 the lower one, from guessing to sure. Take the time you need.",
    "correct": "Correct",
    "incorrect": "Not this one",
    "waiting": "Answer waiting to be stored…",
    "saving_title": "One moment",
    "saving_body": "The last answers are being stored. Please leave this page open.",
    "done_title": "Block complete",
    "done_body": "All answers are stored.",
    "go_on": "Continue",
    "refused_title": "The last answer was not stored",
    "refused_body": "The server declined it:",
    "try_again": "Try again",
    "answer_again": "Answer that trial again",
    "image_error_title": "An image did not load",
    "image_error_body": "Please check the connection. Nothing you answered is lost.",
}


@dataclass(frozen=True, slots=True)
class TrialView:
    """What the browser may know of a planned trial: addresses only, never the correct side."""

    index: int
    condition: Condition
    scheme: Scheme
    kind: TrialKind
    min_references: tuple[str, ...]
    max_references: tuple[str, ...]
    query_top: str
    query_bottom: str

    @property
    def sides(self) -> Sides:
        """Return which references the scheme shows."""
        if self.condition == "none":
            return "none"
        return "min-max" if self.scheme.startswith("Min-Max") else "max"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What stands on the screen before a block's first trial; Space, Enter or the button starts. Lines of `body` are paragraphs."""

    title: str
    body: str
    button: str = "Start"


@dataclass(frozen=True, slots=True)
class TrialBlockResult:
    """`finished` is True in the one run that follows the last stored answer; `n_answered` counts this component's trials."""

    finished: bool
    n_answered: int


def trial_block(
    *,
    session_id: str,
    trials: Sequence[TrialView],
    answer_url: str,
    image_url: str,
    feedback: Feedback,
    pause_ms: int,
    feedback_ms: int,
    total: int,
    offset: int,
    key: str,
    announcement: Announcement | None = None,
    texts: Mapping[str, str] = DEFAULT_TEXTS,
    image_px: int = 224,
) -> TrialBlockResult:
    """Run the block's unanswered trials in the browser; `finished` once all of them are answered and acknowledged.

    `trials` are those of the block without a stored answer, in order; `offset` counts the block's answered ones, `total` all.
    Each answer is POSTed as JSON to `answer_url`: response_key (UUID, the same on every repetition), session_id, trial_index,
    choice "top" | "bottom", confidence 1 | 2 | 3, reaction_time_ms, shown_ms, input_device "keyboard" | "mouse" | "touch",
    was_hidden, screen ("1440x900@1"). Reply 200 {"stored": true, "correct": true | false | null}; 409 counts as stored; any other
    4xx shows {"error": sentence}; 408, 425, 429, 5xx and a lost connection are retried, also after a reload.
    """
    if not trials:
        return TrialBlockResult(finished=False, n_answered=0)
    data = {
        "feedback": feedback,
        "pause_ms": pause_ms,
        "feedback_ms": feedback_ms,
        "total": total,
        "offset": offset,
        "block": f"{session_id}/{trials[-1].index}",  # the last trial names the block: it stays while answered ones drop out
        "session_id": session_id,
        "trials": [_payload(trial) for trial in trials],
        "answer_url": answer_url,
        "image_url": image_url.rstrip("/"),
        "image_px": image_px,
        "double_press_ms": DOUBLE_PRESS_MS,
        "announcement": _announcement(announcement),
        "texts": DEFAULT_TEXTS | dict(texts),
        "colours": {"max": EXTREME_COLOURS["max"], "min": EXTREME_COLOURS["min"], "correct": CORRECT_COLOUR},
    }
    finished = _component()(data=data, key=key, on_finished_change=_nothing).finished
    return TrialBlockResult(finished=finished is not None, n_answered=int((finished or {}).get("n", 0)))


def _payload(trial: TrialView) -> dict[str, Any]:
    """Return a trial for the browser: only what is drawn; catch and repeated trials look like main ones there."""
    sides = trial.sides
    return {
        "index": trial.index,
        "sides": sides,
        "practice": trial.kind == "practice",
        "min": list(trial.min_references) if sides == "min-max" else [],
        "max": list(trial.max_references) if sides != "none" else [],
        "top": trial.query_top,
        "bottom": trial.query_bottom,
    }


def _announcement(announcement: Announcement | None) -> dict[str, str] | None:
    if announcement is None:
        return None
    return {"title": announcement.title, "body": announcement.body, "button": announcement.button}


def _nothing() -> None:
    """Declares a trigger: without a callback the result lacks its name until it first fires."""


@cache
def _component() -> Any:
    script = "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (ASSETS / "trial.css").read_text(encoding="utf-8")
    return st.components.v2.component("exemplary_trial_block", html='<div class="trial-block"></div>', css=style, js=script)
