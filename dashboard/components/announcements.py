"""What stands before a block of trials: how the one before went, a break, and what comes now."""

from __future__ import annotations

from core.design_spec import Condition, DesignSpec, Scheme, is_max_only
from core.psychophysics.session import BlockProgress, SessionState
from dashboard.components.trial import Announcement, Score
from dashboard.participant_text import ParticipantText
from dashboard.participant_text.records import AnnouncementText


def announcements(state: SessionState, design: DesignSpec, texts: ParticipantText) -> tuple[Announcement, ...]:
    """Return the cards before the current block's next trial; none where no trial is left.

    Repeated trials are announced as main ones, which they look like. A block that goes on after a reload needs no break.
    """
    block = state.current_block
    if block is None:
        return ()
    before = _before(state, block)
    result = _result(before, design, texts.announcement) if before is not None and not block.n_answered else ""
    now = Announcement(_title(state, block, design, texts), _body(block, design, texts.announcement), texts.announcement.start)
    if before is None or block.n_answered or not design.breaks:
        return (Announcement(now.title, "\n".join(filter(None, (result, now.body))), now.button),)
    pause = "\n".join(filter(None, (result, texts.announcement.break_body)))
    return Announcement(texts.announcement.break_title, pause, texts.announcement.go_on), now


def running_score(state: SessionState, design: DesignSpec) -> Score | None:
    """Return how many of the answers so far were right, practice apart; None where the design shows none."""
    if not design.running_score or design.feedback != "trial":
        return None
    counted = {trial.index for trial in state.trials if trial.kind != "practice"}
    right = [response.is_correct for response in state.responses if response.trial_index in counted]
    return Score(sum(right), len(right))


def _before(state: SessionState, block: BlockProgress) -> BlockProgress | None:
    """Return the block that was answered last, where it was none of practice."""
    blocks = state.blocks
    place = blocks.index(block)
    return None if place == 0 or blocks[place - 1].is_practice else blocks[place - 1]


def _result(block: BlockProgress, design: DesignSpec, texts: AnnouncementText) -> str:
    return "" if design.feedback == "none" else texts.break_correct.format(correct=block.n_correct, n=block.n_trials)


def _title(state: SessionState, block: BlockProgress, design: DesignSpec, texts: ParticipantText) -> str:
    references = texts.references.of(block.condition)
    if block.is_practice:
        title = texts.announcement.practice_round_title if block.round > 1 else texts.announcement.practice_title
        return title.format(round=block.round, references=references)
    counted = [one.block for one in state.blocks if not one.is_practice]
    is_planned = any(one.kind == "repeated" for one in state.blocks)
    conditions = {one.condition for one in state.blocks if one.kind == "main"}
    total = len(counted) + (len(conditions) if design.n_repeated and not is_planned else 0)
    return texts.announcement.block_title.format(number=counted.index(block.block) + 1, total=total, references=references)


def _body(block: BlockProgress, design: DesignSpec, texts: AnnouncementText) -> str:
    lines = [texts.practice_again] if block.round > 1 else []
    lines += [_condition(block.condition, texts), _sides(block.condition, block.scheme, design, texts)]
    if block.is_practice and block.round == 1:
        lines.append(texts.practice_silent if design.feedback == "none" else texts.practice_why)
    return "\n".join(filter(None, [*lines, texts.n_trials.of(block.n_trials - block.n_answered)]))


def _condition(condition: Condition, texts: AnnouncementText) -> str:
    known = {"natural": texts.natural, "synthetic": texts.synthetic, "none": texts.none}
    return known.get(condition) or texts.method.format(method=condition)


def _sides(condition: Condition, scheme: Scheme, design: DesignSpec, texts: AnnouncementText) -> str:
    if condition == "none":
        return ""
    sentence = (texts.max_only if is_max_only(scheme) else texts.both).of(design.references_of(scheme))
    return f"{sentence} {texts.queries}"
