"""Attention rules on columns say what they say of records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.answer_set import SessionFacts
from core.inference.answer_table import table_of
from core.inference.attention_table import judged, sentences
from core.psychophysics.attention import PRESETS, AttentionRules, attentive, session_of
from tests.core.inference.test_live import DRAWS, answers_of

RULES = (*PRESETS.values(), replace(PRESETS["exemplary"], max_fast_share=0.4, min_total_s=30.0, max_practice_rounds=1))


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.name)
@given(st.lists(DRAWS, max_size=50), st.booleans())
@settings(max_examples=40, deadline=None)
def test_sessions_are_judged_as_by_their_records(rules: AttentionRules, draws: list[tuple[int, ...]], are_recorded: bool) -> None:
    """The same sessions stay, and every rule left out as many, whatever was recorded."""
    answers = answers_of(draws)
    facts = {f"s{who}-0": SessionFacts(f"s{who}-0", f"p{who}", None, None, 10.0 * who, 31.0 * who, 2) for who in range(4) if are_recorded}
    stayed, said = attentive(answers, facts.values(), rules)
    table = table_of(answers)
    found = judged(table, facts, rules)
    kept = ~found.is_left_out[table["session"].codes]
    assert [answers[row] for row in np.flatnonzero(kept)] == stayed
    assert sentences(found, rules) == said
    assert all(session_of(answer) for answer in stayed)
