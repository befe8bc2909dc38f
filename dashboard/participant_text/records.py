"""What there is to say to a participant: one record for each part of a session. Placeholders are named {so} and the same in every language.

Fields without a default: a language that lacks a sentence does not import. `TrialText`, `RatingText`, `InstructionText` and `QueueText`
reach the browser under the names of their fields.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.design_spec import Condition


@dataclass(frozen=True, slots=True)
class Count:
    """A sentence about one thing and about {n} things."""

    one: str
    many: str

    def of(self, n: int) -> str:
        """Return the sentence for n."""
        return self.one if n == 1 else self.many.format(n=n)


@dataclass(frozen=True, slots=True)
class QueueText:
    """What is said while something waits to be stored, or cannot be."""

    waiting: str
    saving_title: str
    saving_body: str
    refused_title: str
    refused_body: str
    try_again: str
    answer_again: str
    image_error_title: str
    image_error_body: str
    go_on: str


@dataclass(frozen=True, slots=True)
class TrialText:
    """A trial: question, sides, keys, feedback. `explain_...`: why the image {side} was right, after a wrong practice answer."""

    stage: str
    progress: str
    score: str
    practice: str
    question_many: str
    question_one: str
    question_none: str
    min_references: str
    max_references: str
    query_top: str
    query_bottom: str
    confidence_1: str
    confidence_2: str
    confidence_3: str
    key: str
    hint: str
    correct: str
    incorrect: str
    explain_both: str
    explain_max: str
    explain_none: str
    side_top: str
    side_bottom: str
    done_title: str
    done_body: str


@dataclass(frozen=True, slots=True)
class AnnouncementText:
    """What stands before and after a block. `both` and `max_only`: where the references are, and how many."""

    block_title: str
    practice_title: str
    practice_round_title: str
    natural: str
    synthetic: str
    method: str
    none: str
    both: Count
    max_only: Count
    queries: str
    practice_why: str
    practice_silent: str
    practice_again: str
    n_trials: Count
    start: str
    break_title: str
    break_correct: str
    break_body: str
    go_on: str


@dataclass(frozen=True, slots=True)
class InstructionText:
    """The instructions' pages: each a title and a body, whose lines are paragraphs."""

    label: str
    page: str
    back: str
    next: str
    begin: str
    keys: str
    task_title: str
    task_body: str
    duration: str
    references_title: str
    references_both: str
    references_max: str
    natural: str
    synthetic: str
    schemes: str
    none_title: str
    none_body: str
    choice_title: str
    choice_body: str
    example_title: str
    example_both: str
    example_max: str
    before_title: str
    before_body: str
    feedback_trial: str
    feedback_block: str
    feedback_none: str
    practice: str
    ratings: str


@dataclass(frozen=True, slots=True)
class RatingText:
    """An intuitiveness rating."""

    stage: str
    progress: str
    title_begin: str
    title_end: str
    intro: str
    start: str
    question: str
    synthetic: str
    natural: str
    slider: str
    low: str
    high: str
    keep_zero: str
    go_on: str
    hint: str
    done_title: str
    done_body: str


@dataclass(frozen=True, slots=True)
class EnrolmentText:
    """Choosing a self-test and taking part in it."""

    title: str
    intro: str
    how: str
    language: str
    design: str
    design_line: str
    quick: str
    experiment_1: str
    experiment_2: str
    imi: str
    missing: str
    conditions: str
    length: str
    with_practice: str
    name: str
    name_help: str
    expertise: str
    expertise_help: str
    expert: str
    lay: str
    consent: str
    no_consent: str
    demographics: str
    demographics_note: str
    age: str
    gender: str
    handedness: str
    left: str
    right: str
    both: str
    visual_aid: str
    no_aid: str
    glasses: str
    contact_lenses: str
    skip: str
    start: str
    preparing: str
    no_condition: str
    too_long: str
    no_expertise: str
    lost: str


@dataclass(frozen=True, slots=True)
class LeavingText:
    """Stopping, coming back by the personal link, and deleting one's own answers."""

    leave: str
    leave_help: str
    title: str
    kept: str
    link_and_deletion: str
    stay: str
    go: str
    delete: str
    delete_why: str
    delete_sure: Count
    delete_really: str
    keep: str
    deleted: str


@dataclass(frozen=True, slots=True)
class SummaryText:
    """The end page."""

    title: str
    thanks: str
    you: str
    team: str
    paper: str
    n_correct: str
    interval: str
    n_trials: str
    people: Count
    percent: str
    plus_minus: str
    cited: str
    nothing: str
    detail: str
    schemes: str
    scheme: str
    scheme_both: str
    scheme_max: str
    note: str
    method: str
    results: str
    another: str


@dataclass(frozen=True, slots=True)
class ReferenceText:
    """What a condition's references are called."""

    natural: str
    synthetic: str
    none: str
    method: str

    def of(self, condition: Condition) -> str:
        """Return what the references of a condition are called; an imported method's bear its name."""
        known = {"natural": self.natural, "synthetic": self.synthetic, "none": self.none}
        return known.get(condition) or self.method.format(method=condition)


@dataclass(frozen=True, slots=True)
class ParticipantText:
    """All sentences of one language; `name`: what the language calls itself; `decimal_mark`: between ones and tenths."""

    name: str
    decimal_mark: str
    references: ReferenceText
    queue: QueueText
    trial: TrialText
    announcement: AnnouncementText
    instructions: InstructionText
    ratings: RatingText
    enrolment: EnrolmentText
    leaving: LeavingText
    summary: SummaryText

    def number(self, value: float) -> str:
        """Return a number with one decimal."""
        return f"{value:.1f}".replace(".", self.decimal_mark)
