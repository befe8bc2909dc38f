"""The instructions: a few pages with a trial in small beside them. How long they were open is stored before the session goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

from core.design_spec import DesignSpec, is_max_only
from core.experiment import Side, Trial
from dashboard.components.stage import COLOURS, component_key, no_callback, stage_component
from dashboard.components.trial import Sides, view_of
from dashboard.participant_text import ParticipantText
from dashboard.participant_text.records import InstructionText, TrialText

Figure = Literal["none", "references", "choice", "example"]


@dataclass(frozen=True, slots=True)
class InstructionPage:
    """A page: its title, its paragraphs (lines of `body`), and what of the trial beside it is clear."""

    title: str
    body: str
    figure: Figure = "none"


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A trial whose solution is told: addresses, and the side that is right. Its unit is never a main one."""

    min_references: tuple[str, ...]
    max_references: tuple[str, ...]
    query_top: str
    query_bottom: str
    correct: Side
    sides: Sides


def instructions(
    *,
    session_id: str,
    pages: Sequence[InstructionPage],
    example: WorkedExample | None,
    sides: Sides,
    n_references: int,
    event_url: str,
    image_url: str,
    key: str,
    texts: ParticipantText,
    image_px: int = 224,
) -> bool:
    """Show the pages; True in the one run that follows the stored event.

    The event is POSTed as JSON to `event_url`: event_key (UUID, the same on every repetition), session_id, kind "instructed",
    duration_ms (how long the pages were open, reloads included); replies as those to answers. Without an example the trial in small
    has empty places.
    """
    data = {
        "session_id": session_id,
        "pages": [asdict(page) for page in pages],
        "example": None if example is None else _payload(example),
        "sides": sides,
        "n_references": n_references,
        "event_url": event_url,
        "image_url": image_url.rstrip("/"),
        "image_px": image_px,
        "texts": asdict(texts.queue) | asdict(texts.trial) | asdict(texts.instructions),
        "colours": COLOURS,
    }
    return _component()(data=data, key=component_key(key), on_finished_change=no_callback).finished is not None


def instruction_pages(
    design: DesignSpec, *, n_trials: int, minutes: int, example: WorkedExample | None, words: ParticipantText
) -> tuple[InstructionPage, ...]:
    """Return the pages that a design calls for: what it never shows is not explained."""
    texts = words.instructions
    shown = [section for section in design.sections if set(section.conditions) != {"none"}]
    pages = [InstructionPage(texts.task_title, f"{texts.task_body}\n{texts.duration.format(n=n_trials, minutes=minutes)}")]
    if shown:
        pages.append(InstructionPage(texts.references_title, _references(design, texts), "references"))
    pages.append(InstructionPage(texts.choice_title, texts.choice_body, "choice"))
    if example is not None:
        body = (texts.example_both if example.sides == "min-max" else texts.example_max).format(side=_side(example.correct, words.trial))
        pages.append(InstructionPage(texts.example_title, body, "example"))
    if "none" in design.conditions:
        pages.append(InstructionPage(texts.none_title, texts.none_body))
    pages.append(InstructionPage(texts.before_title, _before(design, texts)))
    return tuple(pages)


def worked_example(trial: Trial) -> WorkedExample:
    """Return a trial as an example whose solution is told."""
    return WorkedExample(
        trial.min_references, trial.max_references, trial.query_top, trial.query_bottom, trial.correct, view_of(trial).sides
    )


def _references(design: DesignSpec, texts: InstructionText) -> str:
    schemes = [section.scheme for section in design.sections if set(section.conditions) != {"none"}]
    lines = [texts.references_max if all(map(is_max_only, schemes)) else texts.references_both]
    lines += [one for condition, one in (("natural", texts.natural), ("synthetic", texts.synthetic)) if condition in design.conditions]
    if len(set(schemes)) > 1:
        lines.append(texts.schemes)
    return "\n".join(lines)


def _before(design: DesignSpec, texts: InstructionText) -> str:
    lines = [texts.practice] if any(section.n_practice for section in design.sections) else []
    lines += [texts.ratings] if design.intuitiveness else []
    told = {"trial": texts.feedback_trial, "block": texts.feedback_block, "none": texts.feedback_none}[design.feedback]
    return "\n".join([" ".join([*lines, told]), texts.before_body])


def _side(side: Side, texts: TrialText) -> str:
    return texts.side_top if side == "top" else texts.side_bottom


def _payload(example: WorkedExample) -> dict[str, Any]:
    return {
        "min": list(example.min_references),
        "max": list(example.max_references),
        "top": example.query_top,
        "bottom": example.query_bottom,
        "correct": example.correct,
    }


@cache
def _component() -> Any:
    return stage_component("instructions", "instructions")
