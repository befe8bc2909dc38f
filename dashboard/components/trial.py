"""A block of two-alternative trials that runs in the browser: images preloaded, keys timed there, answers sent by POST.

The page never learns a trial's correct side before the answer is stored: correctness comes with the server's acknowledgement.
What an answer holds, and what the route must reply, is in the docstring of `trial_block`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final, Literal

from core.design_spec import Condition, Feedback, Scheme
from core.experiment import Trial, TrialKind
from dashboard.components.stage import COLOURS, component_key, no_callback, stage_component
from dashboard.participant_text import ParticipantText

Sides = Literal["min-max", "max", "none"]

DOUBLE_PRESS_MS: Final = 350  # no answer is taken this long after an answer: the rest of a double press


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
    """A card that stands on the screen before a block's first trial; Space, Enter or the button goes on. Lines of `body` are paragraphs."""

    title: str
    body: str
    button: str


@dataclass(frozen=True, slots=True)
class Score:
    """So many correct of so many: what the running score starts with."""

    correct: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class TrialBlockResult:
    """`finished` is True in the one run that follows the last stored answer; `n_answered` counts this component's trials."""

    finished: bool
    n_answered: int


def view_of(trial: Trial) -> TrialView:
    """Return what the browser may know of a trial."""
    return TrialView(
        index=trial.index,
        condition=trial.condition,
        scheme=trial.scheme,
        kind=trial.kind,
        min_references=trial.min_references,
        max_references=trial.max_references,
        query_top=trial.query_top,
        query_bottom=trial.query_bottom,
    )


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
    texts: ParticipantText,
    announcements: Sequence[Announcement] = (),
    score: Score | None = None,
    image_px: int = 224,
) -> TrialBlockResult:
    """Run the block's unanswered trials in the browser; `finished` once all of them are answered and acknowledged.

    `trials` are those of the block without a stored answer, in order; `offset` counts the block's answered ones, `total` all. With
    feedback "trial" every answer is told, with "block" those of practice trials; a wrong practice answer is explained and waits.
    `score`: the running score so far, which goes on where answers are told; None: none is shown.
    Each answer is POSTed as JSON to `answer_url`: response_key (UUID, the same on every repetition), session_id, trial_index,
    choice "top" | "bottom", confidence 1 | 2 | 3, reaction_time_ms, shown_ms, n_dropped_frames (null where too few frames were seen),
    input_device "keyboard" | "mouse" | "touch", was_hidden, screen ("1440x900@1"). Reply 200 {"stored": true, "correct": true | false |
    null}; 409 counts as stored; any other 4xx shows {"error": sentence}; 408, 425, 429, 5xx and a lost connection are retried, also after
    a reload.
    """
    if not trials:
        return TrialBlockResult(finished=False, n_answered=0)
    data = {
        "pause_ms": pause_ms,
        "feedback_ms": feedback_ms,
        "total": total,
        "offset": offset,
        "block": f"{session_id}/{trials[-1].index}",  # the last trial names the block: it stays while answered ones drop out
        "session_id": session_id,
        "trials": [_payload(trial, feedback) for trial in trials],
        "answer_url": answer_url,
        "image_url": image_url.rstrip("/"),
        "image_px": image_px,
        "double_press_ms": DOUBLE_PRESS_MS,
        "announcements": [asdict(one) for one in announcements],
        "score": None if score is None else asdict(score),
        "texts": asdict(texts.queue) | asdict(texts.trial),
        "colours": COLOURS,
    }
    finished = _component()(data=data, key=component_key(key), on_finished_change=no_callback).finished
    return TrialBlockResult(finished=finished is not None, n_answered=int((finished or {}).get("n", 0)))


def _payload(trial: TrialView, feedback: Feedback) -> dict[str, Any]:
    """Return a trial for the browser: only what is drawn; catch and repeated trials look like main ones there."""
    sides = trial.sides
    is_practice = trial.kind == "practice"
    return {
        "index": trial.index,
        "sides": sides,
        "practice": is_practice,
        "feedback": feedback == "trial" or (feedback == "block" and is_practice),
        "min": list(trial.min_references) if sides == "min-max" else [],
        "max": list(trial.max_references) if sides != "none" else [],
        "top": trial.query_top,
        "bottom": trial.query_bottom,
    }


@cache
def _component() -> Any:
    return stage_component("trial_block", "frame_watch", "trial_view", "trial")
