"""Analyses of variance of a table: conditions within participants, and condition x scheme within, expertise between (METHOD section 8)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.inference.anova import Effect, RepeatedMeasures, mixed_anova, repeated_measures
from core.inference.answer_table import AnswerTable, Word
from core.inference.cells import Cells, Measure, cells, group_of

WITHIN: Final[tuple[Word, Word]] = ("condition", "scheme")
BETWEEN: Final = "expertise"


def condition_anova(main: AnswerTable, measure: Measure, *, exclude_negative: bool) -> RepeatedMeasures | None:
    """Return the test of the conditions over participant means; None where fewer than two participants answered in all of them."""
    return condition_anova_of(cells(main, measure, "condition", exclude_negative=exclude_negative))


def condition_anova_of(found: Cells) -> RepeatedMeasures | None:
    """Return the same of participants' cells by condition."""
    means = found.means
    return repeated_measures(means, found.levels[0], n_left_out=len(found.n) - len(means))


def design_anova(main: AnswerTable, measure: Measure, *, exclude_negative: bool) -> dict[str, Effect]:
    """Return the tests of condition, scheme, expertise and their interactions; factors of one level are left out.

    Empty where there is neither a second scheme nor a second group, and where too few participants answered in every cell. Where there
    are two groups, participants who did not say which they are of, or said both, are left out and counted.
    """
    return design_anova_of(cells(main, measure, *WITHIN, exclude_negative=exclude_negative), group_of(main, BETWEEN))


def design_anova_of(found: Cells, group: NDArray[np.int64]) -> dict[str, Effect]:
    """Return the same of participants' cells by condition and scheme, and the group of each, (participants,), -1 for none."""
    is_factor = [len(levels) > 1 for levels in found.levels]
    within = [word for word, is_kept in zip(WITHIN, is_factor, strict=True) if is_kept]
    has_groups = len(np.unique(group[group >= 0])) > 1
    if not has_groups and "scheme" not in within:
        return {}
    single = tuple(axis for axis, is_kept in enumerate(is_factor, start=1) if not is_kept)
    total, n = found.total.sum(axis=single), found.n.sum(axis=single)  # a factor of one level, or of none, is none
    kept = (n > 0).all(axis=tuple(range(1, n.ndim))) & ((group >= 0) | (not has_groups))
    means = total[kept] / n[kept]
    return mixed_anova(means, within, group[kept] if has_groups else None, BETWEEN, n_left_out=int((~kept).sum()))
