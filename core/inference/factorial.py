"""Analyses of variance of a table: conditions within participants, and condition x scheme within, expertise between (METHOD section 8)."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.inference.anova import Effect, RepeatedMeasures, mixed_anova, repeated_measures
from core.inference.answer_table import AnswerTable, Word
from core.inference.cells import Measure, cells, group_of

BETWEEN: Final = "expertise"


def condition_anova(main: AnswerTable, measure: Measure, *, exclude_negative: bool) -> RepeatedMeasures | None:
    """Return the test of the conditions over participant means; None where fewer than two participants answered in all of them."""
    found = cells(main, measure, "condition", exclude_negative=exclude_negative)
    means = found.means
    return repeated_measures(means, found.levels[0], n_left_out=len(found.n) - len(means))


def design_anova(main: AnswerTable, measure: Measure, *, exclude_negative: bool) -> dict[str, Effect]:
    """Return the tests of condition, scheme, expertise and their interactions; factors of one level are left out.

    Empty where there is neither a second scheme nor a second group, and where too few participants answered in every cell. Where there
    are two groups, participants who did not say which they are of, or said both, are left out and counted.
    """
    within: tuple[Word, ...] = tuple(word for word in ("condition", "scheme") if len(main.present(word)) > 1)
    group = group_of(main, BETWEEN)
    has_groups = len(np.unique(group[group >= 0])) > 1
    if not has_groups and "scheme" not in within:
        return {}
    found = cells(main, measure, *within, exclude_negative=exclude_negative)
    kept = found.is_complete & ((group >= 0) | (not has_groups))
    means = found.total[kept] / found.n[kept]
    return mixed_anova(means, within, group[kept] if has_groups else None, BETWEEN, n_left_out=int((~kept).sum()))
