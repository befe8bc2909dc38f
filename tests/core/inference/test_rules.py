"""Rules of exclusion: who stays, and what is said of who does not."""

from __future__ import annotations

import pytest

from core.answer_set import SessionFacts
from core.experiment import Answer
from core.inference.answer_table import AnswerTable, table_of
from core.inference.live import LiveResults
from core.inference.rules import PUBLISHED, Exclusion, ExclusionRules, has_low_catch
from core.inference.scope import Scope
from core.psychophysics.attention import AttentionRules
from tests.core.inference.answers import answer

ROWS = [
    answer("good", kind="catch"),
    answer("good", reaction_time_ms=-5.0),
    answer("bad", kind="catch"),
    answer("bad", kind="catch", score=0.0),
    answer("bad"),
    answer("untested"),
]


def apply(
    rules: ExclusionRules, answers: list[Answer], sessions: tuple[SessionFacts, ...] = ()
) -> tuple[AnswerTable, tuple[Exclusion, ...]]:
    """Return the main trials that stay, and what each rule left out."""
    found = LiveResults(table_of(answers), Scope(rules=rules), {one.session: one for one in sessions})
    return found.main, found.results().exclusions


def test_negative_times_stay_in_the_table_and_are_counted() -> None:
    """The default rule states how many reaction times of main trials are left out; the published numbers' rules state nothing."""
    stayed, stated = apply(ExclusionRules(), ROWS)
    assert len(stayed) == 3
    assert [(one.what, one.n) for one in stated] == [("reaction times", 1)]
    assert apply(PUBLISHED, ROWS)[1] == ()
    assert apply(ExclusionRules(), [answer(kind="catch", reaction_time_ms=-5.0)])[1][0].n == 0


@pytest.mark.parametrize(("least", "n_left_out"), [(0.5, 0), (0.51, 1), (1.0, 1)])
def test_participants_below_the_catch_rule_leave_with_all_they_answered(least: float, n_left_out: int) -> None:
    """Who reaches the threshold stays, and so does who had no catch trial."""
    stayed, stated = apply(ExclusionRules(min_catch=least), ROWS)
    assert len(stayed) == 3 - n_left_out
    assert (stated[1].what, stated[1].n) == ("participants", n_left_out)
    assert str(least) in stated[1].rule
    assert has_low_catch(table_of(ROWS), least).tolist() == [bool(n_left_out), False, False]


def test_sessions_that_break_attention_rules_are_counted_under_each() -> None:
    """A session that was too short is left out by rules that say so, and each rule states its number."""
    rows = [answer(name, kind=kind, session=name) for name in ("fast", "calm") for kind in ("catch", "main")]
    facts = (
        SessionFacts("fast", "fast", instruction_s=1.0, total_s=200.0),
        SessionFacts("calm", "calm", instruction_s=60.0, total_s=200.0),
    )
    stayed, stated = apply(
        ExclusionRules(attention=AttentionRules("ours", "made up", min_instruction_s=15.0, min_total_s=90.0)), rows, facts
    )
    assert stayed.present("respondent") == ("calm",)
    assert [(one.what, one.n) for one in stated[:1]] == [("reaction times", 0)]
    assert sorted(one.n for one in stated if one.what == "sessions") == [0, 1, 1]  # the total's, the instructions', and all together
